package demo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/web"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// onDatabases runs a test on a new database of each kind.
func onDatabases(t *testing.T, test func(t *testing.T, source string)) {
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, filepath.Join(t.TempDir(), "a ?#%.db"))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, scratchPostgreSQL(t))
	})
}

// scratchPostgreSQL returns the address of an empty schema.
func scratchPostgreSQL(t *testing.T) string {
	t.Helper()
	server := os.Getenv("DATABASE_URL")
	if server == "" {
		require.Empty(t, os.Getenv("RBAC_REQUIRE_POSTGRES"), "no PostgreSQL: run the test by .ci/postgres")
		t.Skip("PostgreSQL is not tested: DATABASE_URL is not set")
	}
	store, err := connect(server)
	require.NoError(t, err)
	schema := fmt.Sprintf("console_%d_%d", os.Getpid(), time.Now().UnixNano())
	_, err = store.pool.Exec("CREATE SCHEMA " + schema)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := store.pool.Exec("DROP SCHEMA " + schema + " CASCADE")
		assert.NoError(t, errors.Join(err, store.Close()))
	})
	address, err := url.Parse(server)
	require.NoError(t, err)
	query := address.Query()
	query.Set("search_path", schema)
	address.RawQuery = query.Encode()
	return address.String()
}

func open(t *testing.T, source string) *Store {
	t.Helper()
	store, err := Open(t.Context(), source)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, store.Close()) })
	return store
}

// set stores a state as it is.
func set(t *testing.T, s *Store, workspace rbac.Workspace, state web.WorkspaceState) error {
	t.Helper()
	return s.Update(t.Context(), workspace, func(web.WorkspaceState) (web.WorkspaceState, web.LogEntry, error) {
		return state, web.LogEntry{Workspace: workspace}, nil
	})
}

func TestOpenFillsEmptyTablesWithValidWorkspaces(t *testing.T) {
	onDatabases(t, func(t *testing.T, source string) {
		s := open(t, source)
		workspaces, err := s.Workspaces(t.Context(), "wallet")
		require.NoError(t, err)
		assert.Equal(t, []rbac.Workspace{Wallet, Bakery, Shop}, workspaces)
		for _, workspace := range workspaces {
			state, err := s.State(t.Context(), workspace)
			require.NoError(t, err)
			platform, err := newPolicy()
			require.NoError(t, err)
			policy, err := platform.With(state.Own)
			require.NoError(t, err)
			assert.NoError(t, policy.ValidateWorkspace(workspace, slices.Values(state.Members)), workspace.ID)
		}
	})
}

func TestOpenKeepsWhatIsStored(t *testing.T) {
	onDatabases(t, func(t *testing.T, source string) {
		changed := web.WorkspaceState{Suspended: true, Members: []rbac.Member{}, MiniPrograms: []string{"only"}}
		require.NoError(t, set(t, open(t, source), Shop, changed))
		state, err := open(t, source).State(t.Context(), Shop)
		require.NoError(t, err)
		assert.Empty(t, state.Members)
		assert.Equal(t, changed.MiniPrograms, state.MiniPrograms)
		assert.True(t, state.Suspended)
	})
}

func TestStateIsWhatUpdateStored(t *testing.T) {
	noon := time.Date(2026, 7, 1, 12, 0, 0, 123456789, time.UTC)
	onDatabases(t, func(t *testing.T, source string) {
		s := open(t, source)
		want := web.WorkspaceState{
			Suspended: true,
			Own: rbac.Spec{Roles: []rbac.Role{{
				ID: "x", Kind: rbac.KindDeveloper, Workspace: Shop, Name: `<b>"x"</b>`,
				Permissions: rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeAssigned | rbac.ScopeOwn},
			}}},
			MiniPrograms: []string{"<script>", "mp ' \" ;--", "\u202emp"},
		}
		for _, id := range []string{
			`"><script>alert(1)</script>`, "' OR 1=1 --", "A", "a", "a ", "é", "\u202ea", strings.Repeat("x", 255),
		} {
			want.Members = append(want.Members, rbac.Member{
				ID: id, Workspace: Shop, Status: rbac.StatusInvited, Suspended: true, InvitedAt: noon,
				Assignments: []rbac.Assignment{
					{Role: "x", MiniPrograms: want.MiniPrograms, NotBefore: noon, NotAfter: noon.Add(1)},
					{Role: "gone"},
				},
			})
		}
		slices.SortFunc(want.Members, func(a, b rbac.Member) int { return strings.Compare(a.ID, b.ID) })
		require.NoError(t, set(t, s, Shop, want))
		state, err := s.State(t.Context(), Shop)
		require.NoError(t, err)
		assert.Equal(t, want, state)
		var copies int
		require.NoError(t, s.pool.QueryRow(
			`SELECT COUNT(*) FROM console_members WHERE document LIKE '%"suspended"%'`).Scan(&copies))
		assert.Zero(t, copies, "the suspension is the workspace's alone")
		for _, member := range want.Members {
			found, err := s.Member(t.Context(), Shop, member.ID)
			require.NoError(t, err)
			assert.Equal(t, member, found)
		}
	})
}

func TestUpdateOfOneWorkspaceChangesNoOther(t *testing.T) {
	onDatabases(t, func(t *testing.T, source string) {
		s := open(t, source)
		before, err := s.State(t.Context(), Bakery)
		require.NoError(t, err)
		require.NoError(t, set(t, s, Shop, web.WorkspaceState{}))
		after, err := s.State(t.Context(), Bakery)
		require.NoError(t, err)
		assert.Equal(t, before, after)
	})
}

func TestUnknownWorkspacesAndMembersAreNotFound(t *testing.T) {
	onDatabases(t, func(t *testing.T, source string) {
		s := open(t, source)
		for _, workspace := range []rbac.Workspace{
			{}, Wallet.Developer("SHOP"), rbac.Tenant("shop"), rbac.Tenant("other").Developer("shop"),
			Wallet.Developer("a\x00"), Wallet.Developer("\xff"),
		} {
			_, err := s.State(t.Context(), workspace)
			assert.ErrorIs(t, err, web.ErrNotFound, "%v", workspace)
			assert.ErrorIs(t, set(t, s, workspace, web.WorkspaceState{}), web.ErrNotFound, "%v", workspace)
			_, err = s.Member(t.Context(), workspace, "sam")
			assert.ErrorIs(t, err, web.ErrNotFound, "%v", workspace)
		}
		for _, id := range []string{"", "SAM", "sam ", "ann", "sam\x00", "\xff"} {
			_, err := s.Member(t.Context(), Shop, id)
			assert.ErrorIs(t, err, web.ErrNotFound, id)
		}
	})
}

func TestUpdatesAtOnceLoseNothing(t *testing.T) {
	const editors, rounds = 4, 10
	onDatabases(t, func(t *testing.T, source string) {
		s := open(t, source)
		require.NoError(t, set(t, s, Shop, web.WorkspaceState{}))
		var all sync.WaitGroup
		for editor := range editors {
			all.Go(func() {
				for round := range rounds {
					add := func(state web.WorkspaceState) (web.WorkspaceState, web.LogEntry, error) {
						state.MiniPrograms = append(state.MiniPrograms, fmt.Sprintf("mp-%d-%d", editor, round))
						return state, web.LogEntry{Workspace: Shop}, nil
					}
					assert.NoError(t, s.Update(t.Context(), Shop, add))
				}
			})
		}
		all.Wait()
		state, err := s.State(t.Context(), Shop)
		require.NoError(t, err)
		assert.Len(t, state.MiniPrograms, editors*rounds)
	})
}

func TestUpdateKeepsOthersOutWhileItChanges(t *testing.T) {
	onDatabases(t, func(t *testing.T, source string) {
		s := open(t, source)
		err := s.Update(t.Context(), Shop, func(state web.WorkspaceState) (web.WorkspaceState, web.LogEntry, error) {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			err := s.Update(ctx, Shop, func(state web.WorkspaceState) (web.WorkspaceState, web.LogEntry, error) {
				assert.Fail(t, "another change has begun")
				return state, web.LogEntry{Workspace: Shop}, nil
			})
			assert.Error(t, err)
			return state, web.LogEntry{Workspace: Shop}, nil
		})
		assert.NoError(t, err)
	})
}

func TestUpdateStoresNothingAfterAnError(t *testing.T) {
	onDatabases(t, func(t *testing.T, source string) {
		s := open(t, source)
		before, err := s.State(t.Context(), Shop)
		require.NoError(t, err)
		refused := errors.New("refused")
		long := rbac.Member{ID: strings.Repeat("x", 256), Workspace: Shop, Status: rbac.StatusActive}
		other := rbac.Member{ID: "x", Workspace: Bakery, Status: rbac.StatusActive}
		for name, change := range map[string]func(web.WorkspaceState) (web.WorkspaceState, error){
			"the change fails": func(web.WorkspaceState) (web.WorkspaceState, error) { return web.WorkspaceState{}, refused },
			"an ID is too long": func(state web.WorkspaceState) (web.WorkspaceState, error) {
				return web.WorkspaceState{Members: append(state.Members[1:], long)}, nil
			},
			"a member is of another workspace": func(state web.WorkspaceState) (web.WorkspaceState, error) {
				return web.WorkspaceState{Members: append(state.Members[1:], other)}, nil
			},
			"a member is repeated": func(state web.WorkspaceState) (web.WorkspaceState, error) {
				return web.WorkspaceState{Members: append(state.Members, state.Members[0])}, nil
			},
			"an ID is not UTF-8": func(web.WorkspaceState) (web.WorkspaceState, error) {
				return web.WorkspaceState{MiniPrograms: []string{"\xff"}}, nil
			},
			"an assigned mini program has no ID": func(state web.WorkspaceState) (web.WorkspaceState, error) {
				state.Members[0].Assignments = []rbac.Assignment{{Role: "x", MiniPrograms: []string{""}}}
				return state, nil
			},
			"a status is unknown": func(state web.WorkspaceState) (web.WorkspaceState, error) {
				state.Members[4].Status = 99
				return web.WorkspaceState{Suspended: true, Members: state.Members[1:]}, nil
			},
			"a role is not well formed": func(web.WorkspaceState) (web.WorkspaceState, error) {
				return web.WorkspaceState{Own: rbac.Spec{Roles: []rbac.Role{{ID: "X Y"}}}}, nil
			},
		} {
			err := s.Update(t.Context(), Shop, func(state web.WorkspaceState) (web.WorkspaceState, web.LogEntry, error) {
				after, err := change(state)
				return after, web.LogEntry{Workspace: Shop}, err
			})
			assert.Error(t, err, name)
			assert.Equal(t, name == "the change fails", errors.Is(err, refused), name)
			after, err := s.State(t.Context(), Shop)
			require.NoError(t, err)
			assert.Equal(t, before, after, name)
		}
	})
}

func TestUpdateSaysWhichIDIsTooLong(t *testing.T) {
	onDatabases(t, func(t *testing.T, source string) {
		s := open(t, source)
		long := rbac.Member{ID: strings.Repeat("x", 256), Workspace: Shop, Status: rbac.StatusActive}
		err := set(t, s, Shop, web.WorkspaceState{Members: []rbac.Member{long}})
		var invalid *rbac.ValidationError
		require.ErrorAs(t, err, &invalid)
		assert.Equal(t, "the ID has 256 bytes", invalid.Problem)
	})
}

func TestUpdateRefusesWhatCannotBeReadBack(t *testing.T) {
	var assigned []string
	for i := range 70_000 {
		assigned = append(assigned, fmt.Sprintf("%0255d", i))
	}
	large := rbac.Member{
		ID: "large", Workspace: Shop, Status: rbac.StatusActive,
		Assignments: []rbac.Assignment{{Role: rbac.Developer, MiniPrograms: assigned}},
	}
	var roles []rbac.Role
	for i := range 3_000 {
		roles = append(roles, rbac.Role{
			ID: rbac.RoleID(fmt.Sprintf("role_%d", i)), Kind: rbac.KindDeveloper, Workspace: Shop,
			Description: strings.Repeat("<", 1024), // six bytes each in JSON
		})
	}
	onDatabases(t, func(t *testing.T, source string) {
		s := open(t, source)
		before, err := s.State(t.Context(), Shop)
		require.NoError(t, err)
		for name, state := range map[string]web.WorkspaceState{
			"a member of more than 16 MiB": {Members: []rbac.Member{large}},
			"roles of more than 16 MiB":    {Own: rbac.Spec{Roles: roles}},
		} {
			err := set(t, s, Shop, state)
			assert.ErrorContains(t, err, "16777216 are the most", name)
			var invalid *rbac.ValidationError
			assert.ErrorAs(t, err, &invalid, name)
			after, err := s.State(t.Context(), Shop)
			require.NoError(t, err, name)
			assert.Equal(t, before, after, name)
		}
	})
}

func TestUpdateStoresNothingWithoutItsEntry(t *testing.T) {
	onDatabases(t, func(t *testing.T, source string) {
		s := open(t, source)
		_, err := s.pool.Exec(`DROP TABLE console_log`)
		require.NoError(t, err)
		before, err := s.State(t.Context(), Shop)
		require.NoError(t, err)
		assert.Error(t, set(t, s, Shop, web.WorkspaceState{Suspended: true}))
		after, err := s.State(t.Context(), Shop)
		require.NoError(t, err)
		assert.Equal(t, before, after)
	})
}

func TestEverythingFailsWhenTheDatabaseIsGone(t *testing.T) {
	onDatabases(t, func(t *testing.T, source string) {
		s, err := Open(t.Context(), source)
		require.NoError(t, err)
		require.NoError(t, s.Close())
		_, workspaces := s.Workspaces(t.Context(), "wallet")
		_, state := s.State(t.Context(), Shop)
		_, entries := s.Entries(t.Context(), Shop, web.LogQuery{})
		_, member := s.Member(t.Context(), Shop, "sam")
		_, people := s.People(t.Context())
		for name, err := range map[string]error{
			"Workspaces": workspaces, "State": state, "Entries": entries, "Member": member, "People": people,
			"Update": set(t, s, Shop, web.WorkspaceState{}), "Record": s.Record(t.Context(), web.LogEntry{}),
		} {
			assert.Error(t, err, name)
			assert.NotErrorIs(t, err, web.ErrNotFound, name)
		}
	})
}

func TestOpenFailsWithoutADatabase(t *testing.T) {
	for _, source := range []string{
		filepath.Join(t.TempDir(), "none", "a.db"), "postgres://127.0.0.1:1/none?connect_timeout=1", "postgres://%zz",
	} {
		_, err := Open(t.Context(), source)
		assert.Error(t, err, source)
	}
}

func TestAnotherMembersDocumentIsNotLoaded(t *testing.T) {
	onDatabases(t, func(t *testing.T, source string) {
		s := open(t, source)
		const inShop = `"workspace": {"kind": "developer", "id": "shop", "tenant": "wallet"}`
		for name, document := range map[string]string{
			"ID":        `{"id": "sam2", ` + inShop + `, "status": "active"}`,
			"workspace": `{"id": "sam", ` + strings.Replace(inShop, "shop", "bakery", 1) + `, "status": "active"}`,
			"status":    `{"id": "sam", ` + inShop + `}`,
			"JSON":      `{`,
		} {
			_, err := s.pool.Exec(`UPDATE console_members SET document = $1 WHERE id = 'sam'`, document)
			require.NoError(t, err)
			_, err = s.Member(t.Context(), Shop, "sam")
			assert.ErrorContains(t, err, `"sam"`, name)
			_, err = s.State(t.Context(), Shop)
			var damaged *web.UnreadableError
			require.ErrorAs(t, err, &damaged, name)
			assert.Contains(t, damaged.Place, `"sam"`, name)
		}
	})
}
