package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A leader that is stopped hands over. One that is killed does not, and the others take 4 to 9 seconds to notice.
// Meanwhile nobody can write.
func TestNATSWithALeaderThatIsKilled(t *testing.T) {
	t.Parallel()
	cluster, kill := newClusterToKill(t)
	w := newWorld(t, cluster, cluster)
	w.edit("all nodes run")
	cluster.moveLeader(t, w.editors[0].(*NATS), killed)
	w.edit("the node leads")
	kill()
	w.edit("the leader is killed")
	w.end()
}

// killed is the node that is a process of its own.
const killed = 0

// nodeVariable holds the nodes of which the process is one.
const nodeVariable = "REPLICAS_NODES"

type nodesOfProcess struct {
	Directory string
	Ports     []int
}

// runNode is the program of a node that can be killed. It ends with the test that started it.
func runNode() {
	var of nodesOfProcess
	if err := json.Unmarshal([]byte(os.Getenv(nodeVariable)), &of); err != nil {
		panic(err)
	}
	n := &nodes{directory: of.Directory, ports: of.Ports}
	if err := n.start(killed); err != nil {
		panic(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	n.stop(killed)
}

// newClusterToKill returns a cluster, and a function that kills one node of it.
func newClusterToKill(t *testing.T) (*nodes, func()) {
	n, err := newNodes()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, n.remove()) })
	variable, err := json.Marshal(nodesOfProcess{n.directory, n.ports})
	require.NoError(t, err)
	process := exec.CommandContext(t.Context(), os.Args[0])
	process.Env = append(os.Environ(), nodeVariable+"="+string(variable))
	process.Stderr = os.Stderr
	_, err = process.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	kill := func() {
		require.NoError(t, process.Process.Kill())
		_ = process.Wait()
	}
	require.NoError(t, n.start(1))
	require.NoError(t, n.start(2))
	require.True(t, await(func() bool { return n.hasBucket(t) }))
	return n, kill
}

// hasBucket creates the bucket, once the nodes have found each other. The leader that knows may be the one in
// the other process.
func (n *nodes) hasBucket(t *testing.T) bool {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, closeSource, err := n.connect(ctx)
	if err != nil {
		return false
	}
	closeSource()
	return true
}

// moveLeader makes a node lead the bucket.
func (n *nodes) moveLeader(t *testing.T, source *NATS, to int) {
	t.Helper()
	stream, err := source.stream.Stream(t.Context(), "KV_"+bucket)
	require.NoError(t, err)
	request := []byte(`{"placement": {"preferred": "` + nodeName(to) + `"}}`)
	require.True(t, await(func() bool {
		info, err := stream.Info(t.Context())
		if err == nil && info.Cluster.Leader == nodeName(to) {
			return true
		}
		_, _ = source.stream.Conn().Request("$JS.API.STREAM.LEADER.STEPDOWN.KV_"+bucket, request, time.Second)
		return false
	}), "%s does not lead", nodeName(to))
}

// restart starts a node that was stopped, and waits until the leader says that all nodes have what it has. Without
// that, the next node to stop could be the only one with the last writes.
func (n *nodes) restart(t *testing.T, i int, source *NATS) {
	t.Helper()
	require.NoError(t, n.start(i))
	require.True(t, await(func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		stream, err := source.stream.Stream(ctx, "KV_"+bucket)
		return err == nil && allCurrent(stream.CachedInfo().Cluster)
	}), "%s is not current", nodeName(i))
}

func allCurrent(cluster *jetstream.ClusterInfo) bool {
	return len(cluster.Replicas) == 2 && !slices.ContainsFunc(cluster.Replicas, func(peer *jetstream.PeerInfo) bool {
		return !peer.Current || peer.Offline || peer.Lag > 0
	})
}

// awaitLeader waits until the bucket has a leader.
func (n *nodes) awaitLeader(t *testing.T) int {
	t.Helper()
	require.True(t, await(func() bool { return n.leader() >= 0 }), "the bucket has no leader")
	return n.leader()
}
