// Command go-client does real work on an etcd cluster through Go's own client library and checks every answer.
//
// It ends with 0 where all of them were right, with 1 and one line naming the first that was wrong, with 2 on a wrong call.
// It takes the cluster for its own: the keys below its prefix, the leader's place, and with --failover the life of a
// member. To have one killed it prints "kill ENDPOINT", to have it back "start ENDPOINT", and waits for a line on stdin.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// How long one group of checks may take, on a loaded machine too.
const groupTimeout = 2 * time.Minute

type group struct {
	name string
	run  func(*session)
}

var groups = []group{
	{"kv", checkKV},
	{"txn", checkTxn},
	{"watch", checkWatch},
	{"lease", checkLease},
	{"concurrency", checkConcurrency},
	{"wrappers", checkWrappers},
	{"kubernetes", checkKubernetes},
	{"cluster", checkCluster},
}

func main() {
	endpoints := flag.String("endpoints", "127.0.0.1:2379", "the members' client URLs, with commas between them")
	failover := flag.Bool("failover", false, "have members killed and started meanwhile, asked for on stdout")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "go-client: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	session := &session{endpoints: strings.Split(*endpoints, ",")}
	chosen := groups
	if *failover {
		chosen = []group{{"failover", checkFailover}}
	}
	for _, each := range chosen {
		session.runGroup(each)
	}
}

// session is one connection to the whole cluster, with the group that is being checked.
type session struct {
	endpoints []string
	group     string
	client    *clientv3.Client
	ctx       context.Context
}

func (s *session) runGroup(each group) {
	s.group = each.name
	s.client = s.connect(s.endpoints...)
	defer s.client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), groupTimeout)
	defer cancel()
	s.ctx = ctx
	// An earlier run may have left something.
	_, err := s.client.Delete(ctx, s.key(""), clientv3.WithPrefix())
	s.must(err, "clearing the group's keys")
	began := time.Now()
	each.run(s)
	fmt.Printf("%s: right, %d ms\n", each.name, time.Since(began).Milliseconds())
}

func (s *session) connect(endpoints ...string) *clientv3.Client {
	client, err := clientv3.New(clientv3.Config{
		Endpoints:            endpoints,
		DialTimeout:          10 * time.Second,
		DialKeepAliveTime:    time.Second,
		DialKeepAliveTimeout: 2 * time.Second,
		Logger:               zap.NewNop(),
	})
	s.must(err, "connecting")
	return client
}

// settle waits until every member has applied what was answered: the balancer sends each call to another one, and serializable
// reads and watches get what that one has.
func (s *session) settle() {
	for _, endpoint := range s.endpoints {
		client := s.connect(endpoint)
		_, err := client.Get(s.ctx, s.key(""))
		s.must(err, "a linearizable read of "+endpoint)
		client.Close()
	}
}

// key gives a key of the group's own.
func (s *session) key(format string, args ...any) string {
	return "go/" + s.group + "/" + fmt.Sprintf(format, args...)
}

// check ends the program where right is false.
func (s *session) check(right bool, format string, args ...any) {
	if !right {
		fmt.Fprintf(os.Stderr, "go-client: %s: %s\n", s.group, fmt.Sprintf(format, args...))
		os.Exit(1)
	}
}

func (s *session) must(err error, doing string) {
	s.check(err == nil, "%s: %v", doing, err)
}

// refused checks that err is the one expected, as the client library tells errors apart.
func (s *session) refused(err, expected error, doing string) {
	s.check(err != nil && err.Error() == expected.Error(), "%s: %v in place of %v", doing, err, expected)
}
