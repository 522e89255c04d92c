/**
 * The two ways a command ends badly, besides a measured failure.
 *
 * A message names what was wrong, where, and what would be right, in one line.
 */

/** The call is wrong: a flag, a profile, a path of the wrong kind. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The call was right but it could not be done: an endpoint that refuses, a full disk. Exit code 1. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
}

/** An invariant did not hold: a bug in this program, or memory that cannot be trusted. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** States an invariant; kept in production, because a wrong server is worse than a stopped one. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** The text of anything thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Anything thrown, as an Error. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(errorMessage(error));
}

/** The first line of anything thrown, without the colon that announced more: parsers go on with an excerpt. */
export function firstLine(error: unknown): string {
  return errorMessage(error)
    .split('\n')[0]!
    .replace(/[\s:]+$/, '');
}

/** The `code` of a system error (`ENOENT`), or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
