package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Who can write the document decides who may do what, so a replica must do without that right.

func TestReplicaOfNATSNeedsNoRightToWrite(t *testing.T) {
	cluster, err := newNodes()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, cluster.remove()) })
	replica := &server.Permissions{
		Publish: &server.SubjectPermission{Allow: []string{
			"$KV.policy.confirmed",
			"$JS.API.STREAM.INFO.KV_policy",
			"$JS.API.DIRECT.GET.KV_policy.$KV.policy.policy",
			"$JS.API.CONSUMER.CREATE.KV_policy.>",
			"$JS.API.CONSUMER.DELETE.KV_policy.>",
		}},
		Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}},
	}
	cluster.users = []*server.User{
		{Username: "editor", Password: "secret"},
		{Username: "replica", Password: "secret", Permissions: replica},
	}
	require.NoError(t, cluster.startAll())
	staysCurrentWithoutWriting(t, as{cluster, "editor:secret@"}, as{cluster, "replica:secret@"})
}

// as is a cluster as one of its users sees it.
type as struct {
	*nodes
	user string
}

func (a as) connect(ctx context.Context) (Source, func(), error) { return a.connectAs(ctx, a.user) }

func TestReplicaOfPostgresNeedsNoRightToWrite(t *testing.T) {
	owner := newSchema(t)
	role := strings.Replace(owner.name, "replicas_", "reader_", 1)
	execute := func(ctx context.Context, statements ...string) {
		for _, statement := range statements {
			_, err := owner.pool.Exec(ctx, statement)
			require.NoError(t, err)
		}
	}
	execute(t.Context(),
		`CREATE ROLE `+role+` LOGIN PASSWORD 'secret'`,
		`GRANT USAGE ON SCHEMA `+owner.name+` TO `+role,
		`GRANT SELECT ON rbac_policy TO `+role)
	t.Cleanup(func() { execute(context.Background(), `DROP OWNED BY `+role, `DROP ROLE `+role) })
	reader := *owner
	reader.config = owner.config.Copy()
	reader.config.ConnConfig.User, reader.config.ConnConfig.Password = role, "secret"
	staysCurrentWithoutWriting(t, owner, &reader)
}

func staysCurrentWithoutWriting(t *testing.T, forEditor, forReplica place) {
	editor := connect(t, forEditor)
	revision, err := Publish(t.Context(), editor, 0, rbac.Default())
	require.NoError(t, err)
	replicas := start(t, forReplica, 1, options())
	awaitRevision(t, replicas, revision)
	revision, err = Edit(t.Context(), editor, addRole("auditor"))
	require.NoError(t, err)
	awaitRevision(t, replicas, revision)
	require.True(t, await(func() bool { return replicas[0].Status().Ready }))
	assert.NoError(t, replicas[0].Status().WatchProblem)

	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	source := connect(t, forReplica)
	_, err = source.Write(ctx, revision, []byte("{}"))
	assert.Error(t, err)
	assert.NotErrorAs(t, err, new(*ConflictError), "it is refused, whatever the revision")
	current, err := editor.Confirm(t.Context(), revision)
	assert.NoError(t, err)
	assert.True(t, current, "nothing has been written")
}
