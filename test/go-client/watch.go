package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// How long an answer that must come may take, and how long one that must not come is waited for.
const (
	patience = 20 * time.Second
	silence  = 300 * time.Millisecond
)

// checkWatch follows keys from the past and the present, with filters, in fragments, and up to a compaction.
func checkWatch(s *session) {
	first := s.put(s.key("a"), "1")
	s.put(s.key("a"), "2")
	_, err := s.client.Delete(s.ctx, s.key("a"))
	s.must(err, "delete")
	s.put(s.key("b"), "3")

	ctx, cancel := context.WithCancel(s.ctx)
	past := s.client.Watch(ctx, s.key(""), clientv3.WithPrefix(), clientv3.WithRev(first), clientv3.WithPrevKV())
	s.events(past, "PUT a=1", "PUT a=2 was 1", "DELETE a= was 2", "PUT b=3")
	s.put(s.key("a"), "4")
	s.events(past, "PUT a=4")
	cancel()
	_, open := <-past
	s.check(!open, "a watch that was cancelled went on")

	s.checkFilters()
	s.checkProgress()
	s.checkFragments()
	s.checkManyWatches()
	s.checkCompacted(first)
}

func (s *session) checkFilters() {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	puts := s.client.Watch(ctx, s.key("f"), clientv3.WithFilterDelete(), clientv3.WithCreatedNotify())
	deletes := s.client.Watch(ctx, s.key("f"), clientv3.WithFilterPut(), clientv3.WithCreatedNotify())
	for _, watch := range []clientv3.WatchChan{puts, deletes} {
		s.check((<-watch).Created, "the notice that a watch exists did not come first")
	}
	s.put(s.key("f"), "1")
	_, err := s.client.Delete(s.ctx, s.key("f"))
	s.must(err, "delete")
	s.put(s.key("f"), "2")
	s.events(puts, "PUT f=1", "PUT f=2")
	s.events(deletes, "DELETE f=")
	s.quiet(deletes)
	s.put(s.key("ff"), "not watched")
	s.quiet(puts)
}

// checkProgress asks for progress: the answer bears a revision at which nothing is outstanding.
func (s *session) checkProgress() {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	watch := s.client.Watch(ctx, s.key("p"), clientv3.WithCreatedNotify())
	<-watch
	revision := s.put(s.key("elsewhere"), "x")
	deadline := time.After(patience)
	for {
		s.must(s.client.RequestProgress(ctx), "asking for progress")
		select {
		case answer := <-watch:
			s.check(answer.IsProgressNotify(), "progress was asked for, and %v came", answer)
			if answer.Header.Revision >= revision {
				return
			}
		case <-time.After(silence):
		case <-deadline:
			s.check(false, "no progress to revision %d", revision)
		}
	}
}

// checkFragments has an answer so large that it comes in pieces.
func (s *session) checkFragments() {
	var first int64
	for i := range 6 {
		revision := s.put(s.key("big%d", i), strings.Repeat("x", 1<<20))
		if i == 0 {
			first = revision
		}
	}
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	watch := s.client.Watch(ctx, s.key("big"), clientv3.WithPrefix(), clientv3.WithRev(first), clientv3.WithFragment())
	for seen := 0; seen < 6; {
		answer := s.next(watch)
		for _, event := range answer.Events {
			s.check(string(event.Kv.Key) == s.key("big%d", seen) && len(event.Kv.Value) == 1<<20,
				"piece %d is %s with %d bytes", seen, event.Kv.Key, len(event.Kv.Value))
			seen++
		}
	}
}

// checkManyWatches has two hundred watches on one stream, each of which must hear of its own key alone, in order.
func (s *session) checkManyWatches() {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	watches := make([]clientv3.WatchChan, 200)
	for i := range watches {
		watches[i] = s.client.Watch(ctx, s.key("many%d", i), clientv3.WithCreatedNotify())
	}
	for _, watch := range watches {
		s.check(s.next(watch).Created, "a watch was not made")
	}
	for round := range 2 {
		for i := range watches {
			s.put(s.key("many%d", i), fmt.Sprint(round))
		}
	}
	for i, watch := range watches {
		s.events(watch, fmt.Sprintf("PUT many%d=0", i), fmt.Sprintf("PUT many%d=1", i))
	}
}

func (s *session) checkCompacted(first int64) {
	last := s.put(s.key("z"), "kept")
	_, err := s.client.Compact(s.ctx, last)
	s.must(err, "compact")
	s.settle()
	answer := s.next(s.client.Watch(s.ctx, s.key(""), clientv3.WithPrefix(), clientv3.WithRev(first)))
	s.check(answer.Canceled && answer.CompactRevision == last, "a watch from before the compaction got %v", answer)
	s.refused(answer.Err(), rpctypes.ErrCompacted, "a watch from before the compaction")
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	s.events(s.client.Watch(ctx, s.key("z"), clientv3.WithRev(last)), "PUT z=kept")
}

func (s *session) next(watch clientv3.WatchChan) clientv3.WatchResponse {
	select {
	case answer, open := <-watch:
		s.check(open, "a watch ended by itself")
		return answer
	case <-time.After(patience):
		s.check(false, "a watch said nothing for %v", patience)
		return clientv3.WatchResponse{}
	}
}

// events checks that exactly these come next; answers may hold several or be split.
func (s *session) events(watch clientv3.WatchChan, expected ...string) {
	var seen []string
	for len(seen) < len(expected) {
		answer := s.next(watch)
		s.must(answer.Err(), "a watch")
		for _, event := range answer.Events {
			text := fmt.Sprintf("%s %s=%s", event.Type, strings.TrimPrefix(string(event.Kv.Key), s.key("")), event.Kv.Value)
			if event.PrevKv != nil {
				text += " was " + string(event.PrevKv.Value)
			}
			seen = append(seen, text)
		}
	}
	s.check(strings.Join(seen, ", ") == strings.Join(expected, ", "), "a watch saw %v in place of %v", seen, expected)
}

func (s *session) quiet(watch clientv3.WatchChan) {
	select {
	case answer := <-watch:
		s.check(false, "a watch saw %v where nothing was for it", answer.Events)
	case <-time.After(silence):
	}
}
