package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEachDecisionIsLogged(t *testing.T) {
	for _, row := range []struct {
		name, token, path string
		found             bool
		decision          map[string]any
	}{
		{"alice views mp-42", "alice", "/miniprograms/mp-42", true, map[string]any{
			"allowed": true, "reason": "granted", "role": "developer", "scope": "assigned",
		}},
		{"alice does not view mp-43", "alice", "/miniprograms/mp-43", true, map[string]any{
			"allowed": false, "reason": "not_assigned", "action": "miniprogram.view",
		}},
		{"bob is answered 404 and the log knows why", "bob", "/miniprograms/mp-42", true, map[string]any{
			"allowed": false, "reason": "other_workspace", "action": "miniprogram.view",
		}},
		{"nothing is there", "bob", "/miniprograms/mp-99", false, map[string]any{
			"allowed": false, "reason": "invalid_workspace", "action": "miniprogram.view",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := newHost()
			h.ask(t, row.token, "GET", row.path)
			logged := logLine(t, h)
			assert.Equal(t, "decision", logged["msg"])
			assert.Equal(t, "miniprogram.view", logged["action"])
			assert.Equal(t, row.path, logged["path"])
			assert.Equal(t, row.found, logged["found"])
			assert.Equal(t, row.decision, logged["decision"])
			assert.Equal(t, row.token, logged["member"].(map[string]any)["id"])
		})
	}
}

func TestEachListIsLogged(t *testing.T) {
	h := newHost()
	h.ask(t, "alice", "GET", "/miniprograms")
	logged := logLine(t, h)
	assert.Equal(t, "list", logged["msg"])
	assert.Equal(t, `miniprogram.list: mini programs of developer workspace "shop" that are or belong to "mp-42"`, logged["filter"])
}

func TestAReloadIsLogged(t *testing.T) {
	h := newHost()
	require.NoError(t, reload(h.guard, file(t, operatorsRelease)))
	logged := logLine(t, h)
	assert.Equal(t, "another policy is in force", logged["msg"])
	assert.Equal(t, h.guard.policy.Load().Fingerprint(), logged["policy"])
}

func logLine(t *testing.T, h *host) map[string]any {
	t.Helper()
	var line map[string]any
	require.NoError(t, json.Unmarshal(h.log.Bytes(), &line), "one line is logged: %s", h.log.String())
	return line
}
