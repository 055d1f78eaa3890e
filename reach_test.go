package rbac_test

import (
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
)

// longestID is several times as long as what a comparison takes in at once.
const longestID = 41

// idOf is an ID of that length without two equal words in it.
func idOf(length int) string {
	return strings.Repeat("abcdefghijklmnopqrstuvwxyz", 2)[:length]
}

// nearly are the IDs that differ from one in a byte: another, one less, one more.
func nearly(id string) []string {
	others := []string{id + "\x00", "\x00" + id, id + id}
	for at := range len(id) {
		others = append(others, id[:at]+"\x00"+id[at+1:], id[:at]+"\xff"+id[at+1:], id[:at]+id[at+1:])
	}
	return others
}

func TestAnAdminReachesTheOwnWorkspaceAndNoneOfNearlyItsIDs(t *testing.T) {
	t.Parallel()
	for length := 1; length <= longestID; length++ {
		id := idOf(length)
		for _, home := range []rbac.Workspace{rbac.Tenant(id), rbac.Tenant("wallet").Developer(id), rbac.Tenant(id).Developer("shop"), rbac.Tenant(id).Developer(id)} {
			admin := anyAdminOf(home)
			own := home
			own.ID, own.Tenant = strings.Clone(home.ID), strings.Clone(home.Tenant)
			assert.True(t, rbac.Can(admin, rbac.CreateMiniProgram, own.Resource()), "%+v reaches itself", home)
			for _, other := range nearly(id) {
				for _, place := range []rbac.Workspace{{home.Kind, other, home.Tenant}, {home.Kind, home.ID, other}, {home.Kind, other, other}} {
					if place != home {
						assert.False(t, rbac.Can(admin, rbac.CreateMiniProgram, place.Resource()), "%+v does not reach %+v", home, place)
					}
				}
			}
		}
	}
}

func TestAWorkspaceAdminReachesMerchantsOfTheTenantAndNoneOfNearlyItsID(t *testing.T) {
	t.Parallel()
	for length := 1; length <= longestID; length++ {
		id := idOf(length)
		wallet := rbac.Tenant(id)
		admin := anyAdminOf(wallet)
		for _, merchant := range append(nearly(id), id, "shop") {
			if merchant != "" {
				shop := rbac.Workspace{Kind: rbac.KindDeveloper, ID: merchant, Tenant: strings.Clone(id)}
				assert.True(t, rbac.Can(admin, rbac.ViewMiniProgram, shop.MiniProgram("mp-42")), "%+v reaches the merchant %+v", wallet, shop)
			}
		}
		for _, other := range nearly(id) {
			shop := rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop", Tenant: other}
			assert.False(t, rbac.Can(admin, rbac.ViewMiniProgram, shop.MiniProgram("mp-42")), "%+v does not reach %+v", wallet, shop)
		}
	}
}
