/**
 * What clients saw: every operation with the instants it was asked for and answered, in one order of events. A request on
 * several keys is one operation for each of them.
 */

export type Outcome = 'open' | 'ok' | 'refused' | 'unknown';

/** What one request does to one key. */
export interface Part {
  /** `cas`: writes `value` if the key holds `expected`, and reads it otherwise. */
  readonly kind: 'put' | 'get' | 'delete' | 'cas';
  readonly key: string;
  /** Put and cas: what is written, unique in the history. */
  readonly value?: string | undefined;
  /** Cas: undefined for a key that is not there. */
  readonly expected?: string | undefined;
}

export interface Operation {
  readonly client: number;
  /** The same for all operations of one request. */
  readonly request: number;
  readonly kind: Part['kind'];
  readonly key: string;
  /** Put and cas: what is written. Get: what was read, undefined for nothing. */
  value: string | undefined;
  readonly expected: string | undefined;
  /** Cas: what was read where it did not write. */
  seen: string | undefined;
  /** It has changed the key: of an answered operation that is known. */
  changed: boolean;
  /** Places in the order of events. An operation without an answer stays open to the end. */
  readonly invoked: number;
  answered: number;
  outcome: Outcome;
  /** The store's revision: of the write, or at which was read. */
  revision: number;
  /** Get: the revision that the value read was written at. */
  modRevision: number;
}

export class History {
  readonly operations: Operation[] = [];
  #clock = 0;
  #requests = 0;

  invoke(client: number, parts: readonly Part[]): Operation[] {
    const request = this.#requests++;
    const invoked = this.#clock++;
    const operations = parts.map(({ kind, key, value, expected }): Operation => {
      return {
        client,
        request,
        kind,
        key,
        value,
        expected,
        seen: undefined,
        changed: false,
        invoked,
        answered: Infinity,
        outcome: 'open',
        revision: 0,
        modRevision: 0,
      };
    });
    this.operations.push(...operations);
    return operations;
  }

  /** The answers of one request, all at one instant. Only the first answer counts. */
  answer(operations: readonly Operation[], outcome: 'ok' | 'refused' | 'unknown'): void {
    const answered = outcome === 'ok' ? this.#clock++ : Infinity;
    for (const operation of operations) {
      if (operation.outcome !== 'open') continue;
      operation.outcome = outcome;
      operation.answered = answered;
    }
  }
}
