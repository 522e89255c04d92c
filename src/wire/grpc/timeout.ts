/** The `grpc-timeout` header: at most eight digits and a unit. Source: gRPC over HTTP/2, "Timeout". */

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };
const TIMEOUT = /^([0-9]{1,8})([HMSmun])$/;
const MOST_DIGITS = 99_999_999;

/** Milliseconds, or undefined where the text is not a timeout. */
export function parseTimeout(text: string): number | undefined {
  const match = TIMEOUT.exec(text);
  return match === null ? undefined : Number(match[1]) * UNIT_MS[match[2]!]!;
}

/** Rounded up to whole milliseconds (or seconds, beyond 27 hours), so that equal timeouts read the same. */
export function formatTimeout(timeoutMs: number): string {
  const wholeMs = Math.max(1, Math.ceil(timeoutMs));
  if (wholeMs <= MOST_DIGITS) return `${wholeMs}m`;
  return `${Math.min(MOST_DIGITS, Math.ceil(wholeMs / 1000))}S`;
}
