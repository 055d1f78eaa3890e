package rbachttp

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAuditGetsOneRecordForEachDecision(t *testing.T) {
	for _, row := range []struct {
		name, token, method, path string
		action                    rbac.Action
		resource                  rbac.Resource
		decision                  rbac.Decision
	}{
		{"alice can view mp-42", "alice", "GET", "/miniprograms/mp-42",
			rbac.ViewMiniProgram, shop.MiniProgram("mp-42"),
			rbac.Decision{Allowed: true, Reason: rbac.ReasonGranted, Role: rbac.Developer, Scope: rbac.ScopeAssigned}},
		{"alice cannot view mp-43", "alice", "GET", "/miniprograms/mp-43",
			rbac.ViewMiniProgram, shop.MiniProgram("mp-43"), rbac.Decision{Reason: rbac.ReasonNotAssigned}},
		{"bob gets 404 and the record has the reason", "bob", "GET", "/miniprograms/mp-42",
			rbac.ViewMiniProgram, shop.MiniProgram("mp-42"), rbac.Decision{Reason: rbac.ReasonOtherWorkspace}},
		{"bob gets 404 and the record has no resource", "bob", "GET", "/miniprograms/mp-99",
			rbac.ViewMiniProgram, rbac.Resource{}, rbac.Decision{Reason: rbac.ReasonInvalidWorkspace}},
		{"gil is blocked, so no row is recorded", "gil", "GET", "/miniprograms/mp-7",
			rbac.ViewMiniProgram, rbac.Resource{}, rbac.Decision{Reason: rbac.ReasonBlocked}},
		{"alice lists", "alice", "GET", "/miniprograms",
			rbac.ListMiniPrograms, rbac.Resource{}, rbac.Decision{Allowed: true, Reason: rbac.ReasonGranted}},
		{"ola lists nothing", "ola", "GET", "/miniprograms",
			rbac.ListMiniPrograms, rbac.Resource{}, rbac.Decision{Reason: rbac.ReasonNotGranted}},
		{"gil cannot list", "gil", "GET", "/miniprograms",
			rbac.ListMiniPrograms, rbac.Resource{}, rbac.Decision{Reason: rbac.ReasonBlocked}},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := newHost().withRoutes()
			begun := time.Now().Round(0)
			h.ask(t, row.token, row.method, row.path)
			require.Len(t, h.records, 1)
			record := h.records[0]
			assert.False(t, record.Time.Before(begun))
			assert.Equal(t, "request-1", record.RequestID)
			assert.Equal(t, row.path, record.Path)
			assert.Equal(t, members[row.token], record.Member)
			assert.Equal(t, row.action, record.Action)
			assert.Equal(t, row.resource, record.Resource)
			row.decision.Action = row.action
			assert.Equal(t, row.decision, record.Decision)
			assert.Equal(t, rbac.Default().Fingerprint(), record.Policy)
		})
	}
}

func TestAuditGetsNothingWhereNothingIsDecided(t *testing.T) {
	h := newHost().withRoutes()
	for _, path := range []string{"/healthz", "/secrets"} {
		h.ask(t, "alice", "GET", path)
	}
	h.ask(t, "alice", "PUT", "/miniprograms/mp-42")
	h.ask(t, "", "GET", "/miniprograms/mp-42")
	assert.Empty(t, h.records)
}

// The record comes before the answer: what is done is recorded, and what is not recorded
// is not done.
func TestAuditComesBeforeTheHandler(t *testing.T) {
	h := newHost()
	Handle(h.Guard, viewRoute, rbac.ViewMiniProgram, loadMiniProgram,
		func(http.ResponseWriter, *http.Request, rbac.Member, miniProgram) error {
			assert.Len(t, h.records, 1)
			return nil
		})
	h.ask(t, "alice", "GET", "/miniprograms/mp-42")
	assert.Len(t, h.records, 1)
}

// brokenAudits fail in each way in which a function can.
var brokenAudits = map[string]func(context.Context, Record) error{
	"an error": func(context.Context, Record) error { return errSecret },
	"a panic":  func(context.Context, Record) error { panic(errSecret) },
	"a panic only for rows that exist": func(_ context.Context, r Record) error {
		if r.Resource != (rbac.Resource{}) || r.Action == rbac.ListMiniPrograms {
			panic(errSecret)
		}
		return nil
	},
	"a panic that aborts the request": func(context.Context, Record) error {
		panic(http.ErrAbortHandler)
	},
	"an error that the guard knows": func(context.Context, Record) error { return ErrNotFound },
	"a denial":                      func(context.Context, Record) error { return &rbac.DeniedError{} },
}

func TestAuditThatFailsAllowsNothing(t *testing.T) {
	for name, audit := range brokenAudits {
		t.Run(name, func(t *testing.T) {
			h := newHost(func(c *Config) {
				c.Audit = audit
				c.Errors = func(error) (int, string) {
					t.Error("the host is asked how to answer a failed audit")
					return 400, ""
				}
			})
			Handle(h.Guard, viewRoute, rbac.ViewMiniProgram, loadMiniProgram,
				func(http.ResponseWriter, *http.Request, rbac.Member, miniProgram) error {
					t.Error("the handler is called")
					return nil
				})
			h.List("GET /miniprograms", rbac.ListMiniPrograms,
				func(http.ResponseWriter, *http.Request, rbac.Member, rbac.Filter) error {
					t.Error("the handler of the list is called")
					return nil
				})
			for _, path := range []string{"/miniprograms/mp-42", "/miniprograms"} {
				answer := h.ask(t, "alice", "GET", path)
				assert.Equal(t, http.StatusInternalServerError, answer.status)
				assert.Equal(t, `{"title":"Internal Server Error","status":500}`+"\n", answer.body)
			}
			assert.Contains(t, h.log.String(), "the decision is not recorded")
		})
	}
}

// A denial is answered as if nothing had failed: otherwise a 500 for one row and a 404 for
// another would tell which exists.
func TestAuditThatFailsChangesNoDenial(t *testing.T) {
	sound := newHost().withRoutes().handler(t)
	for name, audit := range brokenAudits {
		t.Run(name, func(t *testing.T) {
			h := newHost(func(c *Config) { c.Audit = audit }).withRoutes()
			handler := h.handler(t)
			for token := range members {
				for _, e := range existing {
					for _, path := range []string{e.path, e.missing} {
						expected := ask(sound, token, e.method, path)
						if expected.status >= 400 {
							assert.Equal(t, expected, ask(handler, token, e.method, path))
						}
					}
				}
			}
			assert.Contains(t, h.log.String(), "the decision is not recorded")
		})
	}
}

// A goroutine that ends in Audit answers nothing.
func TestAuditThatEndsTheGoroutineAllowsNothing(t *testing.T) {
	h := newHost(func(c *Config) {
		c.Audit = func(context.Context, Record) error {
			runtime.Goexit()
			return nil
		}
	})
	Handle(h.Guard, viewRoute, rbac.ViewMiniProgram, loadMiniProgram,
		func(http.ResponseWriter, *http.Request, rbac.Member, miniProgram) error {
			t.Error("the handler is called")
			return nil
		})
	handler := h.handler(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ask(handler, "alice", "GET", "/miniprograms/mp-42")
		t.Error("the request is answered")
	}()
	<-ended
}

// A blocked Audit holds its own request and no other, and the policy can be swapped
// meanwhile.
func TestAuditThatBlocksHoldsItsOwnRequestOnly(t *testing.T) {
	blocked, release := make(chan struct{}), make(chan struct{})
	h := newHost(func(c *Config) {
		c.Audit = func(_ context.Context, r Record) error {
			if r.Member.ID == "alice" {
				close(blocked)
				<-release
			}
			return nil
		}
	})
	handled := make(chan string, 2)
	Handle(h.Guard, viewRoute, rbac.ViewMiniProgram, loadMiniProgram,
		func(_ http.ResponseWriter, _ *http.Request, m rbac.Member, _ miniProgram) error {
			handled <- m.ID
			return nil
		})
	handler := h.handler(t)
	answered := make(chan int)
	go func() { answered <- ask(handler, "alice", "GET", "/miniprograms/mp-42").status }()

	<-blocked
	assert.Empty(t, handled, "the handler waits for the record")
	assert.Equal(t, http.StatusOK, ask(handler, "sam", "GET", "/miniprograms/mp-42").status)
	assert.Equal(t, "sam", <-handled)
	assert.NoError(t, h.Swap(operatorsRelease(t)))

	close(release)
	assert.Equal(t, http.StatusOK, <-answered)
	assert.Equal(t, "alice", <-handled)
}

// A host's deadline ends an Audit that obeys its context.
func TestAuditEndsWithTheRequest(t *testing.T) {
	h := newHost(func(c *Config) {
		c.Audit = func(ctx context.Context, _ Record) error {
			<-ctx.Done()
			return ctx.Err()
		}
	}).withRoutes()
	handler := h.handler(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	withDeadline := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r.WithContext(ended))
	})
	assert.Equal(t, http.StatusInternalServerError, ask(withDeadline, "alice", "GET", "/miniprograms/mp-42").status)
	assert.Equal(t, http.StatusNotFound, ask(withDeadline, "bob", "GET", "/miniprograms/mp-42").status)
}

// The log.

func TestLogRecordsWritesOneLine(t *testing.T) {
	for _, row := range []struct {
		name, token, path string
		expected          map[string]any
	}{
		{"a row", "alice", "/miniprograms/mp-42", map[string]any{
			"resource": map[string]any{
				"kind": "developer", "workspace": "shop", "tenant": "wallet", "mini_program": "mp-42", "owner": "",
			},
			"decision": map[string]any{
				"allowed": true, "reason": "granted", "action": "miniprogram.view",
				"role": "developer", "scope": "assigned",
			},
		}},
		{"no row", "alice", "/miniprograms/mp-99", map[string]any{
			"decision": map[string]any{
				"allowed": false, "reason": "invalid_workspace", "action": "miniprogram.view", "role": "", "scope": "-",
			},
		}},
		{"a list", "alice", "/miniprograms", map[string]any{
			"filter": `miniprogram.list: mini programs of developer workspace "shop" that are or belong to "mp-42"`,
			"decision": map[string]any{
				"allowed": true, "reason": "granted", "action": "miniprogram.list", "role": "", "scope": "-",
			},
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out bytes.Buffer
			h := newHost(func(c *Config) {
				c.Audit, c.Log = nil, slog.New(slog.NewJSONHandler(&out, nil))
			}).withRoutes()
			h.ask(t, row.token, "GET", row.path)

			var line map[string]any
			require.NoError(t, json.Unmarshal(out.Bytes(), &line), "the log has one line: %s", out.String())
			at, err := time.Parse(time.RFC3339Nano, line["at"].(string))
			require.NoError(t, err)
			assert.WithinDuration(t, time.Now(), at, time.Minute)
			delete(line, "at")
			delete(line, "time")
			row.expected["level"], row.expected["msg"] = "INFO", "decision"
			row.expected["request_id"], row.expected["path"] = "request-1", row.path
			row.expected["member"] = map[string]any{
				"id": "alice", "kind": "developer", "workspace": "shop", "tenant": "wallet",
			}
			row.expected["action"] = row.expected["decision"].(map[string]any)["action"]
			row.expected["policy"] = rbac.Default().Fingerprint()
			assert.Equal(t, row.expected, line)
		})
	}
}

// JSON.

func TestRecordMarshalJSONWritesTheFieldsOfTheLog(t *testing.T) {
	h := newHost().withRoutes()
	Handle(h.Guard, "POST /workspaces/{id}/members", rbac.InviteMember, loadWorkspace,
		func(http.ResponseWriter, *http.Request, rbac.Member, rbac.Workspace) error {
			return &rbac.DeniedError{Action: rbac.InviteMember, Reason: rbac.ReasonNotCovered}
		})
	handler := h.handler(t)
	for token := range members {
		for _, e := range existing {
			ask(handler, token, e.method, e.path)
			ask(handler, token, e.method, e.missing)
		}
		ask(handler, token, "GET", "/miniprograms")
		ask(handler, token, "POST", "/workspaces/shop/members")
		ask(handler, token, "GET", "/miniprograms/mp-43")
	}
	invalid := rbac.Workspace{Kind: 9, ID: "\xff"}
	year10000 := time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	h.records = append(h.records, Record{}, Record{
		Member:   rbac.Member{ID: "\xff", Workspace: invalid, Status: 9, InvitedAt: year10000},
		Resource: invalid.MiniProgram("\xff"), Decision: rbac.Decision{Reason: 200, Scope: 128},
	})
	for _, record := range h.records {
		document, err := json.Marshal(record)
		require.NoError(t, err, "%+v", record)
		var written, logged map[string]any
		require.NoError(t, json.Unmarshal(document, &written))
		var out bytes.Buffer
		require.NoError(t, LogRecords(slog.New(slog.NewJSONHandler(&out, nil)))(t.Context(), record))
		require.NoError(t, json.Unmarshal(out.Bytes(), &logged))
		for _, key := range []string{"time", "level", "msg"} {
			delete(logged, key)
		}
		assert.Equal(t, logged, written)
	}
	assertEachKind(t, h.records)
}

// assertEachKind asserts that the records are of every kind that a guard makes.
func assertEachKind(t *testing.T, records []Record) {
	t.Helper()
	kinds := make(map[string]bool)
	for _, r := range records {
		kinds["a row, allowed"] = kinds["a row, allowed"] || r.Decision.Allowed && r.Resource != rbac.Resource{}
		kinds["a row, denied"] = kinds["a row, denied"] || !r.Decision.Allowed && r.Resource != rbac.Resource{}
		kinds["a list"] = kinds["a list"] || !r.Filter.None()
		kinds[r.Decision.Reason.String()] = true
	}
	for _, kind := range []string{
		"a row, allowed", "a row, denied", "a list", "granted", "not_granted", "not_assigned", "own_workspace_only",
		"other_tenant", "other_workspace", "invalid_workspace", "not_covered", "no_policy",
		"blocked", "invited", "withdrawn", "deleted", "suspended", "invalid_member",
	} {
		assert.True(t, kinds[kind], kind)
	}
}

// An Audit that keeps records as JSON allows what is allowed.
func TestAuditInJSONChangesNoAnswer(t *testing.T) {
	sound := newHost().withRoutes().handler(t)
	h := newHost(func(c *Config) {
		c.Audit = func(_ context.Context, r Record) error {
			_, err := json.Marshal(r)
			return err
		}
	}).withRoutes()
	handler := h.handler(t)
	for token := range members {
		for _, path := range []string{"/miniprograms/mp-42", "/miniprograms/mp-99", "/miniprograms"} {
			assert.Equal(t, ask(sound, token, "GET", path), ask(handler, token, "GET", path), "%s as %s", path, token)
		}
	}
	assert.Empty(t, h.log.String())
}

// A client chooses the path and perhaps the ID of its request.
func TestLogRecordsKeepsAForgedLineInItsField(t *testing.T) {
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(out *bytes.Buffer) slog.Handler { return slog.NewTextHandler(out, nil) },
		"json": func(out *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(out, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			const forged = "x\nlevel=INFO msg=decision decision.allowed=true"
			record := Record{RequestID: forged, Path: forged, Member: rbac.Member{ID: forged}, Action: forged}
			require.NoError(t, LogRecords(slog.New(handler(&out)))(t.Context(), record))
			assert.Equal(t, 1, strings.Count(out.String(), "\n"))
		})
	}
}

func TestNewLogsToTheDefaultLogger(t *testing.T) {
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&out, nil)))
	defer slog.SetDefault(before)
	h := newHost(func(c *Config) { c.Log, c.Audit, c.RequestID = nil, nil, nil }).withRoutes()
	h.ask(t, "alice", "GET", "/miniprograms/mp-42")
	assert.Contains(t, out.String(), `"reason":"granted"`)
}
