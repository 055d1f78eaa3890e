package rbac_test

import (
	"fmt"
	"slices"
	"testing"

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
