package browser

import (
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/demo"
	"github.com/miniprogram-platform/rbac/console/web"
	"github.com/stretchr/testify/assert"
)

// A browser shows milliseconds, and the database has more. What the form does not change must stay.
func TestChangeOfAnAssignmentKeepsItsBounds(t *testing.T) {
	c := startConsole(t)
	held := rbac.Assignment{
		Role: rbac.Developer, MiniPrograms: []string{"mp-43"},
		NotBefore: time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC),
		NotAfter:  time.Date(2126, 12, 26, 11, 24, 16, 822389000, time.UTC),
	}
	c.update(t, demo.Shop, func(state *web.WorkspaceState) {
		i := slices.IndexFunc(state.Members, func(m rbac.Member) bool { return m.ID == "eve" })
		state.Members[i].Assignments = []rbac.Assignment{held}
	})
	form := `form:has([name="step"][value="replace"])`

	b := c.openMember(t, "eve")
	b.tabTo(`a[href*="edit="]`)
	b.enter()
	b.tabTo(form + ` button`)
	b.enter()
	assert.Equal(t, []rbac.Assignment{held}, c.inShop(t, "eve").Assignments, "saved untouched")

	b.open("/member" + inShop + "&id=eve")
	b.tabTo(`a[href*="edit="]`)
	b.enter()
	b.tabTo(form + ` input[value="mp-42"]`)
	b.press(" ")
	b.tabTo(form + ` button`)
	b.enter()
	held.MiniPrograms = []string{"mp-43", "mp-42"}
	assert.Equal(t, []rbac.Assignment{held}, c.inShop(t, "eve").Assignments, "with one mini program more")
}
