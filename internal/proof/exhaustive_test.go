package proof

import (
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// TestDefaultPolicyIsTheMatrix asks the default policy about every role, status, action and position of a resource,
// through every function, and compares the answers with the published table.
func TestDefaultPolicyIsTheMatrix(t *testing.T) {
	t.Parallel()
	ref, now := matrix(t), time.Now()
	actions := append(vocabularyOf(ref).actions, "miniprogram.relase")
	var seen tally
	reasons := map[rbac.Reason]int{}
	compared := 0
	for _, m := range everyMember() {
		e := entryPointsNow(now, rbac.Default(), m)
		packageCan := func(a rbac.Action, r rbac.Resource) bool { return rbac.Can(m, a, r) }
		e.cans = append(e.cans, canFunc{"the package's Can", packageCan})
		for _, r := range everyResource(m.ID) {
			for _, a := range actions {
				want := ref.decide(now, m, a, r)
				compared += e.compare(t, want, a, r)
				seen.count(want.Allowed)
				reasons[want.Reason]++
			}
			if t.Failed() {
				return
			}
		}
	}
	t.Logf("%d decisions compared: %d questions, each through every function", compared, seen.yes+seen.no)
	seen.requireBoth(t, 3_000)
	for reason := rbac.ReasonGranted; reason <= rbac.ReasonNotAssigned; reason++ {
		require.GreaterOrEqual(t, reasons[reason], 100, "questions with the answer %v", reason)
	}
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
			all = append(all, suspended(m))
			m.ID = ""
			all = append(all, m)
		}
	}
	return all
}

// everyHolder is a member without a role, and one for each role, known or not, on mp-1 and on another program.
func everyHolder(place rbac.Workspace, status rbac.Status) []rbac.Member {
	roles := []rbac.RoleID{"nobody"}
	for name := range roleColumns {
		roles = append(roles, rbac.RoleID(name))
	}
	all := []rbac.Member{inStatus(status, staff("ann", place))}
	for _, role := range roles {
		for _, program := range []string{"mp-1", "mp-2"} {
			all = append(all, inStatus(status, staff("ann", place, inRole(role, program))))
		}
	}
	return all
}

// everyResource is in every workspace that differs in its relation to the members. It is mp-1 or belongs to no mini
// program. Its owner is the member, somebody else or unknown.
func everyResource(memberID string) []rbac.Resource {
	places := []rbac.Workspace{
		theWallet, theShop, walletCafe, namesakeOfWallet, namesakeOfShop,
		theBank, banksShop, theBank.Developer("wallet"), namesakeOfShop.Developer("shop"),
	}
	var all []rbac.Resource
	for _, place := range append(places, contradictory...) {
		for _, program := range []string{"", "mp-1"} {
			for _, owner := range []string{"", memberID, "bob"} {
				all = append(all, place.MiniProgram(program).OwnedBy(owner))
			}
		}
	}
	return all
}
