package main

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWriteReplacesTheNewestRevisionOnly(t *testing.T) {
	onEach(t, func(t *testing.T, store place) {
		ctx, one, other := t.Context(), connect(t, store), connect(t, store)
		_, _, err := one.Read(ctx)
		assert.ErrorIs(t, err, ErrNoDocument)
		_, err = one.Write(ctx, 7, []byte("a"))
		assert.Equal(t, &ConflictError{7}, err, "there is no revision 7")

		first, err := one.Write(ctx, 0, []byte("a"))
		require.NoError(t, err)
		assert.Positive(t, first)
		_, err = other.Write(ctx, 0, []byte("b"))
		assert.Equal(t, &ConflictError{0}, err, "the first document is there")

		second, err := other.Write(ctx, first, []byte("c"))
		require.NoError(t, err)
		assert.Greater(t, second, first)
		_, err = one.Write(ctx, first, []byte("d"))
		assert.Equal(t, &ConflictError{first}, err, "the other was first")
		_, err = one.Write(ctx, second+1, []byte("e"))
		assert.Equal(t, &ConflictError{second + 1}, err, "a revision to come")
		assert.Equal(t, "c", readNewest(ctx, t, one, second))
	})
}

func TestConfirmKnowsTheNewestRevision(t *testing.T) {
	onEach(t, func(t *testing.T, store place) {
		ctx, one, other := t.Context(), connect(t, store), connect(t, store)
		confirm := func(revision Revision) bool {
			current, err := one.Confirm(ctx, revision)
			require.NoError(t, err)
			return current
		}
		assert.True(t, confirm(0), "there is no document")
		assert.False(t, confirm(1))
		for revision := Revision(0); revision < 50; {
			next, err := other.Write(ctx, revision, []byte("a"))
			require.NoError(t, err)
			assert.False(t, confirm(revision), "revision %d is old as soon as the write has returned", revision)
			assert.True(t, confirm(next))
			assert.False(t, confirm(next+1))
			revision = next
		}
	})
}

func TestConfirmOfManyAtOnceIsRight(t *testing.T) {
	onEach(t, func(t *testing.T, store place) {
		revision, err := connect(t, store).Write(t.Context(), 0, []byte("a"))
		require.NoError(t, err)
		atOnce(t, store, 3, func(source Source) {
			for range 30 {
				current, err := source.Confirm(t.Context(), revision)
				assert.NoError(t, err)
				assert.True(t, current, "nobody writes")
			}
		})
	})
}

// Only another write is a conflict. Confirming is none.
func TestWriteSucceedsWhileOthersConfirm(t *testing.T) {
	onEach(t, func(t *testing.T, store place) {
		writer := connect(t, store)
		ctx, cancel := context.WithCancel(t.Context())
		var writing sync.WaitGroup
		writing.Go(func() {
			defer cancel()
			for revision := Revision(0); revision < 60; {
				next, err := writer.Write(t.Context(), revision, []byte("a"))
				if !assert.NoError(t, err) {
					return
				}
				revision = next
			}
		})
		atOnce(t, store, 3, func(source Source) {
			for ctx.Err() == nil {
				newest, _, err := source.Read(ctx)
				if err == nil {
					_, _ = source.Confirm(ctx, newest)
				}
			}
		})
		writing.Wait()
	})
}

// atOnce runs act several times at the same moment, each time with a connection of its own.
func atOnce(t *testing.T, store place, count int, act func(Source)) {
	var acting sync.WaitGroup
	for range count {
		source := connect(t, store)
		acting.Go(func() { act(source) })
	}
	acting.Wait()
}

func TestDocumentsComeBackAsTheyWere(t *testing.T) {
	onEach(t, func(t *testing.T, store place) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		source, revision := connect(t, store), Revision(0)
		for name, document := range map[string][]byte{
			"nothing":                               {},
			"repeated keys, which jsonb would drop": []byte(`{"roles": [], "roles": [ ]}`),
			"the largest that is allowed":           bytes.Repeat([]byte(" "), maxDocument),
			"more than one byte a character":        []byte("{\"é\": \"\u202e𝄞\"}"),
		} {
			next, err := source.Write(ctx, revision, document)
			require.NoError(t, err, name)
			assert.True(t, string(document) == readNewest(ctx, t, source, next), name)
			revision = next
		}
	})
}

// Neither store brings a replica more than it can read.
func TestADocumentThatIsTooLargeIsNotFetched(t *testing.T) {
	tooLarge := bytes.Repeat([]byte(" "), maxDocument+1)
	t.Run("PostgreSQL", func(t *testing.T) {
		source := connect(t, newSchema(t))
		_, err := source.Write(t.Context(), 0, tooLarge)
		require.NoError(t, err)
		_, document, err := source.Read(t.Context())
		assert.ErrorContains(t, err, "16777217 bytes")
		assert.Nil(t, document)
	})
	t.Run("NATS", func(t *testing.T) {
		_, err := connect(t, newCluster(t)).Write(t.Context(), 0, append(tooLarge, make([]byte, 4096)...))
		assert.ErrorContains(t, err, "maximum payload")
	})
}

func TestWatchTellsOfWrites(t *testing.T) {
	onEach(t, func(t *testing.T, store place) {
		ctx, cancel := context.WithCancel(t.Context())
		watcher, writer := connect(t, store), connect(t, store)
		changes, ended := make(chan struct{}, 10), make(chan error)
		go func() { ended <- watcher.Watch(ctx, func() { changes <- struct{}{} }) }()
		<-changes // it listens
		revision, err := writer.Write(ctx, 0, []byte("a"))
		require.NoError(t, err)
		<-changes
		_, err = writer.Write(ctx, revision, []byte("b"))
		require.NoError(t, err)
		<-changes
		cancel()
		assert.ErrorIs(t, <-ended, context.Canceled)
	})
}

func TestEditLosesNothing(t *testing.T) {
	onEach(t, losesNothing)
	t.Run("PostgreSQL, where transactions are serializable", func(t *testing.T) {
		s := newSchema(t)
		s.config.ConnConfig.RuntimeParams["default_transaction_isolation"] = "serializable"
		losesNothing(t, s)
	})
}

func losesNothing(t *testing.T, store place) {
	const each = 25
	published, err := Publish(t.Context(), connect(t, store), 0, rbac.Default())
	require.NoError(t, err)
	var names atomic.Int64
	atOnce(t, store, 2, func(editor Source) {
		name := names.Add(1)
		for i := range each {
			_, err := Edit(t.Context(), editor, addRole(rbac.RoleID(fmt.Sprintf("role_%d_%d", name, i))))
			assert.NoError(t, err)
		}
	})
	source := connect(t, store)
	require.True(t, await(func() bool {
		revision, document, err := source.Read(t.Context())
		require.NoError(t, err)
		spec, err := rbac.ParseSpec(document)
		require.NoError(t, err)
		return revision > published && len(spec.Roles) == 7+2*each
	}))
}

func TestEditStoresNothingThatIsWrong(t *testing.T) {
	source := &memory{}
	first, err := Publish(t.Context(), source, 0, rbac.Default())
	require.NoError(t, err)
	_, err = Edit(t.Context(), source, func(*rbac.Spec) error { return context.Canceled })
	assert.ErrorIs(t, err, context.Canceled, "the change does not want to")
	_, err = Edit(t.Context(), source, func(spec *rbac.Spec) error {
		spec.FourEyes = append(spec.FourEyes, "unknown.action")
		return nil
	})
	assert.ErrorAs(t, err, new(*rbac.ValidationError), "the result is no policy")
	_, err = Publish(t.Context(), source, first, nil)
	assert.ErrorContains(t, err, "nil")
	revision, _, err := source.Read(t.Context())
	require.NoError(t, err)
	assert.Equal(t, first, revision)

	source.document = []byte("bad")
	_, err = Edit(t.Context(), source, addRole("auditor"))
	assert.ErrorAs(t, err, new(*rbac.ValidationError), "what is stored is no policy")
	_, err = Edit(t.Context(), &memory{}, addRole("auditor"))
	assert.ErrorIs(t, err, ErrNoDocument, "nothing is stored")
}

// readNewest reads until the revision has reached the node that answers.
func readNewest(ctx context.Context, t *testing.T, source Source, newest Revision) (document string) {
	require.True(t, await(func() bool {
		revision, text, err := source.Read(ctx)
		require.NoError(t, err)
		document = string(text)
		return revision == newest
	}))
	return document
}
