/** JSON that is not the request it should be: answered with INVALID_ARGUMENT. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}
