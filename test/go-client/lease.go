package main

import (
	"context"
	"slices"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// checkLease grants, keeps alive, revokes, and lets a lease run out.
func checkLease(s *session) {
	// The shortest that every member grants whatever its election timeout is.
	short, err := s.client.Grant(s.ctx, 2)
	s.must(err, "grant")
	long, err := s.client.Grant(s.ctx, 600)
	s.must(err, "grant")
	s.check(long.TTL == 600 && long.ID != short.ID, "granted %v", long)
	for _, name := range []string{"a", "b"} {
		_, err = s.client.Put(s.ctx, s.key("%s", name), "x", clientv3.WithLease(long.ID))
		s.must(err, "put with a lease")
	}
	_, err = s.client.Put(s.ctx, s.key("short"), "x", clientv3.WithLease(short.ID))
	s.must(err, "put with a lease")

	left, err := s.client.TimeToLive(s.ctx, long.ID, clientv3.WithAttachedKeys())
	s.must(err, "time to live")
	s.check(left.GrantedTTL == 600 && left.TTL > 500 && left.TTL <= 600 && len(left.Keys) == 2, "a lease has %v", left)
	for _, name := range []string{"a", "b"} {
		s.check(slices.ContainsFunc(left.Keys, func(key []byte) bool { return string(key) == s.key("%s", name) }),
			"%s is not among the keys %q of its lease", name, left.Keys)
	}
	s.check(s.lists(long.ID), "the list of leases is without one that was granted")
	kept, err := s.client.KeepAliveOnce(s.ctx, long.ID)
	s.must(err, "keep-alive")
	s.check(kept.TTL == 600, "a keep-alive answered with %d s", kept.TTL)

	s.checkExpiry(short.ID)
	_, err = s.client.Revoke(s.ctx, long.ID)
	s.must(err, "revoke")
	s.check(len(s.get(s.key(""), clientv3.WithPrefix()).Kvs) == 0, "keys outlived their lease")
	s.check(!s.lists(long.ID), "a lease that was revoked is in the list")
	gone, err := s.client.TimeToLive(s.ctx, long.ID)
	s.must(err, "time to live of no lease")
	s.check(gone.TTL == -1, "a lease that was revoked has %d s left", gone.TTL)
	_, err = s.client.Revoke(s.ctx, long.ID)
	s.refused(err, rpctypes.ErrLeaseNotFound, "revoking again")
	_, err = s.client.KeepAliveOnce(s.ctx, long.ID)
	s.refused(err, rpctypes.ErrLeaseNotFound, "keeping alive what was revoked")
	s.checkKeepAlive()
}

// checkExpiry waits until a lease of two seconds takes its key along, which must not be early.
func (s *session) checkExpiry(id clientv3.LeaseID) {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	_, err := s.client.KeepAliveOnce(ctx, id)
	s.must(err, "keep-alive")
	began := time.Now()
	s.events(s.client.Watch(ctx, s.key("short"), clientv3.WithRev(s.get(s.key("short")).Kvs[0].ModRevision)),
		"PUT short=x", "DELETE short=")
	lived := time.Since(began)
	s.check(lived > 1500*time.Millisecond, "a lease of two seconds ended after %v", lived)
}

// checkKeepAlive has the library keep a short lease for longer than it would live.
func (s *session) checkKeepAlive() {
	lease, err := s.client.Grant(s.ctx, 2)
	s.must(err, "grant")
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	answers, err := s.client.KeepAlive(ctx, lease.ID)
	s.must(err, "keep-alive")
	_, err = s.client.Put(s.ctx, s.key("kept"), "x", clientv3.WithLease(lease.ID))
	s.must(err, "put with a lease")
	until := time.After(5 * time.Second)
	for kept := 0; ; {
		select {
		case answer, open := <-answers:
			s.check(open && answer.TTL == 2, "keep-alive number %d got %v", kept, answer)
			kept++
		case <-until:
			s.check(kept >= 4, "only %d keep-alives in five seconds", kept)
			s.check(len(s.get(s.key("kept")).Kvs) == 1, "a key went though its lease was kept alive")
			return
		}
	}
}

func (s *session) lists(id clientv3.LeaseID) bool {
	all, err := s.client.Leases(s.ctx)
	s.must(err, "listing leases")
	for _, lease := range all.Leases {
		if lease.ID == id {
			return true
		}
	}
	return false
}
