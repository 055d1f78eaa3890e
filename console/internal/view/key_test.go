package view

import (
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
)

func TestAssignmentKeysChangeWithTheAssignment(t *testing.T) {
	keys, dev := NewAssignmentKeys(nil), rbac.Member{ID: "dev", Workspace: shop}
	base := rbac.Assignment{Role: "r", MiniPrograms: []string{"a"}}
	seen := map[string]bool{keys.Key(dev, base): true}
	for _, change := range []func(*rbac.Assignment){
		func(a *rbac.Assignment) { a.Role = "q" },
		func(a *rbac.Assignment) { a.MiniPrograms = []string{"a", "b"} },
		func(a *rbac.Assignment) { a.NotAfter = time.Unix(1, 0) },
		func(a *rbac.Assignment) { a.NotBefore = time.Unix(1, 0) },
	} {
		a := base
		change(&a)
		assert.False(t, seen[keys.Key(dev, a)])
		seen[keys.Key(dev, a)] = true
	}
	dev.Assignments = []rbac.Assignment{base}
	_, found := keys.Find(dev, keys.Key(dev, base))
	assert.True(t, found)
	_, found = keys.Find(dev, "")
	assert.False(t, found)
}

// A key tells nothing of a hidden assignment: not to a viewer who guesses it, and not by another
// member who holds the same.
func TestAssignmentKeysTellNothingOfTheAssignment(t *testing.T) {
	held := rbac.Assignment{Role: "r", MiniPrograms: []string{"a"}}
	keys := NewAssignmentKeys(nil)
	dev, eve := rbac.Member{ID: "dev", Workspace: shop}, rbac.Member{ID: "eve", Workspace: shop}
	assert.NotEqual(t, keys.Key(dev, held), NewAssignmentKeys(nil).Key(dev, held))
	assert.NotEqual(t, keys.Key(dev, held), keys.Key(eve, held))
}
