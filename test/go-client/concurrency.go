package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"
)

// checkConcurrency uses the recipes of the client library: mutex, election, software transactional memory.
func checkConcurrency(s *session) {
	s.checkMutex()
	s.checkElection()
	for _, isolation := range []concurrency.Isolation{
		concurrency.SerializableSnapshot, concurrency.Serializable, concurrency.RepeatableReads,
	} {
		s.checkSTM(isolation)
	}
}

func (s *session) newSession() *concurrency.Session {
	session, err := concurrency.NewSession(s.client, concurrency.WithTTL(60))
	s.must(err, "session")
	return session
}

// checkMutex lets six holders read, wait and write one counter: the lock alone keeps them from losing increments.
func (s *session) checkMutex() {
	s.put(s.key("count"), "0")
	var holders sync.WaitGroup
	for range 6 {
		holders.Go(func() {
			session := s.newSession()
			defer session.Close()
			mutex := concurrency.NewMutex(session, s.key("mutex"))
			for range 3 {
				s.must(mutex.Lock(s.ctx), "lock")
				count := 0
				fmt.Sscan(string(s.get(s.key("count")).Kvs[0].Value), &count)
				answer, err := s.client.Txn(s.ctx).If(mutex.IsOwner()).Then(clientv3.OpPut(s.key("count"), fmt.Sprint(count+1))).Commit()
				s.must(err, "write under the lock")
				s.check(answer.Succeeded, "the holder of the lock is not its owner")
				s.must(mutex.Unlock(s.ctx), "unlock")
			}
		})
	}
	holders.Wait()
	s.check(string(s.get(s.key("count")).Kvs[0].Value) == "18", "the lock let increments be lost")

	one, two := s.newSession(), s.newSession()
	defer one.Close()
	defer two.Close()
	first, second := concurrency.NewMutex(one, s.key("try")), concurrency.NewMutex(two, s.key("try"))
	s.must(first.TryLock(s.ctx), "trying a free lock")
	err := second.TryLock(s.ctx)
	s.check(errors.Is(err, concurrency.ErrLocked), "trying a lock that is held: %v", err)
	s.must(one.Close(), "closing a session")
	s.must(second.Lock(s.ctx), "lock after its holder's session ended")
}

func (s *session) checkElection() {
	one, two := s.newSession(), s.newSession()
	defer one.Close()
	defer two.Close()
	first, second := concurrency.NewElection(one, s.key("election")), concurrency.NewElection(two, s.key("election"))
	s.must(first.Campaign(s.ctx, "first"), "campaign")
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	seen := second.Observe(ctx)
	s.leads(seen, "first")
	won := make(chan error, 1)
	go func() { won <- second.Campaign(s.ctx, "second") }()
	s.must(first.Proclaim(s.ctx, "first again"), "proclaim")
	s.leads(seen, "first again")
	select {
	case err := <-won:
		s.check(false, "two lead at once: %v", err)
	default:
	}
	s.must(first.Resign(s.ctx), "resign")
	s.must(<-won, "campaign")
	s.leads(seen, "second")
	leader, err := first.Leader(s.ctx)
	s.must(err, "leader")
	s.check(string(leader.Kvs[0].Value) == "second", "the leader is %v", leader.Kvs)
}

// leads waits for a leader's word; what was said before it may be skipped.
func (s *session) leads(seen <-chan clientv3.GetResponse, expected string) {
	for answer := range seen {
		if string(answer.Kvs[0].Value) == expected {
			return
		}
	}
	s.check(false, "nobody was seen leading as %q", expected)
}

// checkSTM moves money between accounts: whatever the order, none may be made or lost.
func (s *session) checkSTM(isolation concurrency.Isolation) {
	const accounts = 4
	account := func(i int) string { return s.key("account/%d/%d", isolation, i) }
	for i := range accounts {
		s.put(account(i), "100")
	}
	var movers sync.WaitGroup
	for mover := range 6 {
		movers.Go(func() {
			for step := range 4 {
				from, to := account((mover+step)%accounts), account((mover*step+1)%accounts)
				if from == to {
					continue
				}
				move := func(stm concurrency.STM) error {
					var has, gets int
					fmt.Sscan(stm.Get(from), &has)
					fmt.Sscan(stm.Get(to), &gets)
					stm.Put(from, fmt.Sprint(has-7))
					stm.Put(to, fmt.Sprint(gets+7))
					return nil
				}
				// The library reads the second account serializably at the revision of the first; its balancer may ask a member
				// that has not come so far, of any etcd cluster, and leaves it to the caller to try again.
				err := error(rpctypes.ErrFutureRev)
				for errors.Is(err, rpctypes.ErrFutureRev) {
					_, err = concurrency.NewSTM(s.client, move,
						concurrency.WithIsolation(isolation), concurrency.WithAbortContext(s.ctx))
				}
				s.must(err, "moving money")
			}
		})
	}
	movers.Wait()
	total := 0
	for i := range accounts {
		has := 0
		fmt.Sscan(string(s.get(account(i)).Kvs[0].Value), &has)
		total += has
	}
	s.check(total == accounts*100, "moving money at isolation %d made %d out of %d", isolation, total, accounts*100)
}
