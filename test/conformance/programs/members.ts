/** Requests of the Cluster service to a cluster of one. Its member must stay and remain the only voter. */
import type { Step } from '../steps.ts';
import { Invalid, Named, type Fields } from '../values.ts';
import type { Choices } from './choices.ts';
import { call } from './others.ts';

const BAD_URLS = [[''], ['ftp://127.0.0.1:1'], ['http://127.0.0.1'], ['127.0.0.1:1']];
const UNKNOWN_IDS = [1n, 1n << 63n];
const LEARNER = new Named('learner');
/** Nobody listens there. */
const DISCARD_PORT = 9;

export function memberListRequest(c: Choices): Fields {
  const fields: Fields = {};
  c.maybe(fields, 'linearizable', 0.5, () => c.bool());
  return fields;
}

/** What must be refused, or changes nothing. */
export function harmlessMemberStep(c: Choices): Step {
  const fields: Fields = {};
  switch (c.below(5)) {
    case 0:
      c.maybe(fields, 'peerUrls', 0.6, () => new Invalid(c.one(BAD_URLS)));
      c.maybe(fields, 'isLearner', 0.4, () => c.bool());
      return call('memberAdd', fields);
    case 1:
      c.maybe(fields, 'id', 0.5, () => new Invalid(c.one(UNKNOWN_IDS)));
      return call('memberRemove', fields);
    case 2:
      c.maybe(fields, 'id', 0.5, () => new Invalid(c.one(UNKNOWN_IDS)));
      c.maybe(fields, 'peerUrls', 0.6, () => (c.chance(0.5) ? ['http://127.0.0.1:1'] : new Invalid(c.one(BAD_URLS))));
      return call('memberUpdate', fields);
    case 3:
      c.maybe(fields, 'id', 0.5, () => (c.chance(0.5) ? new Named('member') : new Invalid(c.one(UNKNOWN_IDS))));
      return call('memberPromote', fields);
    default:
      c.maybe(fields, 'targetId', 0.5, () => (c.chance(0.5) ? new Named('member') : new Invalid(c.one(UNKNOWN_IDS))));
      return call('moveLeader', fields);
  }
}

/** A learner comes that nobody has started, is asked too much of, and goes. `number` names its addresses. */
export function learnerSteps(c: Choices, number: number): Step[] {
  const url = (host: number): string =>
    `http://127.${1 + (number >> 14)}.${(number >> 6) & 0xff}.${((number & 0x3f) << 2) + host}:${DISCARD_PORT}`;
  const list = call('memberList', memberListRequest(c), true);
  return [
    { ...call('memberAdd', { peerUrls: [url(0)], isLearner: true }), naming: LEARNER.name },
    list,
    // Some of its URLs are taken; and there may be but one learner.
    call('memberAdd', { peerUrls: [url(0), url(1)], isLearner: c.bool() }),
    call('memberAdd', { peerUrls: [url(1)], isLearner: true }),
    call('memberPromote', { id: LEARNER }),
    call('moveLeader', { targetId: LEARNER }),
    call('memberUpdate', { id: LEARNER, peerUrls: [url(2)] }),
    call('memberRemove', { id: LEARNER }),
    list,
  ];
}
