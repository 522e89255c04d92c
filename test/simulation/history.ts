/** What clients saw: every operation with the instants it was asked for and answered, in one order of events. */

export type Outcome = 'open' | 'ok' | 'refused' | 'unknown';

export interface Operation {
  readonly client: number;
  readonly kind: 'put' | 'get' | 'delete';
  readonly key: string;
  /** Put: what is written, unique in the history. Get: what was read, undefined for nothing. */
  value: string | undefined;
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

  invoke(client: number, kind: Operation['kind'], key: string, value: string | undefined): Operation {
    const operation: Operation = {
      client,
      kind,
      key,
      value,
      invoked: this.#clock++,
      answered: Infinity,
      outcome: 'open',
      revision: 0,
      modRevision: 0,
    };
    this.operations.push(operation);
    return operation;
  }

  /** Only the first answer counts. */
  answer(operation: Operation, outcome: 'ok' | 'refused' | 'unknown'): void {
    if (operation.outcome !== 'open') return;
    operation.outcome = outcome;
    if (outcome === 'ok') operation.answered = this.#clock++;
  }
}
