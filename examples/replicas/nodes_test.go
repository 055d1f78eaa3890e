package main

import (
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

const nodeVariable = "REPLICAS_NODE"

func runNode() {}

// restart starts a node that was stopped, and waits until it has what the others have.
func (n *nodes) restart(t *testing.T, i int) {
	t.Helper()
	require.NoError(t, n.start(i))
	require.True(t, await(func() bool {
		return n.running[i].JetStreamIsStreamCurrent(server.DEFAULT_GLOBAL_ACCOUNT, "KV_"+bucket)
	}), "%s is not current", nodeName(i))
}

// leaderAfterAll waits until the bucket has a leader.
func (n *nodes) leaderAfterAll(t *testing.T) int {
	t.Helper()
	require.True(t, await(func() bool { return n.leader() >= 0 }), "the bucket has no leader")
	return n.leader()
}
