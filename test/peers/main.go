// A real etcd as a program of its own. Its modules come from the Go module proxy, which has releases that no package has.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
