package main

import (
	"fmt"
	"sync"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// checkTxn compares by every target, nests, and lets writers race for one key.
func checkTxn(s *session) {
	_, err := s.client.Delete(s.ctx, s.key(""), clientv3.WithPrefix())
	s.must(err, "clearing")
	lease, err := s.client.Grant(s.ctx, 600)
	s.must(err, "grant")
	_, err = s.client.Put(s.ctx, s.key("a"), "5", clientv3.WithLease(lease.ID))
	s.must(err, "put")
	kv := s.get(s.key("a")).Kvs[0]
	for _, each := range []struct {
		what   string
		cmp    clientv3.Cmp
		expect bool
	}{
		{"value =", clientv3.Compare(clientv3.Value(s.key("a")), "=", "5"), true},
		{"value <", clientv3.Compare(clientv3.Value(s.key("a")), "<", "5"), false},
		{"value >", clientv3.Compare(clientv3.Value(s.key("a")), ">", "49"), true},
		{"value !=", clientv3.Compare(clientv3.Value(s.key("a")), "!=", "5"), false},
		{"version", clientv3.Compare(clientv3.Version(s.key("a")), "=", 1), true},
		{"create", clientv3.Compare(clientv3.CreateRevision(s.key("a")), "=", kv.CreateRevision), true},
		{"modified", clientv3.Compare(clientv3.ModRevision(s.key("a")), ">", kv.ModRevision), false},
		{"lease", clientv3.Compare(clientv3.LeaseValue(s.key("a")), "=", lease.ID), true},
		{"missing", clientv3.Compare(clientv3.Version(s.key("none")), "=", 0), true},
		{"missing value", clientv3.Compare(clientv3.Value(s.key("none")), "!=", "x"), false},
		{"range", clientv3.Compare(clientv3.Value(s.key("")), "=", "5").WithPrefix(), true},
	} {
		answer, err := s.client.Txn(s.ctx).If(each.cmp).Then(clientv3.OpGet(s.key("a"))).Else().Commit()
		s.must(err, each.what)
		s.check(answer.Succeeded == each.expect, "comparing %s came out %v", each.what, answer.Succeeded)
	}
	s.checkNesting()
	s.checkTxnRefusals()
	s.checkRace()
}

func (s *session) checkNesting() {
	inner := clientv3.OpTxn(
		[]clientv3.Cmp{clientv3.Compare(clientv3.Value(s.key("n")), "=", "outer")},
		[]clientv3.Op{clientv3.OpPut(s.key("inner"), "yes"), clientv3.OpGet(s.key("inner"))},
		[]clientv3.Op{clientv3.OpPut(s.key("inner"), "no")},
	)
	answer, err := s.client.Txn(s.ctx).Then(clientv3.OpPut(s.key("n"), "outer"), inner, clientv3.OpGet(s.key("n"))).Commit()
	s.must(err, "nested")
	nested := answer.Responses[1].GetResponseTxn()
	s.check(nested != nil && !nested.Succeeded, "conditions hold before any write of the transaction: %v", nested)
	kv := s.get(s.key("inner")).Kvs[0]
	s.check(string(kv.Value) == "no" && kv.ModRevision == answer.Header.Revision, "inner is %v", kv)
	s.check(string(answer.Responses[2].GetResponseRange().Kvs[0].Value) == "outer", "a write is seen by what follows it")
}

func (s *session) checkTxnRefusals() {
	_, err := s.client.Txn(s.ctx).Then(clientv3.OpPut(s.key("d"), "1"), clientv3.OpPut(s.key("d"), "2")).Commit()
	s.refused(err, rpctypes.ErrDuplicateKey, "one key written twice")
	many := make([]clientv3.Op, 129)
	for i := range many {
		many[i] = clientv3.OpPut(s.key("m%d", i), "x")
	}
	_, err = s.client.Txn(s.ctx).Then(many...).Commit()
	s.refused(err, rpctypes.ErrTooManyOps, "129 operations")
	answer, err := s.client.Txn(s.ctx).Then(many[:128]...).Commit()
	s.must(err, "128 operations")
	s.check(len(answer.Responses) == 128, "%d answers to 128 operations", len(answer.Responses))
}

// checkRace lets eight writers count one key up: no increment may be lost, none counted twice.
func (s *session) checkRace() {
	s.put(s.key("count"), "0")
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for range 10 {
				for {
					kv := s.get(s.key("count")).Kvs[0]
					count := 0
					fmt.Sscan(string(kv.Value), &count)
					answer, err := s.client.Txn(s.ctx).
						If(clientv3.Compare(clientv3.ModRevision(s.key("count")), "=", kv.ModRevision)).
						Then(clientv3.OpPut(s.key("count"), fmt.Sprint(count+1))).Commit()
					s.must(err, "counting")
					if answer.Succeeded {
						break
					}
				}
			}
		})
	}
	writers.Wait()
	kv := s.get(s.key("count")).Kvs[0]
	s.check(string(kv.Value) == "80" && kv.Version == 81, "eighty increments made %v", kv)
}
