package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// nodes is a cluster of three NATS servers in this process: for the demonstration and for tests.
// In production each runs on a machine of its own.
type nodes struct {
	directory string
	ports     []int          // three for clients, and three for routes
	users     []*server.User // nil lets everybody in
	running   [3]*server.Server
}

// startNodes starts a cluster with new files.
func startNodes() (*nodes, error) {
	n, err := newNodes()
	if err != nil {
		return nil, err
	}
	if err := n.startAll(); err != nil {
		return nil, errors.Join(err, n.remove())
	}
	return n, nil
}

// startAll starts the nodes and waits until they have found each other.
func (n *nodes) startAll() error {
	for i := range n.running {
		if err := n.start(i); err != nil {
			return err
		}
	}
	if !await(n.complete) {
		return errors.New("the nodes have not found each other")
	}
	return nil
}

// newNodes returns a cluster that is not running yet.
func newNodes() (*nodes, error) {
	ports, err := freePorts(6)
	if err != nil {
		return nil, err
	}
	directory, err := os.MkdirTemp("", "replicas-")
	return &nodes{directory: directory, ports: ports}, err
}

// start starts a node, or starts it again with the files that it has.
func (n *nodes) start(i int) error {
	node, err := server.NewServer(n.options(i))
	if err != nil {
		return fmt.Errorf("start %s: %w", nodeName(i), err)
	}
	node.Start()
	n.running[i] = node
	if !node.ReadyForConnections(10 * time.Second) {
		return fmt.Errorf("start %s: it accepts no connections", nodeName(i))
	}
	return nil
}

func (n *nodes) options(i int) *server.Options {
	var routes []string
	for _, port := range n.ports[3:] {
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", port))
	}
	return &server.Options{
		ServerName: nodeName(i),
		Host:       "127.0.0.1",
		Port:       n.ports[i],
		Cluster:    server.ClusterOpts{Name: "policy", Host: "127.0.0.1", Port: n.ports[3+i]},
		Routes:     server.RoutesFromStr(strings.Join(routes, ",")),
		JetStream:  true,
		StoreDir:   filepath.Join(n.directory, nodeName(i)),
		SyncAlways: true, // a write that has returned is on the disks of a majority
		MaxPayload: maxDocument + 4096,
		Users:      n.users,
		NoSigs:     true,
		NoLog:      true,
	}
}

func nodeName(i int) string { return fmt.Sprintf("node-%d", i+1) }

func (n *nodes) stop(i int) {
	n.running[i].Shutdown()
	n.running[i].WaitForShutdown()
	n.running[i] = nil
}

// complete reports whether the nodes have a leader that knows all of them. It can then place a bucket.
func (n *nodes) complete() bool {
	return slices.ContainsFunc(n.running[:], func(node *server.Server) bool {
		return node != nil && len(node.JetStreamClusterPeers()) == len(n.running)
	})
}

// leader returns the node that leads the bucket, or -1 while there is none.
func (n *nodes) leader() int {
	return slices.IndexFunc(n.running[:], func(node *server.Server) bool {
		return node != nil && node.JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, "KV_"+bucket)
	})
}

const bucket = "policy"

// connect returns a source with a connection of its own, to any of the nodes.
func (n *nodes) connect(ctx context.Context) (Source, func(), error) { return n.connectAs(ctx, "") }

// connectAs takes a user as a URL has it: "name:password@".
func (n *nodes) connectAs(ctx context.Context, user string) (Source, func(), error) {
	var urls []string
	for _, port := range n.ports[:3] {
		urls = append(urls, fmt.Sprintf("nats://%s127.0.0.1:%d", user, port))
	}
	connection, err := ConnectNATS(strings.Join(urls, ","))
	if err != nil {
		return nil, nil, err
	}
	source, err := OpenNATS(ctx, connection, bucket)
	if err != nil {
		connection.Close()
		return nil, nil, err
	}
	return source, connection.Close, nil
}

// disturb stops the node that leads the bucket.
func (n *nodes) disturb(context.Context) (string, error) {
	leader := n.leader()
	if leader < 0 {
		return "", errors.New("the bucket has no leader")
	}
	n.stop(leader)
	return "The leader, " + nodeName(leader) + ", is stopped", nil
}

// remove stops the nodes and removes their files.
func (n *nodes) remove() error {
	for i, node := range n.running {
		if node != nil {
			n.stop(i)
		}
	}
	return os.RemoveAll(n.directory)
}

// await reports whether a condition comes true within a minute.
func await(condition func() bool) bool {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if condition() {
			return true
		}
	}
	return false
}

// freePorts returns ports of the local host that nobody listens on.
func freePorts(count int) ([]int, error) {
	var ports []int
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close() // only then: otherwise the next port could be the same
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
