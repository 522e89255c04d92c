/**
 * The vocabulary between the models and whoever drives them. A model is a script: it is asked for its next step, says
 * what to send or until when to wait, and is handed a digest of the answer. It never does anything itself.
 */
import type { ByteString } from '../../base/bytes.ts';
import type { MessageInput } from '../api/index.ts';

export type LoadRequest =
  | { readonly method: 'range'; readonly request: MessageInput<'RangeRequest'> }
  | { readonly method: 'txn'; readonly request: MessageInput<'TxnRequest'> }
  | { readonly method: 'put'; readonly request: MessageInput<'PutRequest'> }
  | { readonly method: 'compact'; readonly request: MessageInput<'CompactionRequest'> }
  | { readonly method: 'leaseGrant'; readonly request: MessageInput<'LeaseGrantRequest'> }
  | { readonly method: 'leaseRevoke'; readonly request: MessageInput<'LeaseRevokeRequest'> }
  | { readonly method: 'leaseKeepAlive'; readonly request: MessageInput<'LeaseKeepAliveRequest'> }
  | { readonly method: 'status'; readonly request: MessageInput<'StatusRequest'> };

export type LoadMethod = LoadRequest['method'];

/** What a request changes. `create`: only where the key is not there; `put`: in either case. */
export interface Write {
  readonly kind: 'create' | 'put' | 'delete';
  /** Number of the object's space, and of the object within it. */
  readonly space: number;
  readonly object: number;
  /** The lease that the key is bound to. */
  readonly lease?: bigint | undefined;
}

/** A request with what its recorder must know. */
export type Call = LoadRequest & {
  /** The class it is counted under: `create pods`. */
  readonly class: string;
  /** What it changes when it succeeds. */
  readonly write?: Write;
};

/** What a script needs to know of an answer, whatever it was the answer to. */
export interface Reply {
  /** The header's revision. */
  readonly revision: number;
  /** Of a Txn; true for all else. */
  readonly succeeded: boolean;
  /** ModRevision of the first object in the answer or in the branch taken; 0: there was none. */
  readonly modRevision: number;
  /** Objects in the answer. */
  readonly kvs: number;
  readonly count: number;
  readonly more: boolean;
  /** The last key in the answer, where there is more. */
  readonly lastKey: ByteString;
  readonly leaseId: bigint;
  /** Seconds that a lease was granted or has left; 0: the lease is gone. */
  readonly ttlS: number;
}

export type Step =
  | { readonly kind: 'send'; readonly call: Call }
  /** Nothing before this instant (milliseconds from the operation's own). */
  | { readonly kind: 'wait'; readonly afterMs: number }
  /** Nothing before the lease of a shared slot is granted (lease-reuse.ts). */
  | { readonly kind: 'lease'; readonly slot: LeaseSlot }
  | { readonly kind: 'done' };

/** A lease that many objects share: who asks first grants it, who comes while that is under way waits. */
export interface LeaseSlot {
  id: bigint | undefined;
  /** The grant failed; what waits for it fails too. */
  failed: boolean;
}

/**
 * One operation under way. `reply` is the answer to the last `send`; `intendedMs` the instant (CLOCK_MONOTONIC) that the
 * next send is meant for: it goes into the stamp of what is written.
 */
export interface Script {
  /** What it returns is valid until the next call of either; with the last, `done` or `failed`, the script is given back. */
  next(reply: Reply | undefined, intendedMs: number): Step;
  /** The last send ended in an error; the operation is over. */
  failed?(): void;
}

export const DONE: Step = { kind: 'done' };
