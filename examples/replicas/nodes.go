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
	options   [3]*server.Options
	running   [3]*server.Server
}

// startNodes starts a cluster with new files.
func startNodes() (*nodes, error) {
	directory, err := os.MkdirTemp("", "replicas-")
	if err != nil {
		return nil, err
	}
	n := &nodes{directory: directory}
	if err := n.startAll(); err != nil {
		return nil, errors.Join(err, n.remove())
	}
	return n, nil
}

func (n *nodes) startAll() error {
	ports, err := freePorts(6)
	if err != nil {
		return err
	}
	clientPorts, routePorts := ports[:3], ports[3:]
	var routes []string
	for _, port := range routePorts {
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", port))
	}
	for i := range n.options {
		name := fmt.Sprintf("node-%d", i+1)
		n.options[i] = &server.Options{
			ServerName: name,
			Host:       "127.0.0.1",
			Port:       clientPorts[i],
			Cluster:    server.ClusterOpts{Name: "policy", Host: "127.0.0.1", Port: routePorts[i]},
			Routes:     server.RoutesFromStr(strings.Join(routes, ",")),
			JetStream:  true,
			StoreDir:   filepath.Join(n.directory, name),
			SyncAlways: true, // a write that has returned is on the disks of a majority
			MaxPayload: maxDocument + 4096,
			NoSigs:     true,
			NoLog:      true,
		}
		if err := n.start(i); err != nil {
			return err
		}
	}
	if !await(func() bool { return slices.ContainsFunc(n.running[:], (*server.Server).JetStreamIsLeader) }) {
		return errors.New("the nodes have no leader")
	}
	return nil
}

const bucket = "policy"

// connect returns a source with a connection of its own, to any of the nodes.
func (n *nodes) connect(ctx context.Context) (Source, func(), error) {
	var urls []string
	for _, options := range n.options {
		urls = append(urls, fmt.Sprintf("nats://%s:%d", options.Host, options.Port))
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
	return "The leader, " + n.options[leader].ServerName + ", is stopped", nil
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

// start starts a node, or starts it again with the files that it has.
func (n *nodes) start(i int) error {
	node, err := server.NewServer(n.options[i].Clone())
	if err != nil {
		return fmt.Errorf("start %s: %w", n.options[i].ServerName, err)
	}
	node.Start()
	n.running[i] = node
	if !node.ReadyForConnections(10 * time.Second) {
		return fmt.Errorf("start %s: it accepts no connections", n.options[i].ServerName)
	}
	return nil
}

func (n *nodes) stop(i int) {
	n.running[i].Shutdown()
	n.running[i].WaitForShutdown()
}

// leader returns the node that leads the bucket, or -1 while there is none.
func (n *nodes) leader() int {
	return slices.IndexFunc(n.running[:], func(node *server.Server) bool {
		return node.Running() && node.JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, "KV_"+bucket)
	})
}

// await reports whether a condition comes true within 30 seconds.
func await(condition func() bool) bool {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
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
