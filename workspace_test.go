package rbac_test

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
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
	for kind, placeholder := range map[rbac.WorkspaceKind]string{
		0: "workspace kind(0)", 3: "workspace kind(3)", 255: "workspace kind(255)",
	} {
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
		assert.Equal(t, rbac.KindDeveloper, kind, "the kind after %q", word)
	}
}

// A column holds the word. A number there is another encoding, which may mean another kind.
func TestWorkspaceKindScanReadsWhatValueWrites(t *testing.T) {
	t.Parallel()
	for kind, name := range map[rbac.WorkspaceKind]string{rbac.KindTenant: "tenant", rbac.KindDeveloper: "developer"} {
		column, err := driver.Valuer(kind).Value()
		require.NoError(t, err, name)
		assert.Equal(t, name, column)
		for _, stored := range []any{column, []byte(name)} {
			var read rbac.WorkspaceKind
			require.NoError(t, sql.Scanner(&read).Scan(stored), name)
			assert.Equal(t, kind, read, "a column of %T", stored)
		}
	}
	for _, kind := range []rbac.WorkspaceKind{0, 3, 255} {
		column, err := kind.Value()
		assert.EqualError(t, err, fmt.Sprintf("rbac: workspace kind %d has no name; use one of tenant, developer", kind))
		assert.Nil(t, column)
	}
	assert.Equal(t, "text", rbac.KindTenant.GormDataType())
}

func TestWorkspaceKindScanRefusesWhatIsNoWord(t *testing.T) {
	t.Parallel()
	const store = "; store one of tenant, developer"
	for _, row := range []struct {
		column  any
		problem string
	}{
		{nil, "rbac: the column of a workspace kind is NULL" + store},
		{int64(1), "rbac: the column of a workspace kind holds int64 and no text" + store},
		{false, "rbac: the column of a workspace kind holds bool and no text" + store},
		{"1", `rbac: unknown workspace kind "1"; use one of tenant, developer`},
		{"", `rbac: unknown workspace kind ""; use one of tenant, developer`},
		{"Tenant", `rbac: unknown workspace kind "Tenant"; did you mean "tenant"?`},
		{[]byte("tenant "), `rbac: unknown workspace kind "tenant "; did you mean "tenant"?`},
	} {
		kind := rbac.KindDeveloper
		assert.EqualError(t, kind.Scan(row.column), row.problem)
		assert.Equal(t, rbac.KindDeveloper, kind, "the kind after %v", row.column)
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
		rbac.Tenant("wallet").Developer("wallet"), "a merchant may have the ID of its tenant")
}

func TestDeveloperNeedsAValidTenant(t *testing.T) {
	t.Parallel()
	for sentence, w := range map[string]rbac.Workspace{
		"the zero workspace":                 {},
		"a tenant without an ID":             rbac.Tenant(""),
		"a merchant":                         rbac.Tenant("wallet").Developer("shop"),
		"a merchant of the ID of its tenant": rbac.Tenant("wallet").Developer("wallet"),
		"a tenant of another tenant":         {Kind: rbac.KindTenant, ID: "wallet", Tenant: "bank"},
		"a workspace of an unknown kind":     {Kind: 3, ID: "wallet", Tenant: "wallet"},
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
		"the zero workspace": {rbac.Workspace{},
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
	wallet := rbac.Tenant("wallet")
	for _, w := range []rbac.Workspace{wallet, wallet.Developer("shop"), wallet.Developer("wallet")} {
		assert.NoError(t, w.Validate(), "%+v", w)
	}
}

// An admin may act in a workspace that Validate accepts, and not in one that it refuses.
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
				can := rbac.Can(anyAdminOf(w), rbac.ManageWorkspace, w.Resource())
				assert.Equal(t, err == nil, can, "an admin of %+v", w)
			}
		}
	}
	require.Equal(t, 6, valid, "two tenants, and two merchants of each")
}

// anyAdminOf has the admin role of each kind.
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
	assert.Empty(t, request.Owner, "the receiver of OwnedBy")
	assert.Equal(t, "bob", owned.OwnedBy("bob").Owner)
	assert.Equal(t, request, owned.OwnedBy(""), "without an owner again")
}

func TestCanComparesEveryFieldOfAWorkspace(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	shop := wallet.Developer("shop")
	m := anyAdminOf(shop)
	require.True(t, rbac.Can(m, rbac.ManageWorkspace, shop.Resource()))
	for sentence, other := range map[string]rbac.Workspace{
		"another merchant":                          wallet.Developer("cafe"),
		"a merchant of a longer ID":                 wallet.Developer("shop1"),
		"a merchant of a shorter ID":                wallet.Developer("sho"),
		"a merchant of the ID in capitals":          wallet.Developer("SHOP"),
		"another tenant's merchant of the same ID":  rbac.Tenant("bank").Developer("shop"),
		"the tenant":                                wallet,
		"a tenant of the same ID":                   rbac.Tenant("shop"),
		"a tenant of the same ID and of the wallet": {Kind: rbac.KindTenant, ID: "shop", Tenant: "wallet"},
	} {
		assert.False(t, rbac.Can(m, rbac.ManageWorkspace, other.Resource()), sentence)
	}
}

// longestID is longer than several machine words, because IDs may be compared word by word.
const longestID = 41

// idOf is an ID of that length. No two machine words of it are equal.
func idOf(length int) string {
	return strings.Repeat("abcdefghijklmnopqrstuvwxyz", 2)[:length]
}

// similarIDs differ from the ID by one byte that is changed, left out or added, or repeat the ID.
func similarIDs(id string) []string {
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
		tenant, merchant := rbac.Tenant(id), rbac.Tenant("wallet").Developer(id)
		for _, home := range []rbac.Workspace{tenant, merchant, tenant.Developer("shop"), tenant.Developer(id)} {
			assertReachesNoneLike(t, home, id)
		}
	}
}

func assertReachesNoneLike(t *testing.T, home rbac.Workspace, id string) {
	t.Helper()
	admin, own := anyAdminOf(home), home
	own.ID, own.Tenant = strings.Clone(home.ID), strings.Clone(home.Tenant)
	assert.True(t, rbac.Can(admin, rbac.CreateMiniProgram, own.Resource()), "%+v reaches itself", home)
	for _, other := range similarIDs(id) {
		for _, place := range []rbac.Workspace{
			{home.Kind, other, home.Tenant}, {home.Kind, home.ID, other}, {home.Kind, other, other},
		} {
			can := rbac.Can(admin, rbac.CreateMiniProgram, place.Resource())
			assert.Equal(t, place == home, can, "%+v reaches %+v", home, place)
		}
	}
}

func TestCanReachesMerchantsOfTheTenantAndNoneOfASimilarTenant(t *testing.T) {
	t.Parallel()
	for length := 1; length <= longestID; length++ {
		id := idOf(length)
		wallet := rbac.Tenant(id)
		admin := anyAdminOf(wallet)
		for _, merchant := range append(similarIDs(id), id, "shop") {
			if merchant != "" {
				shop := rbac.Workspace{Kind: rbac.KindDeveloper, ID: merchant, Tenant: strings.Clone(id)}
				can := rbac.Can(admin, rbac.ViewMiniProgram, shop.MiniProgram("mp-42"))
				assert.True(t, can, "%+v reaches the merchant %+v", wallet, shop)
			}
		}
		for _, other := range similarIDs(id) {
			shop := rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop", Tenant: other}
			can := rbac.Can(admin, rbac.ViewMiniProgram, shop.MiniProgram("mp-42"))
			assert.False(t, can, "%+v does not reach %+v", wallet, shop)
		}
	}
}
