// Package rbactest runs files of expectations as Go tests. They are the files that the
// command "rbac test" reads; docs/ci.md describes them.
//
//	func TestPolicy(t *testing.T) {
//		rbactest.Run(t, "testdata/policy_test.json")
//	}
package rbactest

import (
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/expect"
)

// Run checks what a file expects of the policy that it names. Each case is a subtest. A
// file that cannot be read fails the test at once.
func Run(t *testing.T, file string) {
	t.Helper()
	run(t, nil, file)
}

// RunPolicy is Run with the policy of the program. The file names no policy of its own.
func RunPolicy(t *testing.T, policy *rbac.Policy, file string) {
	t.Helper()
	if policy == nil {
		t.Fatal("rbactest: the policy is nil")
	}
	run(t, policy, file)
}

func run(t *testing.T, policy *rbac.Policy, name string) {
	t.Helper()
	file, err := expect.Read(name, policy)
	if err != nil {
		t.Fatalf("rbactest: %s", err)
	}
	for _, one := range file.Cases {
		t.Run(one.Name, func(t *testing.T) {
			t.Helper()
			for _, failure := range file.Run(one) {
				t.Errorf("%s:%d: %s", name, one.Line, failure)
			}
		})
	}
}
