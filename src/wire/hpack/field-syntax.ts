/** What HTTP/2 lets a field's name and value be. Source: RFC 9113 section 8.2.1. */

/** RFC 9110's token characters without upper case; a leading colon marks a pseudo-field. */
const NAME = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const FORBIDDEN_IN_VALUE = /[\0\r\n]|^[ \t]|[ \t]$/;

export function isValidName(name: string): boolean {
  return NAME.test(name);
}

export function isValidValue(value: string): boolean {
  return !FORBIDDEN_IN_VALUE.test(value);
}
