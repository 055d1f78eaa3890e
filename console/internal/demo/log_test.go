package demo

import (
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/web"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEntriesAreWhatRecordStored(t *testing.T) {
	onDatabases(t, func(t *testing.T, source string) {
		s := open(t, source)
		want := web.LogEntry{
			Time: time.Date(2026, 7, 1, 12, 0, 0, 123456000, time.UTC), Workspace: Shop, Actor: "ann",
			ActorWorkspace: Wallet, Member: "<b>alice", Action: rbac.ReleaseMiniProgram, MiniProgram: "mp-42",
			Owner: "alice'", Outcome: web.Denied, Reason: "not_assigned", Detail: "\u202ex\n", Fingerprint: "f",
		}
		require.NoError(t, s.Record(t.Context(), want))
		require.NoError(t, s.Record(t.Context(), web.LogEntry{Workspace: Bakery}))
		entries, err := s.Entries(t.Context(), Shop, web.LogQuery{})
		require.NoError(t, err)
		want.Number = 1
		assert.Equal(t, []web.LogEntry{want}, entries)
	})
}

func TestRecordKeepsWhatAStrangerSends(t *testing.T) {
	onDatabases(t, func(t *testing.T, source string) {
		s := open(t, source)
		require.NoError(t, s.Record(t.Context(), web.LogEntry{
			Workspace: Shop, Member: "\xff\x00a", Owner: strings.Repeat("é", 1<<19), Detail: strings.Repeat("x", 1024),
		}))
		entries, err := s.Entries(t.Context(), Shop, web.LogQuery{})
		require.NoError(t, err)
		require.Len(t, entries, 1)
		assert.Equal(t, "\uFFFD\uFFFDa", entries[0].Member)
		assert.Equal(t, strings.Repeat("é", 512)+"…", entries[0].Owner)
		assert.Equal(t, strings.Repeat("x", 1024), entries[0].Detail)
	})
}

func TestEntriesMatchTheQuery(t *testing.T) {
	onDatabases(t, func(t *testing.T, source string) {
		s := open(t, source)
		for _, e := range []web.LogEntry{
			{Actor: "sam", Member: "alice", Action: rbac.BlockMember, Outcome: web.Stored, Detail: "1"},
			{Actor: "alice", Action: rbac.ViewMiniProgram, Outcome: web.Allowed, Detail: "2"},
			{Actor: "sam", Action: rbac.ViewMiniProgram, Outcome: web.Denied, Detail: "3"},
		} {
			e.Workspace = Shop
			require.NoError(t, s.Record(t.Context(), e))
		}
		for _, row := range []struct {
			name  string
			query web.LogQuery
			want  string
		}{
			{"all, newest first", web.LogQuery{}, "321"},
			{"the newest two", web.LogQuery{Limit: 2}, "32"},
			{"what is older than the newest", web.LogQuery{Before: 3}, "21"},
			{"alice acted, or it is about alice", web.LogQuery{Member: "alice"}, "21"},
			{"nobody of that ID", web.LogQuery{Member: "ALICE"}, ""},
			{"an ID that is not text", web.LogQuery{Member: "\xff"}, ""},
			{"one action", web.LogQuery{Action: rbac.ViewMiniProgram}, "32"},
			{"one outcome", web.LogQuery{Outcome: web.Denied}, "3"},
			{"all three", web.LogQuery{Member: "alice", Action: rbac.BlockMember, Outcome: web.Stored}, "1"},
			{"no entry matches all three", web.LogQuery{Member: "alice", Action: rbac.BlockMember, Outcome: web.Denied}, ""},
		} {
			entries, err := s.Entries(t.Context(), Shop, row.query)
			require.NoError(t, err)
			var got strings.Builder
			for _, e := range entries {
				got.WriteString(e.Detail)
			}
			assert.Equal(t, row.want, got.String(), row.name)
		}
	})
}
