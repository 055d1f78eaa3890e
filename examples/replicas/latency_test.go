package main

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// How fast a write is in force depends on the machine, so this prints and does not judge. Run it alone:
//
//	go test -v -run Latency
func TestLatencyOfAWrite(t *testing.T) {
	onEachAlone(t, func(t *testing.T, store place) {
		source := connect(t, store)
		_, err := Publish(t.Context(), source, 0, rbac.Default())
		require.NoError(t, err)
		replicas := start(t, store, 3, options())
		var all, after []time.Duration
		for i := range 40 {
			begun := time.Now()
			revision, err := Edit(t.Context(), source, addRole(rbac.RoleID(fmt.Sprintf("role_%d", i))))
			require.NoError(t, err)
			written := time.Now()
			awaitRevision(t, replicas, revision)
			all, after = append(all, time.Since(begun)), append(after, time.Since(written))
		}
		t.Logf("median of %d writes: in force on three replicas after %v, %v after the write has returned",
			len(all), rounded(median(all)), rounded(median(after)))
	})
}

func awaitRevision(t *testing.T, replicas []*Replica, revision Revision) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, replica := range replicas {
		require.NoError(t, replica.wait(ctx, revision))
	}
}

func median(durations []time.Duration) time.Duration {
	slices.Sort(durations)
	return durations[len(durations)/2]
}
