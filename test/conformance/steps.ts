/** What a program is made of. */
import type { MethodsThat } from '../../src/core/api/index.ts';
import { describeValue, type Fields } from './values.ts';

export type Step =
  /** A unary call. `isRead`: it changes nothing, so its neighbours may be under way at the same time. */
  | {
      readonly do: 'call';
      readonly method: MethodsThat<'unary'>;
      readonly request: Fields;
      readonly isRead: boolean;
      /** Appended to the request: fields that nobody knows. */
      readonly tail?: Uint8Array;
      /** The id in the answer is called this from here on. */
      readonly naming?: string;
    }
  /** A renewal, on the one keep-alive stream. */
  | { readonly do: 'keepAlive'; readonly request: Fields }
  /** One malformed message on a stream of its own, which must end. */
  | { readonly do: 'probe'; readonly method: 'watch' | 'leaseKeepAlive'; readonly request: Fields }
  | { readonly do: 'openWatch'; readonly stream: number }
  /** A WatchRequest on an open watch stream. */
  | { readonly do: 'watch'; readonly stream: number; readonly request: Fields }
  | { readonly do: 'halfClose'; readonly stream: number }
  | { readonly do: 'closeWatch'; readonly stream: number }
  /** Waits until every watcher has all its events, and compares them. */
  | { readonly do: 'settle' }
  /** A new TCP connection; streams end with the old one. */
  | { readonly do: 'reconnect' }
  /** A lease of the shortest time with a few keys, until it has expired and deleted them. */
  | { readonly do: 'expire'; readonly id: bigint; readonly keys: readonly string[] };

/** Steps without which the others are compared at a wrong moment. */
export function isNeeded(step: Step): boolean {
  return step.do === 'settle' || step.do === 'openWatch';
}

/** How many requests of the coverage a step sends. */
export function requestsOf(step: Step): number {
  switch (step.do) {
    case 'call':
    case 'keepAlive':
    case 'probe':
    case 'watch':
      return 1;
    case 'expire':
      return 1 + step.keys.length;
    default:
      return 0;
  }
}

export function describeStep(step: Step): string {
  switch (step.do) {
    case 'call': {
      const tail = step.tail === undefined ? '' : ` + ${step.tail.length} B of unknown fields`;
      return `${step.method} ${describeValue(step.request)}${tail}${step.naming === undefined ? '' : ` as <${step.naming}>`}`;
    }
    case 'keepAlive':
      return `keepAlive ${describeValue(step.request)}`;
    case 'probe':
      return `${step.method} stream of its own: ${describeValue(step.request)}`;
    case 'watch':
      return `watch stream ${step.stream}: ${describeValue(step.request)}`;
    case 'openWatch':
    case 'halfClose':
    case 'closeWatch':
      return `${step.do} ${step.stream}`;
    case 'expire':
      return `let lease ${step.id} expire with ${step.keys.map((key) => JSON.stringify(key)).join(', ')}`;
    default:
      return step.do;
  }
}
