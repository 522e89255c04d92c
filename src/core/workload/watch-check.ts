/**
 * Whether a watch tells the truth: events in the order of revisions, none missing, none twice, none at or before the start,
 * none at or before a revision that progress was already announced for.
 */
import type { ByteString } from '../../base/bytes.ts';

/** One event, as far as it is checked. */
export interface WatchedEvent {
  readonly kind: 'put' | 'delete';
  readonly key: ByteString;
  readonly modRevision: number;
  /** The key's version; 0 of a deletion. */
  readonly version: number;
  /** ModRevision of prev_kv; 0 where there was none. */
  readonly prevModRevision: number;
}

const MOST_LINES = 5;
/** Deleted keys that are remembered, to find what is missing or late when they come again. Source: assumed. */
const MOST_DELETED = 10_000;

export class WatchChecker {
  events = 0;
  gaps = 0;
  disorders = 0;
  readonly violations: string[] = [];
  private lastRevision: number;
  /** All up to here was delivered, or lies before the start. */
  private settledRevision: number;
  private readonly keys: Map<ByteString, { modRevision: number; version: number }> | undefined;
  private readonly name: string;
  /** A ring. */
  private readonly deleted: ByteString[] = [];
  private nextDeleted = 0;

  /** `byKey` keeps every key's last version, which finds gaps at once; without it only order and number are known. */
  constructor(name: string, startRevision: number, byKey: boolean) {
    this.name = name;
    this.lastRevision = startRevision;
    this.settledRevision = startRevision;
    this.keys = byKey ? new Map() : undefined;
  }

  /** The last revision known to be delivered: where to resume behind. */
  get seenRevision(): number {
    return this.lastRevision;
  }

  /** The next event, in the order of receipt. */
  event(event: WatchedEvent): void {
    this.events++;
    // Events of one transaction share their revision.
    if (event.modRevision < this.lastRevision || event.modRevision <= this.settledRevision) {
      this.disorder(`${event.key} at revision ${event.modRevision} after revision ${this.lastRevision}`);
    }
    this.lastRevision = Math.max(this.lastRevision, event.modRevision);
    this.checkKey(event);
  }

  /** A response without events: all up to `revision` was delivered. */
  progress(revision: number): void {
    if (revision < this.lastRevision) {
      this.disorder(`progress ${revision} after revision ${this.lastRevision}`);
    }
    this.lastRevision = Math.max(this.lastRevision, revision);
    this.settledRevision = this.lastRevision;
  }

  private checkKey(event: WatchedEvent): void {
    if (this.keys === undefined) return;
    const before = this.keys.get(event.key);
    if (before !== undefined && event.modRevision <= before.modRevision) {
      this.disorder(`${event.key} at revision ${event.modRevision} again or late`);
      return;
    }
    if (event.prevModRevision > 0 && before !== undefined && event.prevModRevision !== before.modRevision) {
      this.gap(`${event.key}: prev_kv at ${event.prevModRevision}, last seen at ${before.modRevision}`);
    } else if (event.kind === 'put' && before !== undefined && event.version !== before.version + 1) {
      this.gap(`${event.key}: version ${event.version} after version ${before.version}`);
    }
    // A deleted key starts again at version 1.
    this.keys.set(event.key, { modRevision: event.modRevision, version: event.kind === 'put' ? event.version : 0 });
    if (event.kind === 'delete') this.remember(event.key, this.keys);
  }

  /** An hour of pods that come and go must not fill memory: of what is deleted the latest are kept. */
  private remember(deleted: ByteString, keys: Map<ByteString, { version: number }>): void {
    const oldest = this.deleted[this.nextDeleted];
    if (oldest !== undefined && keys.get(oldest)?.version === 0) keys.delete(oldest);
    this.deleted[this.nextDeleted] = deleted;
    this.nextDeleted = (this.nextDeleted + 1) % MOST_DELETED;
  }

  private gap(line: string): void {
    this.gaps++;
    if (this.violations.length < MOST_LINES) this.violations.push(`${this.name}: gap: ${line}`);
  }

  private disorder(line: string): void {
    this.disorders++;
    if (this.violations.length < MOST_LINES) this.violations.push(`${this.name}: disorder: ${line}`);
  }
}
