package rbactest_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/rbactest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	rbactest.Run(t, "testdata/passing.json")
}

func TestRunPolicy(t *testing.T) {
	rbactest.RunPolicy(t, rbac.Default(), "testdata/default.json")
}

// The tests whose names begin with TestThatFails run only in a process of their own.
const inside = "RBACTEST_INSIDE"

func TestThatFailsByACase(t *testing.T) {
	if os.Getenv(inside) == "" {
		t.Skip("it runs in TestRunReportsFailures")
	}
	rbactest.Run(t, "testdata/failing.json")
}

func TestThatFailsByAFile(t *testing.T) {
	if os.Getenv(inside) == "" {
		t.Skip("it runs in TestRunReportsFailures")
	}
	rbactest.Run(t, "testdata/none.json")
}

func TestThatFailsWithoutAPolicy(t *testing.T) {
	if os.Getenv(inside) == "" {
		t.Skip("it runs in TestRunReportsFailures")
	}
	rbactest.RunPolicy(t, nil, "testdata/default.json")
}

func TestRunReportsFailures(t *testing.T) {
	for name, wanted := range map[string][]string{
		"TestThatFailsByACase": {
			"--- FAIL: TestThatFailsByACase/alice_deletes_members",
			`testdata/failing.json:13: member.delete by alice on wallet/shop: denied for not_granted, expected allowed`,
			"--- PASS: TestThatFailsByACase/alice_views_what_is_hers",
		},
		"TestThatFailsByAFile":        {"rbactest: testdata/none.json: cannot read it: no such file or directory"},
		"TestThatFailsWithoutAPolicy": {"rbactest: the policy is nil"},
	} {
		cmd := exec.Command(os.Args[0], "-test.v", "-test.run", "^"+name+"$")
		cmd.Env = append(os.Environ(), inside+"=1")
		out, err := cmd.CombinedOutput()
		require.Error(t, err, name)
		for _, text := range wanted {
			assert.Contains(t, string(out), text, name)
		}
	}
}
