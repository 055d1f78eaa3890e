package rbac_test

import (
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWorkspaceKindUnmarshalTextReadsWhatMarshalTextWrites(t *testing.T) {
	t.Parallel()
	for kind, name := range map[rbac.WorkspaceKind]string{rbac.KindTenant: "tenant", rbac.KindDeveloper: "developer"} {
		assert.Equal(t, name, kind.String())
		text, err := kind.MarshalText()
		assert.NoError(t, err, name)
		assert.Equal(t, name, string(text))
		var read rbac.WorkspaceKind
		assert.NoError(t, read.UnmarshalText(text), name)
		assert.Equal(t, kind, read, name)
	}
}

func TestWorkspaceKindMarshalTextRefusesAnInvalidKind(t *testing.T) {
	t.Parallel()
	for kind, placeholder := range map[rbac.WorkspaceKind]string{0: "workspace kind(0)", 3: "workspace kind(3)",
		255: "workspace kind(255)"} {
		assert.Equal(t, placeholder, kind.String())
		text, err := kind.MarshalText()
		assert.Error(t, err, placeholder)
		assert.Nil(t, text, placeholder)
	}
	_, err := rbac.WorkspaceKind(3).MarshalText()
	assert.EqualError(t, err, "rbac: workspace kind 3 has no name; use one of tenant, developer")
}

func TestWorkspaceKindUnmarshalTextRefusesOtherWords(t *testing.T) {
	t.Parallel()
	for word, problem := range map[string]string{
		"":          `rbac: unknown workspace kind ""; use one of tenant, developer`,
		"Tenant":    `rbac: unknown workspace kind "Tenant"; did you mean "tenant"?`,
		"tenant ":   `rbac: unknown workspace kind "tenant "; did you mean "tenant"?`,
		"develpoer": `rbac: unknown workspace kind "develpoer"; did you mean "developer"?`,
		"merchant":  `rbac: unknown workspace kind "merchant"; use one of tenant, developer`,
	} {
		kind := rbac.KindDeveloper
		assert.EqualError(t, kind.UnmarshalText([]byte(word)), problem)
		assert.Equal(t, rbac.KindDeveloper, kind, "%q leaves the kind as it was", word)
	}
}

func TestTenantBelongsToItself(t *testing.T) {
	t.Parallel()
	assert.Equal(t, rbac.Workspace{Kind: rbac.KindTenant, ID: "wallet", Tenant: "wallet"}, rbac.Tenant("wallet"))
}

func TestDeveloperBelongsToItsTenant(t *testing.T) {
	t.Parallel()
	assert.Equal(t, rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop", Tenant: "wallet"},
		rbac.Tenant("wallet").Developer("shop"))
	assert.Equal(t, rbac.Workspace{Kind: rbac.KindDeveloper, ID: "wallet", Tenant: "wallet"},
		rbac.Tenant("wallet").Developer("wallet"),
		"a merchant may be called as its tenant")
}

func TestDeveloperNeedsAValidTenant(t *testing.T) {
	t.Parallel()
	for sentence, w := range map[string]rbac.Workspace{
		"the zero workspace":              {},
		"a tenant without an ID":          rbac.Tenant(""),
		"a merchant":                      rbac.Tenant("wallet").Developer("shop"),
		"a merchant called as its tenant": rbac.Tenant("wallet").Developer("wallet"),
		"a tenant of another tenant":      {Kind: rbac.KindTenant, ID: "wallet", Tenant: "bank"},
		"a workspace of no known kind":    {Kind: 3, ID: "wallet", Tenant: "wallet"},
	} {
		assert.Equal(t, rbac.Workspace{}, w.Developer("cafe"), "the merchant of %s", sentence)
	}
}

func TestWorkspaceValidate(t *testing.T) {
	t.Parallel()
	for sentence, row := range map[string]struct {
		workspace rbac.Workspace
		problem   string
	}{
		"no workspace at all": {rbac.Workspace{},
			"rbac: workspace.kind: workspace kind(0) is not a kind; use Tenant(id) or tenant.Developer(id)"},
		"an unknown kind": {rbac.Workspace{Kind: 3, ID: "shop", Tenant: "wallet"},
			"rbac: workspace.kind: workspace kind(3) is not a kind; use Tenant(id) or tenant.Developer(id)"},
		"a tenant without an ID": {rbac.Tenant(""),
			"rbac: workspace.id: the ID is empty; give the host's ID of the workspace"},
		"a merchant without an ID": {rbac.Tenant("wallet").Developer(""),
			"rbac: workspace.id: the ID is empty; give the host's ID of the workspace"},
		"a merchant without a tenant": {rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop"},
			"rbac: workspace.tenant: the tenant's ID is empty; use Tenant(id) or tenant.Developer(id)"},
		"a tenant without a tenant": {rbac.Workspace{Kind: rbac.KindTenant, ID: "wallet"},
			"rbac: workspace.tenant: the tenant's ID is empty; use Tenant(id) or tenant.Developer(id)"},
		"a tenant of another tenant": {rbac.Workspace{Kind: rbac.KindTenant, ID: "wallet", Tenant: "bank"},
			"rbac: workspace.tenant: a tenant workspace belongs to itself; use Tenant(id)"},
	} {
		err := row.workspace.Validate()
		assert.EqualError(t, err, row.problem, sentence)
		var problem *rbac.ValidationError
		assert.ErrorAs(t, err, &problem, sentence)
	}
	for _, w := range []rbac.Workspace{rbac.Tenant("wallet"), rbac.Tenant("wallet").Developer("shop"),
		rbac.Tenant("wallet").Developer("wallet")} {
		assert.NoError(t, w.Validate(), "%+v", w)
	}
}

// A workspace that Validate refuses relates to nothing, itself included; and any that it accepts is one in which an
// admin may act.
func TestWorkspaceValidateAcceptsWhereAnAdminCanAct(t *testing.T) {
	t.Parallel()
	valid := 0
	for _, kind := range []rbac.WorkspaceKind{0, rbac.KindTenant, rbac.KindDeveloper, 3, 4, 5, 255} {
		for _, id := range []string{"", "wallet", "shop"} {
			for _, tenant := range []string{"", "wallet", "shop"} {
				w := rbac.Workspace{Kind: kind, ID: id, Tenant: tenant}
				err := w.Validate()
				if err == nil {
					valid++
				}
				assert.Equal(t, err == nil, rbac.Can(anyAdminOf(w), rbac.ManageWorkspace, w.Resource()),
					"an admin of %+v", w)
			}
		}
	}
	require.Equal(t, 6, valid, "two tenants, and four merchants of theirs")
}

func anyAdminOf(w rbac.Workspace) rbac.Member {
	return rbac.Member{ID: "ann", Workspace: w, Status: rbac.StatusActive, Assignments: []rbac.Assignment{
		{Role: rbac.WorkspaceAdmin}, {Role: rbac.DeveloperAdmin},
	}}
}

func TestMiniProgramResourceAndOwnedBy(t *testing.T) {
	t.Parallel()
	shop := rbac.Tenant("wallet").Developer("shop")
	assert.Equal(t, rbac.Resource{Workspace: shop}, shop.Resource())
	assert.Equal(t, rbac.Resource{Workspace: shop, MiniProgram: "mp-42"}, shop.MiniProgram("mp-42"))
	assert.Equal(t, shop.Resource(), shop.MiniProgram(""), "a mini program without an ID is the workspace itself")

	request := shop.MiniProgram("mp-42")
	owned := request.OwnedBy("ann")
	assert.Equal(t, rbac.Resource{Workspace: shop, MiniProgram: "mp-42", Owner: "ann"}, owned)
	assert.Empty(t, request.Owner, "the resource that was asked stays as it was")
	assert.Equal(t, "bob", owned.OwnedBy("bob").Owner)
	assert.Equal(t, request, owned.OwnedBy(""), "the owner may be unknown again")
}

// Every field of a workspace tells it apart from another.
func TestCanComparesEveryFieldOfAWorkspace(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop")
	m := anyAdminOf(shop)
	require.True(t, rbac.Can(m, rbac.ManageWorkspace, shop.Resource()))
	for sentence, other := range map[string]rbac.Workspace{
		"another merchant":                      wallet.Developer("cafe"),
		"a merchant that is called longer":      wallet.Developer("shop1"),
		"a merchant that is called shorter":     wallet.Developer("sho"),
		"a merchant in capitals":                wallet.Developer("SHOP"),
		"the merchant of that ID elsewhere":     rbac.Tenant("bank").Developer("shop"),
		"the tenant":                            wallet,
		"a tenant that is called as a merchant": rbac.Tenant("shop"),
		"a tenant that is called as a merchant and belongs to another": {Kind: rbac.KindTenant, ID: "shop",
			Tenant: "wallet"},
	} {
		assert.False(t, rbac.Can(m, rbac.ManageWorkspace, other.Resource()), sentence)
	}
}

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

func TestCanReachesTheOwnWorkspaceAndNoneWithASimilarID(t *testing.T) {
	t.Parallel()
	for length := 1; length <= longestID; length++ {
		id := idOf(length)
		for _, home := range []rbac.Workspace{rbac.Tenant(id), rbac.Tenant("wallet").Developer(id),
			rbac.Tenant(id).Developer("shop"), rbac.Tenant(id).Developer(id)} {
			admin := anyAdminOf(home)
			own := home
			own.ID, own.Tenant = strings.Clone(home.ID), strings.Clone(home.Tenant)
			assert.True(t, rbac.Can(admin, rbac.CreateMiniProgram, own.Resource()), "%+v reaches itself", home)
			for _, other := range nearly(id) {
				for _, place := range []rbac.Workspace{{home.Kind, other, home.Tenant}, {home.Kind, home.ID, other},
					{home.Kind, other, other}} {
					if place != home {
						assert.False(t, rbac.Can(admin, rbac.CreateMiniProgram, place.Resource()),
							"%+v does not reach %+v", home, place)
					}
				}
			}
		}
	}
}

func TestCanReachesMerchantsOfTheTenantAndNoneOfASimilarTenant(t *testing.T) {
	t.Parallel()
	for length := 1; length <= longestID; length++ {
		id := idOf(length)
		wallet := rbac.Tenant(id)
		admin := anyAdminOf(wallet)
		for _, merchant := range append(nearly(id), id, "shop") {
			if merchant != "" {
				shop := rbac.Workspace{Kind: rbac.KindDeveloper, ID: merchant, Tenant: strings.Clone(id)}
				assert.True(t, rbac.Can(admin, rbac.ViewMiniProgram, shop.MiniProgram("mp-42")),
					"%+v reaches the merchant %+v", wallet, shop)
			}
		}
		for _, other := range nearly(id) {
			shop := rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop", Tenant: other}
			assert.False(t, rbac.Can(admin, rbac.ViewMiniProgram, shop.MiniProgram("mp-42")), "%+v does not reach %+v",
				wallet, shop)
		}
	}
}
