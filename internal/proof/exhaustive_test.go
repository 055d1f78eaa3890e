package proof

import (
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// TestDefaultPolicyIsTheMatrix asks every question that the default policy can be asked, through every door, and
// compares the answers with the reference.
func TestDefaultPolicyIsTheMatrix(t *testing.T) {
	t.Parallel()
	ref, now := matrix(t), time.Now()
	actions := append(vocabularyOf(ref).actions, "miniprogram.relase")
	var seen tally
	compared := 0
	for _, m := range everyMember() {
		e := entryPointsNow(now, rbac.Default(), m)
		e.cans = append(e.cans, canFunc{"the package's Can", func(a rbac.Action, r rbac.Resource) bool { return rbac.Can(m, a, r) }})
		for _, r := range everyResource(m.ID) {
			for _, a := range actions {
				want := ref.allows(now, m, a, r)
				compared += e.compare(t, want, a, r)
				seen.count(want)
			}
			if t.Failed() {
				return
			}
		}
	}
	t.Logf("%d decisions compared: %d questions, each through every door", compared, seen.yes+seen.no)
	seen.requireBoth(t, 3_000)
	require.GreaterOrEqual(t, compared, 1_000_000, "decisions compared")
}

func everyMember() []rbac.Member {
	var all []rbac.Member
	for _, place := range []rbac.Workspace{theWallet, theShop} {
		for _, status := range statuses {
			all = append(all, everyHolder(place, status)...)
		}
	}
	for _, place := range append([]rbac.Workspace{namesakeOfWallet, namesakeOfShop}, contradictory...) {
		all = append(all, everyHolder(place, rbac.StatusActive)...)
	}
	for _, place := range []rbac.Workspace{theWallet, theShop} {
		for _, m := range everyHolder(place, rbac.StatusActive) {
			m.ID = ""
			all = append(all, m)
		}
	}
	return all
}

// everyHolder holds each role, an unknown one or none, and is assigned mp-1 or another program.
func everyHolder(place rbac.Workspace, status rbac.Status) []rbac.Member {
	roles := []rbac.RoleID{"nobody"}
	for name := range roleColumns {
		roles = append(roles, rbac.RoleID(name))
	}
	all := []rbac.Member{{ID: "ann", Workspace: place, Status: status}}
	for _, role := range roles {
		for _, program := range []string{"mp-1", "mp-2"} {
			as := rbac.Assignment{Role: role, MiniPrograms: []string{program}}
			all = append(all, rbac.Member{ID: "ann", Workspace: place, Status: status, Assignments: []rbac.Assignment{as}})
		}
	}
	return all
}

// everyResource is at every position that a resource can have to the members, mp-1 or a thing of the workspace, and
// belongs to the member, to another one, or to nobody that is known.
func everyResource(memberID string) []rbac.Resource {
	positions := []rbac.Workspace{
		theWallet,
		theShop,
		walletCafe,
		namesakeOfWallet,
		namesakeOfShop,
		{Kind: rbac.KindTenant, ID: "bank", Tenant: "bank"},
		{Kind: rbac.KindDeveloper, ID: "shop", Tenant: "bank"},
		{Kind: rbac.KindDeveloper, ID: "wallet", Tenant: "bank"},
		{Kind: rbac.KindDeveloper, ID: "shop", Tenant: "shop"},
	}
	var all []rbac.Resource
	for _, place := range append(positions, contradictory...) {
		for _, program := range []string{"", "mp-1"} {
			for _, owner := range []string{"", memberID, "bob"} {
				all = append(all, rbac.Resource{Workspace: place, MiniProgram: program, Owner: owner})
			}
		}
	}
	return all
}
