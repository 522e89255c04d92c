/** Runs an `AutoCompactor` on the leader: asks it at its interval and proposes what it says. */
import type { Timer } from '../../base/clock.ts';
import { codecs } from '../../wire/messages/index.ts';
import type { Member } from '../member/member.ts';
import type { AutoCompactor } from './auto-compactor.ts';

export class AutoCompaction {
  readonly #compactor: AutoCompactor;
  readonly #member: Member;
  #timer: Timer | undefined;

  constructor(compactor: AutoCompactor, member: Member) {
    this.#compactor = compactor;
    this.#member = member;
  }

  onLeadership(isLeader: boolean): void {
    if (!isLeader) {
      this.stop();
      this.#compactor.reset();
    } else if (this.#timer === undefined) {
      this.#tick();
      this.#schedule();
    }
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(): void {
    this.#timer = this.#member.parts.clock.after(this.#compactor.intervalMs, () => {
      this.#tick();
      this.#schedule();
    });
  }

  #tick(): void {
    const { clock, log } = this.#member.parts;
    const revision = this.#compactor.tick(clock.nowMs(), this.#member.store.currentRevision);
    if (revision === undefined || revision <= this.#member.store.compactRevision) return;
    log.info('starting auto compaction', { revision });
    this.#member.propose('compaction', codecs.CompactionRequest.encode({ revision }), {
      applied: ({ error }) => {
        if (error === undefined || error.name === 'compacted') log.info('completed auto compaction', { revision });
        else log.warn('failed auto compaction', { revision, error: error.message });
      },
      failed: (error) => log.warn('failed auto compaction', { revision, error: error.message }),
    });
  }
}
