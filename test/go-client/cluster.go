package main

import (
	"slices"
	"time"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
)

// checkCluster asks every member who is in the cluster, who leads, and what it holds; then moves the leader.
func checkCluster(s *session) {
	members, err := s.client.MemberList(s.ctx)
	s.must(err, "member list")
	s.check(len(members.Members) == len(s.endpoints), "%d members at %d endpoints", len(members.Members), len(s.endpoints))
	revision := s.put(s.key("a"), "1")
	var hashes []uint32
	for _, endpoint := range s.endpoints {
		status, err := s.client.Status(s.ctx, endpoint)
		s.must(err, "status of "+endpoint)
		s.check(status.Leader != 0 && status.DbSize > 0 && status.RaftTerm > 0 && len(status.Errors) == 0, "status %v", status)
		hash, err := s.hashAt(endpoint, revision)
		s.must(err, "hash of "+endpoint)
		hashes = append(hashes, hash)
		_, err = s.client.Defragment(s.ctx, endpoint)
		s.must(err, "defragment "+endpoint)
	}
	s.check(len(slices.Compact(hashes)) == 1, "the members' hashes differ: %v", hashes)
	alarms, err := s.client.AlarmList(s.ctx)
	s.must(err, "alarm list")
	s.check(len(alarms.Alarms) == 0, "alarms are on: %v", alarms.Alarms)
	if len(s.endpoints) > 1 {
		s.checkMoveLeader(members.Members)
	}
}

// hashAt waits until the member has come to the revision.
func (s *session) hashAt(endpoint string, revision int64) (uint32, error) {
	for tries := 0; ; tries++ {
		hash, err := s.client.HashKV(s.ctx, endpoint, revision)
		if err == nil {
			return hash.Hash, nil
		}
		if tries == 100 {
			return 0, err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (s *session) checkMoveLeader(members []*etcdserverpb.Member) {
	leading := s.leader()
	status, err := s.client.Status(s.ctx, leading)
	s.must(err, "status")
	at := slices.IndexFunc(members, func(member *etcdserverpb.Member) bool { return member.ID != status.Leader })
	heir := members[at].ID
	alone := s.connect(leading)
	defer alone.Close()
	_, err = alone.MoveLeader(s.ctx, heir)
	s.must(err, "moving the leader")
	status, err = s.client.Status(s.ctx, leading)
	s.must(err, "status")
	s.check(status.Leader == heir, "the leader is %x in place of %x", status.Leader, heir)
	s.put(s.key("after"), "the move")
}

// leader gives the endpoint of the leader, once there is one.
func (s *session) leader() string {
	for range 200 {
		for _, endpoint := range s.endpoints {
			status, err := s.client.Status(s.ctx, endpoint)
			if err == nil && status.Leader == status.Header.MemberId {
				return endpoint
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.check(false, "no member leads")
	return ""
}
