package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const operatorsRelease = `{"extend": {"operator": {"miniprogram.release": ["assigned"]}}}`

func TestAReloadedPolicyIsInForceAtTheNextRequest(t *testing.T) {
	h := newHost()
	require.Equal(t, http.StatusForbidden, h.ask(t, "ola", "POST", "/miniprograms/mp-42/release").Code)
	require.NoError(t, reload(h.guard, file(t, operatorsRelease)))
	assert.Equal(t, http.StatusNoContent, h.ask(t, "ola", "POST", "/miniprograms/mp-42/release").Code)
}

func TestAPolicyThatDoesNotLoadLeavesTheOldOneInForce(t *testing.T) {
	h := newHost()
	for name, path := range map[string]string{
		"no file":           filepath.Join(t.TempDir(), "policy.json"),
		"an empty file":     file(t, ""),
		"half a document":   file(t, operatorsRelease[:20]),
		"an unknown action": file(t, `{"extend": {"operator": {"miniprogram.relase": ["assigned"]}}}`),
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, reload(h.guard, path))
			assert.Same(t, rbac.Default(), h.guard.policy.Load())
		})
	}
}

func TestAPolicyThatDoesNotKnowTheRoutesIsRefused(t *testing.T) {
	h := newHost()
	other := rbac.Must(rbac.New(rbac.Spec{Actions: map[rbac.Action]rbac.Target{"door.open": rbac.OnTenant}}))
	for name, policy := range map[string]*rbac.Policy{"another host's": other, "none": nil} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, h.guard.Swap(policy), `does not declare the action "miniprogram.release"`)
			assert.Same(t, rbac.Default(), h.guard.policy.Load())
		})
	}
}

func TestWithoutAPolicyEverybodyIsDenied(t *testing.T) {
	h := newHost()
	handler, err := h.guard.Handler()
	require.NoError(t, err)
	h.guard.policy.Store(nil)
	assert.Equal(t, http.StatusForbidden, serveOne(handler, "sam", "GET", "/miniprograms/mp-42").status)
	assert.Equal(t, "[]\n", serveOne(handler, "sam", "GET", "/miniprograms").body)
}

func TestThePolicyIsTheDefaultWithoutAFile(t *testing.T) {
	policy, err := loadPolicy("")
	require.NoError(t, err)
	assert.Same(t, rbac.Default(), policy)
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.json")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}
