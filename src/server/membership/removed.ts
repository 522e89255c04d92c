import { OperationError } from '../../base/errors.ts';

/** The cluster has agreed that this member is out: it ends in good order, and its data directory is of no more use. */
export class MemberRemovedError extends OperationError {
  constructor() {
    super('the member has been permanently removed from the cluster');
  }
}
