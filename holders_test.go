package rbac_test

import (
	"fmt"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
)

func TestWhoCanYieldsThoseWhoCan(t *testing.T) {
	can, cannot := staff("ann", theShop, inRole(rbac.DeveloperAdmin)), staff("bob", theShop)
	expired := staff("cy", theShop, until(ago, inRole(rbac.DeveloperAdmin)))
	again := staff("ann", theShop, inRole(rbac.Developer, "mp-1"))
	tests := []struct {
		name    string
		members []rbac.Member
		want    []rbac.Member
	}{
		{"of no members", nil, nil},
		{"none of them", []rbac.Member{cannot, {}}, nil},
		{"some of them, in their order", []rbac.Member{again, cannot, can}, []rbac.Member{again, can}},
		{"one of them, as often as it comes", []rbac.Member{can, can, cannot, can}, []rbac.Member{can, can, can}},
		{"none whose role has expired", []rbac.Member{expired}, nil},
	}
	mp1 := theShop.MiniProgram("mp-1")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := rbac.Default().WhoCan(rbac.ReleaseMiniProgram, mp1, slices.Values(test.members))
			assert.Equal(t, test.want, slices.Collect(got))
		})
	}
	assert.Empty(t, slices.Collect(rbac.Default().WhoCan(rbac.ReleaseMiniProgram, mp1, nil)), "of the nil sequence")
}

func TestWhoCanAsksForNoMoreMembersThanAreTaken(t *testing.T) {
	asked := 0
	members := func(yield func(rbac.Member) bool) {
		for {
			asked++
			if !yield(staff(fmt.Sprintf("m-%d", asked), theShop, inRole(rbac.DeveloperAdmin))) {
				return
			}
		}
	}
	for m := range rbac.Default().WhoCan(rbac.EditFeature, theShop.Resource(), members) {
		if m.ID == "m-3" {
			break
		}
	}
	assert.Equal(t, 3, asked, "members taken from an endless sequence, up to the third")
}

func TestWhoCanAtAsksAtThatTime(t *testing.T) {
	t.Parallel()
	admin := inRole(rbac.DeveloperAdmin)
	members := []rbac.Member{
		staff("always", theShop, admin), staff("before", theShop, until(noon, admin)),
		staff("after", theShop, from(noon, admin)), inSuspended(staff("never", theShop, admin)),
	}
	for now, want := range map[time.Time][]rbac.Member{
		noon.Add(-1): {members[0], members[1]},
		noon:         {members[0], members[2]},
	} {
		for _, place := range []rbac.Resource{theShop.Resource(), theShop.Resource().OwnedBy("always")} {
			got := rbac.Default().WhoCanAt(now, rbac.ManageWorkspace, place, slices.Values(members))
			assert.Equal(t, want, slices.Collect(got), "at %s", now)
			assert.Equal(t, want, slices.Collect(got), "at %s, read again", now)
		}
	}
	nobody := rbac.Default().WhoCanAt(noon, rbac.ManageWorkspace, theShop.Resource(), nil)
	assert.Empty(t, slices.Collect(nobody), "of the nil sequence")
}

// While a slow cursor is read, a role passes from one member to the other. One of them holds it, whoever is read first.
func TestWhoCanAsksAboutOneInstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, order := range [][]int{{0, 1}, {1, 0}} {
			handOver := time.Now().Add(90 * time.Minute) // between the first member and the second
			pair := []rbac.Member{
				staff("before", theShop, until(handOver, inRole(rbac.DeveloperAdmin))),
				staff("after", theShop, from(handOver, inRole(rbac.DeveloperAdmin))),
			}
			members := slowly([]rbac.Member{pair[order[0]], pair[order[1]]})
			holders := rbac.Default().WhoCan(rbac.ManageWorkspace, theShop.Resource(), members)
			assert.Equal(t, pair[:1], slices.Collect(holders), "while the role passes on, read in the order %v", order)
			assert.Equal(t, pair[1:], slices.Collect(holders), "after that, read in the order %v", order)
		}
	})
}

// slowly takes an hour for each member, by the clock of a synctest bubble.
func slowly(members []rbac.Member) iter.Seq[rbac.Member] {
	return func(yield func(rbac.Member) bool) {
		for _, member := range members {
			time.Sleep(time.Hour)
			if !yield(member) {
				return
			}
		}
	}
}

func TestWhoCanOfNoPolicy(t *testing.T) {
	t.Parallel()
	ann := slices.Values([]rbac.Member{staff("ann", theShop, inRole(rbac.DeveloperAdmin))})
	for name, policy := range map[string]*rbac.Policy{"nil": nil, "zero": {}} {
		members := slices.Collect(policy.WhoCan(rbac.EditFeature, theShop.Resource(), ann))
		assert.Empty(t, members, "WhoCan of the %s policy", name)
		members = slices.Collect(policy.WhoCanAt(noon, rbac.EditFeature, theShop.Resource(), ann))
		assert.Empty(t, members, "WhoCanAt of the %s policy", name)
	}
}
