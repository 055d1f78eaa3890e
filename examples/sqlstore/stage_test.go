package main

import (
	"context"
	"sync"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// onStage runs a test on both databases, with the workspaces, members and mini programs of the story.
func onStage(t *testing.T, test func(t *testing.T, ctx context.Context, s *Store)) {
	onEach(t, func(t *testing.T, db *Database) {
		s := &Store{db}
		require.NoError(t, s.populate(t.Context()))
		test(t, t.Context(), s)
	})
}

func (s *Store) subject(t *testing.T, key MemberKey) *rbac.Subject {
	who, err := s.Subject(t.Context(), key)
	require.NoError(t, err)
	return who
}

func join(t *testing.T, s *Store, key MemberKey, as ...rbac.Assignment) {
	require.NoError(t, s.AddMember(t.Context(), active(key, as...)))
}

// atOnce lets all acts begin at the same moment, and returns how each ended.
func atOnce(acts ...func() error) []error {
	results := make([]error, len(acts))
	start := make(chan struct{})
	var all sync.WaitGroup
	for i, act := range acts {
		all.Go(func() {
			<-start
			results[i] = act()
		})
	}
	close(start)
	all.Wait()
	return results
}

func successes(results []error) int {
	n := 0
	for _, err := range results {
		if err == nil {
			n++
		}
	}
	return n
}
