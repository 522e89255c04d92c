/** Members that come and go: a learner is added, promoted when it has caught up, and some voter removed. */
import {
  CONF_ADD_LEARNER,
  CONF_ADD_VOTER,
  CONF_REMOVE,
  type ConfChangeType,
  type MemberId,
} from '../../src/core/raft/index.ts';
import type { Random } from '../../src/base/random.ts';
import { memberToJson } from '../../src/server/membership/member-json.ts';
import type { Member } from '../../src/server/member/member.ts';
import type { Machine } from './machine.ts';

const MAX_VOTERS = 5;

export interface ChurnOptions {
  readonly random: Random;
  readonly machines: () => readonly Machine[];
  /** Nobody is removed where no more vote. */
  readonly minVoters: number;
  /** Sets up a machine with an empty disk that is to join. */
  readonly addMachine: (id: MemberId) => void;
}

export class Churn {
  readonly #options: ChurnOptions;
  #nextId = 1n << 32n;

  constructor(options: ChurnOptions) {
    this.#options = options;
  }

  /** Asks the leader for the next change; false when there is no leader. */
  step(): boolean {
    const leader = this.#options.machines().find(({ member }) => member?.isLeader === true);
    return leader?.enter((member) => this.#propose(member)) ?? false;
  }

  #propose(member: Member): void {
    const { membership } = member.parts;
    const { minVoters } = this.#options;
    const learner = membership.list().find(({ isLearner }) => isLearner);
    const voters = membership.voters();
    if (learner !== undefined) {
      if (this.#hasCaughtUp(member, learner.id)) {
        change(member, CONF_ADD_VOTER, learner.id, memberToJson({ ...learner, isLearner: false }, true));
      }
    } else if (voters.length >= MAX_VOTERS || (voters.length > minVoters && this.#options.random.below(2) === 0)) {
      const leaving = voters[this.#options.random.below(voters.length)]!;
      change(member, CONF_REMOVE, leaving.id, '');
    } else {
      const id = this.#nextId++;
      const added = { id, name: '', peerUrls: [`http://10.0.0.1:${id}`], clientUrls: [], isLearner: true };
      change(member, CONF_ADD_LEARNER, id, memberToJson(added));
      this.#options.addMachine(id);
    }
  }

  /** As the server asks before it promotes: nine tenths of the leader's log. */
  #hasCaughtUp(member: Member, id: MemberId): boolean {
    const { progress, lastIndex } = member.parts.raft.status();
    return (progress.get(id)?.match ?? 0) >= 0.9 * lastIndex;
  }
}

function change(member: Member, type: ConfChangeType, id: MemberId, context: string): void {
  const changeId = member.changes.register(() => undefined);
  member.proposeConfChange({ id: changeId, type, member: id, context: Buffer.from(context) });
}
