/** How often each field of each request was absent, valid and invalid; which errors and cancellations came. */
import {
  apiErrorFrom,
  METHODS,
  SCHEMA,
  type ApiErrorName,
  type FieldRow,
  type GrpcCode,
  type MessageName,
} from '../../src/core/api/index.ts';
import type { Answer } from './session.ts';
import type { Step } from './steps.ts';
import { Invalid, isFields, Malformed, type Fields, type Value } from './values.ts';

interface Counts {
  absent: number;
  valid: number;
  invalid: number;
}

/** Errors that a single member without authentication can be brought to by its clients alone. */
const REACHABLE_ERRORS: readonly ApiErrorName[] = [
  'emptyKey',
  'keyNotFound',
  'valueProvided',
  'leaseProvided',
  'tooManyOps',
  'duplicateKey',
  'invalidSortOption',
  'badMemberUrls',
  'requestTooLarge',
  'compacted',
  'futureRevision',
  'leaseTtlTooLarge',
  'leaseNotFound',
  'memberNotFound',
  'leaseExists',
  'peerUrlExists',
  'memberNotLearner',
  'learnerNotReady',
  'tooManyLearners',
  'badLeaderTransferee',
  'noSpace',
  'corrupt',
];

/** Ways in which a watch may end without its stream. */
const CANCELS: readonly string[] = [
  'by request',
  'compacted',
  'refused: etcdserver: mvcc: required revision has been compacted',
  'refused: mvcc: duplicate watch ID provided on the WatchStream',
  'refused: mvcc: watcher range is empty',
];

/** What no request can be, and why; everything else is absent, valid and invalid in turn. */
export const IMPOSSIBLE: Readonly<Record<string, { readonly state: keyof Counts; readonly why: string }>> = {
  'LockRequest.lease': { state: 'absent', why: 'the server then makes a lease with an id of its own' },
  'CampaignRequest.lease': { state: 'absent', why: 'the server then makes a lease with an id of its own' },
  'LeaderKey.lease': { state: 'absent', why: 'the server then makes a lease with an id of its own' },
  'MemberListRequest.linearizable': { state: 'invalid', why: 'etcd 3.4 does not know the field and skips it' },
};

export class Coverage {
  requests = 0;
  readonly fields = new Map<string, Counts>();
  readonly errors = new Map<string, number>();
  readonly cancels = new Map<string, number>();
  readonly methods = new Map<string, number>();

  countStep(step: Step): void {
    if (step.do === 'call') this.countRequest(step.method, METHODS[step.method].request, step.request);
    else if (step.do === 'keepAlive') this.countRequest('leaseKeepAlive', 'LeaseKeepAliveRequest', step.request);
    else if (step.do === 'watch') this.countRequest('watch', 'WatchRequest', step.request);
    else if (step.do === 'probe') this.countRequest(step.method, METHODS[step.method].request, step.request);
  }

  countError({ code, message }: Answer): void {
    if (code === 0) return;
    const { name } = apiErrorFrom(code as GrpcCode, message);
    add(this.errors, name === 'other' ? `${code} ${message.replace(/:? ?\(?\d.*$/, '')}` : name);
  }

  /** A WatchResponse that cancels, in normal form. */
  countCancel(cancel: {
    readonly created?: unknown;
    readonly cancelReason?: unknown;
    readonly compactRevision?: unknown;
  }): void {
    const kind = cancel.created === true ? 'refused' : cancel.compactRevision === 0 ? 'by request' : 'compacted';
    const reason =
      typeof cancel.cancelReason === 'string' && cancel.cancelReason !== '' ? `: ${cancel.cancelReason}` : '';
    add(this.cancels, kind + reason);
  }

  merge(other: Coverage): void {
    this.requests += other.requests;
    for (const [field, counts] of other.fields) {
      const mine = this.countsOf(field);
      mine.absent += counts.absent;
      mine.valid += counts.valid;
      mine.invalid += counts.invalid;
    }
    for (const [name, count] of other.errors) add(this.errors, name, count);
    for (const [name, count] of other.cancels) add(this.cancels, name, count);
    for (const [name, count] of other.methods) add(this.methods, name, count);
  }

  /** Reachable errors of the table that never came. */
  get missingErrors(): string[] {
    return REACHABLE_ERRORS.filter((name) => !this.errors.has(name));
  }

  get missingCancels(): string[] {
    return CANCELS.filter((name) => !this.cancels.has(name));
  }

  /** Fields that were in some state fewer than `least` times, though they can be. */
  fieldsBelow(least: number): string[] {
    const states = ['absent', 'valid', 'invalid'] as const;
    return [...this.fields].flatMap(([field, counts]) =>
      states.some((state) => counts[state] < least && IMPOSSIBLE[field]?.state !== state) ? [field] : [],
    );
  }

  private countRequest(method: string, message: MessageName, request: Fields): void {
    this.requests++;
    add(this.methods, method);
    this.countFields(message, request);
  }

  private countFields(message: MessageName, given: Fields): void {
    for (const [name, [, type]] of Object.entries(SCHEMA[message] as Readonly<Record<string, FieldRow>>)) {
      const counts = this.countsOf(`${message}.${name}`);
      const value = given[name];
      if (value === undefined) counts.absent++;
      else if (value instanceof Invalid || value instanceof Malformed) counts.invalid++;
      else counts.valid++;
      if (value !== undefined) this.countNested(type.replace(/\[\]$|\?$/, ''), value);
    }
  }

  private countNested(type: string, value: Value): void {
    if (!(type in SCHEMA)) return;
    const inner = value instanceof Invalid ? value.value : value;
    // What is over the limit is many times the same.
    const items = Array.isArray(inner) ? (inner as readonly Value[]).slice(0, 8) : [inner];
    for (const item of items) if (isFields(item)) this.countFields(type as MessageName, item);
  }

  private countsOf(field: string): Counts {
    let counts = this.fields.get(field);
    if (counts === undefined) {
      counts = { absent: 0, valid: 0, invalid: 0 };
      this.fields.set(field, counts);
    }
    return counts;
  }
}

function add(map: Map<string, number>, name: string, count = 1): void {
  map.set(name, (map.get(name) ?? 0) + count);
}
