package main

import (
	"context"
	"errors"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/leasing"
	"go.etcd.io/etcd/client/v3/mirror"
	"go.etcd.io/etcd/client/v3/namespace"
	"go.etcd.io/etcd/client/v3/naming/endpoints"
	"go.etcd.io/etcd/client/v3/ordering"
)

// checkWrappers uses the layers that the library puts over the plain calls.
func checkWrappers(s *session) {
	s.checkNamespace()
	s.checkMirror()
	s.checkLeasing()
	s.checkOrdering()
	s.checkNaming()
}

func (s *session) checkNamespace() {
	prefix := s.key("inside/")
	kv := namespace.NewKV(s.client.KV, prefix)
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	watch := namespace.NewWatcher(s.client.Watcher, prefix).Watch(ctx, "", clientv3.WithPrefix(), clientv3.WithCreatedNotify())
	<-watch
	_, err := kv.Put(s.ctx, "a", "1")
	s.must(err, "put in a namespace")
	s.put(s.key("outside"), "2")
	got, err := kv.Get(s.ctx, "", clientv3.WithPrefix())
	s.must(err, "get in a namespace")
	s.check(len(got.Kvs) == 1 && string(got.Kvs[0].Key) == "a", "the namespace holds %v", got.Kvs)
	event := s.next(watch).Events[0]
	s.check(string(event.Kv.Key) == "a", "the namespace's watch saw %s", event.Kv.Key)
	s.check(len(s.get(prefix+"a").Kvs) == 1, "the namespace's key is not below its prefix")
}

// checkMirror reads what is there in pages, then follows what comes.
func (s *session) checkMirror() {
	prefix := s.key("mirror/")
	// More than one of the library's pages of 1000.
	for at := 0; at < 1200; at += 100 {
		var puts []clientv3.Op
		for i := at; i < at+100; i++ {
			puts = append(puts, clientv3.OpPut(s.key("mirror/%04d", i), "x"))
		}
		_, err := s.client.Txn(s.ctx).Then(puts...).Commit()
		s.must(err, "filling")
	}
	syncer := mirror.NewSyncer(s.client, prefix, 0)
	answers, failures := syncer.SyncBase(s.ctx)
	copied := map[string]bool{}
	for answer := range answers {
		for _, kv := range answer.Kvs {
			copied[string(kv.Key)] = true
		}
	}
	s.must(<-failures, "mirroring")
	s.check(len(copied) == 1200, "the mirror has %d keys of 1200", len(copied))
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	s.put(prefix+"new", "y")
	event := s.next(syncer.SyncUpdates(ctx)).Events[0]
	s.check(string(event.Kv.Key) == prefix+"new", "the mirror's first update is %s", event.Kv.Key)
}

// checkLeasing reads from a cache that must not outlive what another client writes.
func (s *session) checkLeasing() {
	cached, closeCached, err := leasing.NewKV(s.client, s.key("leasing/"))
	s.must(err, "leasing")
	defer closeCached()
	other, closeOther, err := leasing.NewKV(s.client, s.key("leasing/"))
	s.must(err, "leasing")
	defer closeOther()
	for _, value := range []string{"1", "2", "3"} {
		_, err = other.Put(s.ctx, s.key("leased"), value)
		s.must(err, "put through the other's cache")
		for range 2 {
			got, err := cached.Get(s.ctx, s.key("leased"))
			s.must(err, "get from the cache")
			s.check(len(got.Kvs) == 1 && string(got.Kvs[0].Value) == value, "the cache has %v in place of %s", got.Kvs, value)
		}
	}
	_, err = other.Delete(s.ctx, s.key("leased"))
	s.must(err, "delete through the other's cache")
	got, err := cached.Get(s.ctx, s.key("leased"))
	s.must(err, "get from the cache")
	s.check(len(got.Kvs) == 0, "the cache still has %v", got.Kvs)
}

// checkOrdering reads without a quorum, and is told where an answer would be older than the one before.
func (s *session) checkOrdering() {
	errOld := errors.New("an older answer")
	kv := ordering.NewKV(s.client.KV, func(clientv3.Op, clientv3.OpResponse, int64) error { return errOld })
	revision := s.put(s.key("ordered"), "1")
	got, err := kv.Get(s.ctx, s.key("ordered"))
	s.must(err, "ordered get")
	s.check(got.Header.Revision >= revision, "a linearizable read is at %d, a write before it at %d", got.Header.Revision, revision)
	for range 20 {
		_, err := kv.Get(s.ctx, s.key("ordered"), clientv3.WithSerializable())
		s.check(err == nil || errors.Is(err, errOld), "ordered serializable get: %v", err)
	}
}

// checkNaming registers an endpoint as gRPC services do, and sees it come and go.
func (s *session) checkNaming() {
	manager, err := endpoints.NewManager(s.client, s.key("service"))
	s.must(err, "naming")
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	updates, err := manager.NewWatchChannel(ctx)
	s.must(err, "watching names")
	name := s.key("service") + "/one"
	s.must(manager.AddEndpoint(s.ctx, name, endpoints.Endpoint{Addr: "127.0.0.1:1"}), "naming an endpoint")
	s.settle()
	known, err := manager.List(s.ctx)
	s.must(err, "listing names")
	s.check(len(known) == 1 && known[name].Addr == "127.0.0.1:1", "the names are %v", known)
	s.must(manager.DeleteEndpoint(s.ctx, name), "removing an endpoint")
	var operations []endpoints.Operation
	for len(operations) < 2 {
		for _, update := range <-updates {
			operations = append(operations, update.Op)
		}
	}
	s.check(operations[0] == endpoints.Add && operations[1] == endpoints.Delete, "the names' watch saw %v", operations)
}
