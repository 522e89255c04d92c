package main

import (
	"strings"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// checkKV puts, reads and deletes with every option that the client library has for it.
func checkKV(s *session) {
	_, err := s.client.Delete(s.ctx, s.key(""), clientv3.WithPrefix())
	s.must(err, "clearing")
	first := s.put(s.key("a"), "1")
	second := s.put(s.key("b"), "2")
	s.check(second == first+1, "two writes got the revisions %d and %d", first, second)
	for _, name := range []string{"c", "d", "e"} {
		s.put(s.key("%s", name), name)
	}
	last := s.put(s.key("a"), "3")

	got := s.get(s.key("a"))
	s.check(len(got.Kvs) == 1 && string(got.Kvs[0].Value) == "3" && got.Kvs[0].Version == 2 &&
		got.Kvs[0].CreateRevision == first && got.Kvs[0].ModRevision == last, "a is %v", got.Kvs)
	s.checkRanges(first, last)
	s.checkPutOptions()
	s.checkDeletes()
	s.checkRefusals(first, last)
}

func (s *session) checkRanges(first, last int64) {
	prefix := clientv3.WithPrefix()
	s.reads("abcde", s.key(""), prefix)
	s.reads("bcd", s.key("b"), clientv3.WithRange(s.key("e")))
	s.reads("bcde", s.key("b"), clientv3.WithRange(clientv3.GetPrefixRangeEnd(s.key(""))))
	s.reads("ab", s.key(""), prefix, clientv3.WithLimit(2))
	s.reads("edcba", s.key(""), prefix, clientv3.WithSort(clientv3.SortByKey, clientv3.SortDescend))
	s.reads("bcdea", s.key(""), prefix, clientv3.WithSort(clientv3.SortByModRevision, clientv3.SortAscend))
	s.reads("edcba", s.key(""), prefix, clientv3.WithSort(clientv3.SortByCreateRevision, clientv3.SortDescend))
	s.reads("a", s.key(""), prefix, clientv3.WithSort(clientv3.SortByVersion, clientv3.SortDescend), clientv3.WithLimit(1))
	s.reads("bacde", s.key(""), prefix, clientv3.WithSort(clientv3.SortByValue, clientv3.SortAscend))
	s.reads("ab", s.key(""), prefix, clientv3.WithRev(first+1))
	s.settle()
	s.reads("abcde", s.key(""), prefix, clientv3.WithSerializable())
	s.reads("a", s.key(""), prefix, clientv3.WithMinModRev(last))
	s.reads("bcde", s.key(""), prefix, clientv3.WithMaxModRev(last-1))
	s.reads("cde", s.key(""), prefix, clientv3.WithMinCreateRev(first+2))
	s.reads("ab", s.key(""), prefix, clientv3.WithMaxCreateRev(first+1))

	page := s.get(s.key(""), prefix, clientv3.WithLimit(2))
	s.check(page.More && page.Count == 5, "a page of two of five says more=%v, count=%d", page.More, page.Count)
	counted := s.get(s.key(""), prefix, clientv3.WithCountOnly())
	s.check(counted.Count == 5 && len(counted.Kvs) == 0, "counting gave %d and %d keys", counted.Count, len(counted.Kvs))
	bare := s.get(s.key(""), prefix, clientv3.WithKeysOnly())
	for _, kv := range bare.Kvs {
		s.check(len(kv.Value) == 0, "%s has a value though only keys were asked for", kv.Key)
	}
}

func (s *session) checkPutOptions() {
	before, err := s.client.Put(s.ctx, s.key("b"), "20", clientv3.WithPrevKV())
	s.must(err, "put with the previous value")
	s.check(before.PrevKv != nil && string(before.PrevKv.Value) == "2", "b was %v", before.PrevKv)
	lease, err := s.client.Grant(s.ctx, 600)
	s.must(err, "grant")
	_, err = s.client.Put(s.ctx, s.key("b"), "", clientv3.WithIgnoreValue(), clientv3.WithLease(lease.ID))
	s.must(err, "put that keeps the value")
	_, err = s.client.Put(s.ctx, s.key("b"), "21", clientv3.WithIgnoreLease())
	s.must(err, "put that keeps the lease")
	kv := s.get(s.key("b")).Kvs[0]
	s.check(string(kv.Value) == "21" && kv.Lease == int64(lease.ID) && kv.Version == 4, "b is %v", kv)
	_, err = s.client.Put(s.ctx, s.key("none"), "", clientv3.WithIgnoreValue())
	s.refused(err, rpctypes.ErrKeyNotFound, "keeping the value of no key")
	binary := string([]byte{0, 0xff, 0x80, 0})
	s.put(s.key("%s", binary), binary)
	s.check(string(s.get(s.key("%s", binary)).Kvs[0].Value) == binary, "a binary value came back changed")
	s.put(s.key("long"), strings.Repeat("x", 1<<20))
	s.check(len(s.get(s.key("long")).Kvs[0].Value) == 1<<20, "a value of 1 MiB came back shorter")
}

func (s *session) checkDeletes() {
	gone, err := s.client.Delete(s.ctx, s.key("c"), clientv3.WithRange(s.key("e")), clientv3.WithPrevKV())
	s.must(err, "delete of a range")
	s.check(gone.Deleted == 2 && len(gone.PrevKvs) == 2 && string(gone.PrevKvs[1].Value) == "d", "deleted %v", gone)
	none, err := s.client.Delete(s.ctx, s.key("c"))
	s.must(err, "delete of no key")
	s.check(none.Deleted == 0 && none.Header.Revision == gone.Header.Revision, "deleting nothing gave %v", none)
	s.check(len(s.get(s.key("c")).Kvs) == 0, "c is still there")
	s.put(s.key("c"), "again")
	s.check(s.get(s.key("c")).Kvs[0].Version == 1, "a key that was deleted begins anew with version 1")
}

func (s *session) checkRefusals(first, last int64) {
	_, err := s.client.Put(s.ctx, "", "x")
	s.refused(err, rpctypes.ErrEmptyKey, "put without a key")
	_, err = s.client.Put(s.ctx, s.key("big"), strings.Repeat("x", 1600<<10))
	s.refused(err, rpctypes.ErrRequestTooLarge, "put of 1600 KiB")
	_, err = s.client.Put(s.ctx, s.key("x"), "x", clientv3.WithLease(12345))
	s.refused(err, rpctypes.ErrLeaseNotFound, "put with an unknown lease")
	_, err = s.client.Get(s.ctx, s.key("a"), clientv3.WithRev(1<<40))
	s.refused(err, rpctypes.ErrFutureRev, "reading the future")
	_, err = s.client.Compact(s.ctx, last, clientv3.WithCompactPhysical())
	s.must(err, "compact")
	_, err = s.client.Get(s.ctx, s.key("a"), clientv3.WithRev(first))
	s.refused(err, rpctypes.ErrCompacted, "reading what was compacted")
	_, err = s.client.Compact(s.ctx, last)
	s.refused(err, rpctypes.ErrCompacted, "compacting again")
	kept := s.get(s.key("a"), clientv3.WithRev(last))
	s.check(len(kept.Kvs) == 1 && string(kept.Kvs[0].Value) == "3", "a at the compacted revision is %v", kept.Kvs)
}

func (s *session) put(key, value string) int64 {
	answer, err := s.client.Put(s.ctx, key, value)
	s.must(err, "put")
	return answer.Header.Revision
}

func (s *session) get(key string, options ...clientv3.OpOption) *clientv3.GetResponse {
	answer, err := s.client.Get(s.ctx, key, options...)
	s.must(err, "get")
	return answer
}

// reads checks which keys a range holds, each by the last letter of its name, in order.
func (s *session) reads(names, key string, options ...clientv3.OpOption) {
	read := ""
	for _, kv := range s.get(key, options...).Kvs {
		read += string(kv.Key[len(kv.Key)-1:])
	}
	s.check(read == names, "a range with %d options held %q in place of %q", len(options), read, names)
}
