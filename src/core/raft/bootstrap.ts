/** What a member starts from before it has a log. */
import type { RestoredState } from './config.ts';
import { encodeConfChange, type ConfChange } from './conf-change.ts';
import { ENTRY_CONF_CHANGE, NOBODY, type ConfState } from './types.ts';

const NO_MEMBERS: ConfState = { voters: [], learners: [] };

/**
 * A first member of a new cluster. The membership is the log's beginning, one committed change a member, so that who
 * joins later learns it like everybody else. Every first member must be given the same changes in the same order, and
 * must write these entries and this hard state to its log before it starts.
 */
export function bootstrapState(changes: readonly ConfChange[]): RestoredState {
  return {
    hardState: { term: 1, vote: NOBODY, commit: changes.length },
    confState: NO_MEMBERS,
    snapshot: { index: 0, term: 0, confState: NO_MEMBERS },
    entries: changes.map((change, i) => ({
      type: ENTRY_CONF_CHANGE,
      term: 1,
      index: i + 1,
      data: encodeConfChange(change),
    })),
    applied: 0,
  };
}

/** A member that joins a running cluster: it knows nobody, and learns the membership from the log or a snapshot. */
export function joiningState(): RestoredState {
  return { ...bootstrapState([]), hardState: { term: 0, vote: NOBODY, commit: 0 } };
}
