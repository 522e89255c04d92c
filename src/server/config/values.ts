/** Reads the text of one flag. All throw UsageError, which names the flag, the text, and what would be right. */
import { parseGoDurationMs } from '../../base/duration.ts';
import { UsageError } from '../../base/errors.ts';

/** A Go duration (`1h30m`, `250ms`, `0`) in milliseconds. */
export function parseDurationMs(name: string, text: string): number {
  const durationMs = parseGoDurationMs(text);
  if (durationMs === undefined) {
    throw new UsageError(`--${name}: '${text}' is no duration: write a number with a unit, such as 250ms or 1h30m`);
  }
  return durationMs;
}

/** A decimal whole number, negative ones too, of at most 53 bits. */
export function parseWhole(name: string, text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new UsageError(`--${name}: '${text}' is not a whole number`);
  }
  return value;
}

/** Go's spellings of true and false that etcd takes. */
export function parseFlag(name: string, text: string): boolean {
  if (/^(1|t|true)$/i.test(text)) return true;
  if (/^(0|f|false)$/i.test(text)) return false;
  throw new UsageError(`--${name}: '${text}' is neither true nor false`);
}

/** Where a member listens or can be reached: scheme, host and port, nothing else. */
export interface MemberUrl {
  readonly href: string;
  readonly secure: boolean;
  /** Host as in a socket call: no brackets around IPv6. */
  readonly host: string;
  readonly port: number;
}

/** Several, parted by commas; none where there is no text. */
export function parseUrls(name: string, text: string): MemberUrl[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => parseUrl(name, part));
}

export function parseUrl(name: string, text: string): MemberUrl {
  const match = /^(https?):\/\/(\[[0-9a-fA-F:.]+\]|[^/:\s]+):(\d{1,5})\/?$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new UsageError(`--${name}: '${text}' is no member URL: write http://host:port or https://host:port`);
  }
  const host = match[2]!.replace(/^\[|\]$/g, '');
  return { href: text.replace(/\/$/, ''), secure: match[1] === 'https', host, port };
}

/** `n1=url,n1=url2,n2=url` as names with their URLs, in the order given. */
export function parseInitialCluster(text: string): Map<string, string[]> {
  const members = new Map<string, string[]>();
  for (const part of text.split(',').filter((piece) => piece !== '')) {
    const at = part.indexOf('=');
    if (at <= 0) throw new UsageError(`--initial-cluster: '${part}' is not name=url`);
    const name = part.slice(0, at);
    const url = parseUrl('initial-cluster', part.slice(at + 1)).href;
    members.set(name, [...(members.get(name) ?? []), url]);
  }
  return members;
}
