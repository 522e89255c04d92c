/**
 * Raft at the pace of etcd's own loop, where a tick, a save and the sending of messages take turns: while a save is under
 * way no time passes and nothing is sent, so a leader whose disk stalls for an election timeout is deposed. The bundled
 * member need not be so: its heartbeats go on whatever the disk does. With a modelled disk it must, because the question
 * is what that disk would do to etcd, and elections lost to slow syncs are the worst of it.
 *
 * As in etcd, what arrives during a save is taken (only its effects wait), a leader's messages leave before the save they
 * belong to, and snapshot marks are written beside the loop. Unlike etcd's, a follower's answers that promise nothing need
 * not wait for the save of their own Ready: they are no later than etcd's, and a leader asks only once an election timeout.
 *
 * Source: etcd server/etcdserver/raft.go, raftNode.start: one goroutine, a ticker of one pending tick, wal.Save in line.
 */
import { RaftNode } from '../../core/raft/index.ts';
import type { LogWriter } from './raft-loop.ts';

export class DiskPacedRaft extends RaftNode {
  private isSaving = false;
  private isTickDue = false;

  override tick(): void {
    if (this.isSaving) this.isTickDue = true;
    else super.tick();
  }

  override hasReady(): boolean {
    return !this.isSaving && super.hasReady();
  }

  /** The log that this raft waits for. */
  pacedBy(log: LogWriter): LogWriter {
    return {
      ...log,
      save: (write, done) => {
        this.isSaving = true;
        log.save(write, () => {
          this.isSaving = false;
          if (this.isTickDue) {
            this.isTickDue = false;
            super.tick();
          }
          done();
        });
      },
    };
  }
}
