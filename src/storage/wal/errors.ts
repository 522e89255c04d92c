/** Why a log is refused. */
import { OperationError } from '../../base/errors.ts';

/** What an operator does about a member whose log cannot be trusted. */
const REMEDY =
  'remove the member from the cluster and add it again with an empty data directory, or restore it from a snapshot';

/** The log holds what no crash leaves behind: bytes changed, went missing, or belong to another log. */
export class LogDamageError extends OperationError {
  /** File name of the segment. */
  readonly segment: string;
  /** Where in the segment the bad bytes start. */
  readonly offset: number;
  readonly reason: string;

  constructor(segment: string, offset: number, reason: string) {
    super(`write-ahead log segment ${segment} is damaged at byte ${offset}: ${reason}; ${REMEDY}`);
    this.segment = segment;
    this.offset = offset;
    this.reason = reason;
  }
}

/** The log's files, each perhaps sound, do not make up a log that leads on from any snapshot on hand. */
export class LogIncompleteError extends OperationError {
  constructor(directory: string, reason: string) {
    super(`write-ahead log ${directory} is incomplete: ${reason}; ${REMEDY}`);
  }
}
