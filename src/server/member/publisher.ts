/** Tells the cluster this member's name and client URLs once it can be reached; until then MemberList says unstarted. */
import type { Timer } from '../../base/clock.ts';
import { codecs } from '../../wire/messages/index.ts';
import type { Member } from './member.ts';

const RETRY_MS = 100;

export class Publisher {
  readonly #member: Member;
  #waiting: (() => void)[] = [];
  #isPublished = false;
  #retry: Timer | undefined;

  constructor(member: Member) {
    this.#member = member;
  }

  start(): void {
    this.#publish();
  }

  whenPublished(done: () => void): void {
    if (this.#isPublished) done();
    else this.#waiting.push(done);
  }

  stop(): void {
    this.#retry?.cancel();
    this.#waiting = [];
  }

  #publish(): void {
    const { id, name, clientUrls, clock, log } = this.#member.parts;
    const request = codecs.ClusterMemberAttrSetRequest.encode({
      memberId: id,
      memberAttributes: { name, clientUrls },
    });
    this.#member.propose('clusterMemberAttrSet', request, {
      applied: () => {
        this.#isPublished = true;
        log.info('published local member to cluster through raft', { 'local-member-id': id, name });
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const done of waiting) done();
      },
      failed: (error) => {
        if (this.#member.isStopped) return;
        log.warn('failed to publish local member to cluster through raft', { error: error.message });
        this.#retry = clock.after(RETRY_MS, () => this.#publish());
      },
    });
  }
}
