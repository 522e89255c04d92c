package main

import (
	"fmt"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/kubernetes"
	"go.uber.org/zap"
)

// checkKubernetes makes the calls that an apiserver makes, by the library that is made for it.
func checkKubernetes(s *session) {
	client, err := kubernetes.New(clientv3.Config{Endpoints: s.endpoints, Logger: zap.NewNop()})
	s.must(err, "connecting")
	defer client.Close()
	api := client.Kubernetes
	made, err := api.OptimisticPut(s.ctx, s.key("pods/a"), []byte("1"), 0, kubernetes.PutOptions{})
	s.must(err, "create")
	s.check(made.Succeeded, "creating what was not there did not succeed")
	again, err := api.OptimisticPut(s.ctx, s.key("pods/a"), []byte("2"), 0, kubernetes.PutOptions{GetOnFailure: true})
	s.must(err, "create again")
	s.check(!again.Succeeded && string(again.KV.Value) == "1" && again.KV.ModRevision == made.Revision, "creating twice gave %v", again)
	changed, err := api.OptimisticPut(s.ctx, s.key("pods/a"), []byte("2"), made.Revision, kubernetes.PutOptions{})
	s.must(err, "update")
	s.check(changed.Succeeded, "updating what was read did not succeed")
	for i := range 25 {
		_, err = api.OptimisticPut(s.ctx, s.key("pods/b%02d", i), []byte("x"), 0, kubernetes.PutOptions{})
		s.must(err, "create")
	}
	s.checkPages(api)

	old, err := api.Get(s.ctx, s.key("pods/a"), kubernetes.GetOptions{Revision: made.Revision})
	s.must(err, "get from the past")
	s.check(string(old.KV.Value) == "1", "a was %v", old.KV)
	kept, err := api.OptimisticDelete(s.ctx, s.key("pods/a"), made.Revision, kubernetes.DeleteOptions{GetOnFailure: true})
	s.must(err, "delete of a stale object")
	s.check(!kept.Succeeded && string(kept.KV.Value) == "2", "deleting what has changed gave %v", kept)
	gone, err := api.OptimisticDelete(s.ctx, s.key("pods/a"), changed.Revision, kubernetes.DeleteOptions{})
	s.must(err, "delete")
	s.check(gone.Succeeded, "deleting what was read did not succeed")
	_, err = s.client.Compact(s.ctx, gone.Revision)
	s.must(err, "compact")
	_, err = api.List(s.ctx, s.key("pods/"), kubernetes.ListOptions{Revision: changed.Revision})
	s.refused(err, rpctypes.ErrCompacted, "a list that has grown too old")
}

// checkPages reads a list in pages at the revision of the first, while objects are being added.
func (s *session) checkPages(api kubernetes.Interface) {
	var names []string
	options := kubernetes.ListOptions{Limit: 10}
	for {
		page, err := api.List(s.ctx, s.key("pods/"), options)
		s.must(err, "list")
		for _, kv := range page.Kvs {
			names = append(names, string(kv.Key))
		}
		s.put(s.key("pods/c%d", len(names)), "late")
		if len(page.Kvs) < 10 {
			break
		}
		if options.Revision == 0 {
			options.Revision = page.Revision
		}
		options.Continue = names[len(names)-1] + "\x00"
	}
	s.check(len(names) == 26, "%d objects in the pages of a list of 26", len(names))
	s.check(names[25] == s.key("pods/b24"), "the last object is %s", names[25])
	count, err := api.Count(s.ctx, s.key("pods/"), kubernetes.CountOptions{})
	s.must(err, "count")
	s.check(fmt.Sprint(count) == "29", "there are %d objects of 29", count)
}
