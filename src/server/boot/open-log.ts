/**
 * Opens a member's log, whatever state the disk is in, and gives what raft, the Ready loop and the log keeper need of it.
 * The same code runs on a real disk and in the simulator.
 */
import type { Backend } from '../../base/backend.ts';
import type { Disk } from '../../base/disk.ts';
import { OperationError } from '../../base/errors.ts';
import type { Entry, HardState, MemberId, RestoredState, SnapshotMark } from '../../core/raft/index.ts';
import {
  createLog,
  hasLog,
  recoverLog,
  WriteAheadLog,
  type LogHost,
  type RecoveredLog,
  type SaveInfo,
} from '../../storage/wal/index.ts';
import type { LogWriter } from '../consensus/raft-loop.ts';
import type { MarkStore } from '../member/log-keeper.ts';
import type { MemberMetrics } from '../metrics/member-metrics.ts';
import { decreedRemovals, restoredState } from './bootstrap.ts';

/** The snapshot marks on disk, apart from the log's own records of them. */
export interface MarkFiles {
  /** Every mark that can be read, newest first. */
  list(): SnapshotMark[];
  /** Durable when it returns. */
  save(mark: SnapshotMark): void;
  /** The same without waiting: durable when called back without an error. */
  readonly saveAside?: (mark: SnapshotMark, done: (error: Error | undefined) => void) => void;
}

/** Who a member is when it starts for the first time. */
export interface FirstStart {
  readonly id: MemberId;
  readonly clusterId: bigint;
  /** What the log begins with; empty for a member that joins a running cluster. */
  readonly entries: readonly Entry[];
  readonly hardState: HardState | undefined;
}

export interface OpenLogOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly backend: Backend;
  readonly marks: MarkFiles;
  readonly metrics: MemberMetrics;
  /** Consulted only where there is no log yet. */
  readonly firstStart: () => FirstStart;
  /** Make this member a cluster of one, from its own log. */
  readonly forceNewCluster: boolean;
  readonly segmentBytes?: number;
  readonly maxSegments?: number;
  readonly openHost: () => LogHost;
  /** The log can no longer be written: the member must end. */
  readonly onFatal: (error: Error) => void;
}

export interface OpenedLog {
  readonly id: MemberId;
  readonly clusterId: bigint;
  readonly isNew: boolean;
  readonly restored: RestoredState;
  readonly writer: LogWriter;
  readonly markStore: MarkStore;
  /** The copy that was kept of a segment with a torn tail. */
  readonly tornSegment: string | undefined;
  close(done: () => void): void;
}

/** The log, opened; rejects where it is refused or fails before it is. */
export function whenOpened(options: OpenLogOptions): Promise<OpenedLog> {
  return new Promise((resolve, reject) => {
    const onFatal = (error: Error): void => {
      reject(error);
      options.onFatal(error);
    };
    openLog({ ...options, onFatal }, resolve);
  });
}

/** Calls back when everything that raft is to start from is durable. Throws what the log refuses by name. */
export function openLog(options: OpenLogOptions, done: (log: OpenedLog) => void): void {
  const { disk, directory, backend } = options;
  const isNew = !hasLog(disk, directory);
  const first = isNew ? options.firstStart() : undefined;
  const metadata = first && { nodeId: first.id, clusterId: first.clusterId };
  const created = metadata && createLog(disk, directory, metadata, options.segmentBytes);
  // A mark that the backend has not reached would need a state that is not there.
  const usable = options.marks.list().filter((mark) => mark.index <= backend.consistentIndex);
  const recovered = created ?? recoverLog(disk, directory, usable, options.segmentBytes);
  const { nodeId: id, clusterId } = recovered.metadata;
  const log = new WriteAheadLog({ host: options.openHost(), recovered, onFatal: options.onFatal, ...sizes(options) });
  const { saveAside } = options.marks;
  const writer = meteredWriter(log, options.metrics);
  const fileFirst: LogWriter = {
    noteCommit: (hardState) => writer.noteCommit(hardState),
    save: (request, saved) => {
      if (request.mark !== undefined) options.marks.save(request.mark);
      writer.save(request, saved);
    },
  };
  let isClosed = false;
  const isEmpty = recovered.mark.index === 0 && recovered.entries.length === 0 && backend.consistentIndex === 0;
  const finish = (restored: RestoredState): void =>
    done({
      id,
      clusterId,
      isNew,
      restored,
      writer: fileFirst,
      tornSegment: recovered.tornSegment,
      markStore: {
        save: (mark, saved) => {
          const request = { mark, entries: [], mustSync: true };
          if (saveAside === undefined) fileFirst.save(request, saved);
          else {
            saveAside(mark, (error) => {
              if (isClosed) return;
              if (error === undefined) writer.save(request, saved);
              else options.onFatal(error);
            });
          }
        },
        release: (index) => log.release(index),
      },
      close: (closed) => {
        isClosed = true;
        log.close(closed);
      },
    });

  if (isEmpty) {
    // A crash between making the log and writing its first entries leaves it empty: they are written now.
    const start = first ?? options.firstStart();
    writeFirst(recovered, writer, start, backend, finish);
  } else if (options.forceNewCluster) {
    const { kept, extra } = decreedRemovals(recovered, backend, id);
    const restored = restoredState({ ...recovered, entries: kept }, backend, extra);
    writer.save({ entries: extra, hardState: restored.hardState, mustSync: true }, () => finish(restored));
  } else {
    const restored = restoredState(recovered, backend);
    const isAhead = restored.snapshot.index > recovered.mark.index + recovered.entries.length;
    if (!isAhead) finish(restored);
    else {
      const { snapshot: mark, hardState } = restored;
      fileFirst.save({ mark, hardState, entries: [], mustSync: true }, () => finish(restored));
    }
  }
}

function writeFirst(
  recovered: RecoveredLog,
  writer: LogWriter,
  start: FirstStart,
  backend: Backend,
  finish: (restored: RestoredState) => void,
): void {
  if (recovered.metadata.nodeId !== start.id || recovered.metadata.clusterId !== start.clusterId) {
    throw new OperationError(
      `the log belongs to member ${recovered.metadata.nodeId.toString(16)} of cluster ` +
        `${recovered.metadata.clusterId.toString(16)}, not to what --initial-cluster describes: use the flags it was ` +
        'started with, or an empty data directory',
    );
  }
  const { entries, hardState } = start;
  if (hardState === undefined) {
    finish(restoredState(recovered, backend));
    return;
  }
  writer.save({ entries, hardState, mustSync: true }, () =>
    finish(restoredState({ ...recovered, entries: [...entries], hardState }, backend)),
  );
}

function sizes(options: OpenLogOptions): { segmentBytes?: number; maxSegments?: number } {
  const { segmentBytes, maxSegments } = options;
  return {
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
    ...(maxSegments === undefined ? {} : { maxSegments }),
  };
}

/** Counts what the log does. */
function meteredWriter(log: WriteAheadLog, metrics: MemberMetrics): LogWriter {
  let counted: SaveInfo | undefined;
  return {
    noteCommit: (hardState) => log.noteCommit(hardState),
    save: (request, saved) => {
      log.save(request, (info) => {
        // Saves that shared a write are told of it by the same object; it is counted once.
        if (info !== counted) {
          counted = info;
          for (const ms of info.syncMs) metrics.walFsyncSeconds.observe(ms / 1000);
          metrics.walWriteSeconds.observe(info.writeMs / 1000);
          metrics.walWriteBytes.value += info.bytes;
        }
        saved();
      });
    },
  };
}
