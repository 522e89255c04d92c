package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"
)

// Writes before the leader is killed, while it is away, and after it is back.
const writesPerStage = 60

// checkFailover keeps writing while the leader is killed and comes back: its watch must miss nothing and repeat nothing,
// its lease and lock must hold, and its reads must never go back.
func checkFailover(s *session) {
	lease, err := s.client.Grant(s.ctx, 10)
	s.must(err, "grant")
	kept, err := s.client.KeepAlive(s.ctx, lease.ID)
	s.must(err, "keep-alive")
	_, err = s.client.Put(s.ctx, s.key("leased"), "x", clientv3.WithLease(lease.ID))
	s.must(err, "put")
	session, err := concurrency.NewSession(s.client, concurrency.WithTTL(20))
	s.must(err, "session")
	mutex := concurrency.NewMutex(session, s.key("mutex"))
	s.must(mutex.Lock(s.ctx), "lock")

	first := s.put(s.key("log"), "0")
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	watch := s.client.Watch(clientv3.WithRequireLeader(ctx), s.key("log"), clientv3.WithRev(first))
	told := bufio.NewScanner(os.Stdin)
	leading := s.leader()
	written := s.write(0)
	s.ask(told, "kill", leading)
	written = s.write(written)
	s.ask(told, "start", leading)
	written = s.write(written)

	watch = s.follow(watch, first, written)
	_ = watch
	s.check(len(s.get(s.key("leased")).Kvs) == 1, "a key went though its lease was kept alive")
	last := (*clientv3.LeaseKeepAliveResponse)(nil)
	for len(kept) > 0 {
		last = <-kept
	}
	s.check(last != nil && last.TTL == 10, "the last keep-alive got %v", last)
	select {
	case <-session.Done():
		s.check(false, "a session ended though it was kept alive")
	default:
	}
	answer, err := s.client.Txn(s.ctx).If(mutex.IsOwner()).Then(clientv3.OpPut(s.key("mine"), "yes")).Commit()
	s.must(err, "write under the lock")
	s.check(answer.Succeeded, "the lock was lost though its session lives")
	s.must(mutex.Unlock(s.ctx), "unlock")
	s.checkEveryMember(written)
}

func (s *session) ask(told *bufio.Scanner, what, endpoint string) {
	fmt.Printf("%s %s\n", what, endpoint)
	s.check(told.Scan(), "nobody answered %q", what)
}

// write counts one key up, each write after the one before it. One whose answer was lost is read back before the next.
func (s *session) write(from int) int {
	for next := from + 1; next <= from+writesPerStage; next++ {
		for {
			ctx, cancel := context.WithTimeout(s.ctx, 2*time.Second)
			answer, err := s.client.Txn(ctx).
				If(clientv3.Compare(clientv3.Value(s.key("log")), "=", fmt.Sprint(next-1))).
				Then(clientv3.OpPut(s.key("log"), fmt.Sprint(next))).
				Else(clientv3.OpGet(s.key("log"))).Commit()
			cancel()
			if err == nil && answer.Succeeded {
				break
			}
			if err == nil {
				held := string(answer.Responses[0].GetResponseRange().Kvs[0].Value)
				s.check(held == fmt.Sprint(next), "%s is there where %d or %d must be", held, next-1, next)
				break
			}
			s.must(s.ctx.Err(), "writing while a member is away")
		}
	}
	return from + writesPerStage
}

// follow checks that the watch saw each write once and in order, watching on from what it has seen where it was cut.
func (s *session) follow(watch clientv3.WatchChan, first int64, written int) clientv3.WatchChan {
	seen, revision := -1, first-1
	for seen < written {
		answer, open := <-watch
		if !open || answer.Err() != nil {
			watch = s.client.Watch(s.ctx, s.key("log"), clientv3.WithRev(revision+1))
			continue
		}
		for _, event := range answer.Events {
			seen++
			s.check(string(event.Kv.Value) == fmt.Sprint(seen), "the watch saw %s as number %d", event.Kv.Value, seen)
			s.check(event.Kv.ModRevision > revision, "the watch went back from revision %d to %d", revision, event.Kv.ModRevision)
			revision = event.Kv.ModRevision
		}
	}
	return watch
}

// checkEveryMember reads from each member alone: the one that was away has caught up, and serves what was written.
func (s *session) checkEveryMember(written int) {
	for _, endpoint := range s.endpoints {
		alone := s.connect(endpoint)
		var got *clientv3.GetResponse
		var err error
		for range 50 {
			got, err = alone.Get(s.ctx, s.key("log"))
			if err == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		s.must(err, "get from "+endpoint)
		s.check(string(got.Kvs[0].Value) == fmt.Sprint(written), "%s has %s in place of %d", endpoint, got.Kvs[0].Value, written)
		alone.Close()
	}
}
