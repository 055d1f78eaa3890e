package address_test

import (
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/address"
	"github.com/stretchr/testify/assert"
)

var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")
)

func TestParseResource(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]rbac.Resource{
		"wallet":                 wallet.Resource(),
		"wallet/shop":            shop.Resource(),
		"wallet#top-up":          wallet.MiniProgram("top-up"),
		"wallet/shop#mp-42":      shop.MiniProgram("mp-42"),
		"wallet/shop#mp-42@dana": shop.MiniProgram("mp-42").OwnedBy("dana"),
		"wallet@dana":            wallet.Resource().OwnedBy("dana"),
		"wallet/wallet":          wallet.Developer("wallet").Resource(),
		"a b/ö#世":                rbac.Tenant("a b").Developer("ö").MiniProgram("世"),
		`{"workspace": {"kind": "tenant", "id": "a/b", "tenant": "a/b"}, "owner": "x@y"}`: rbac.Tenant("a/b").
			Resource().OwnedBy("x@y"),
		`{"workspace": {"kind": "tenant", "id": "{x", "tenant": "{x"}}`: rbac.Tenant("{x").Resource(),
		`{"workspace": {"kind": "tenant", "id": " {", "tenant": " {"}}`: rbac.Tenant(" {").Resource(),
	} {
		got, err := address.ParseResource(text)
		assert.NoError(t, err, text)
		assert.Equal(t, want, got, text)
		again, err := address.ParseResource(address.Resource(want))
		assert.NoError(t, err, address.Resource(want))
		assert.Equal(t, want, again, "what Resource writes is read again")
	}
}

func TestParseResourceRefusesWhatIsMalformed(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "/", "/shop", "wallet/", "wallet/shop/tea", "wallet#", "wallet/shop#", "wallet@", "#mp-42", "@dana",
		"wallet#a#b", "wallet@a@b", "wallet@dana#mp-42", "wallet@dana/shop", "wallet#mp/1", "{", `{"workspace": 1}`,
		`{"workspace": {"kind": "tenant", "id": "a", "tenant": "b"}}`, `{"workspace": null}`,
		`{"workspace": {"kind": "tenant", "id": "a", "tenant": "a"}} {}`,
	} {
		got, err := address.ParseResource(text)
		assert.Error(t, err, text)
		assert.Zero(t, got, text)
	}
}

func TestResourceSaysWhatIsInvalid(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]rbac.Resource{
		"nothing": {}, "no kind": {Workspace: rbac.Workspace{ID: "wallet"}}, "no workspace": {MiniProgram: "mp-42"},
	} {
		assert.Equal(t, "an invalid resource", address.Resource(r), name)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	member := func(id string, w rbac.Workspace) *rbac.Member { return &rbac.Member{ID: id, Workspace: w} }
	for _, row := range []struct {
		text   string
		member *rbac.Member
		want   bool
	}{
		{"dana", member("dana", shop), true},
		{"dana@wallet/shop", member("dana", shop), true},
		{"dana@wallet", member("dana", wallet), true},
		{"dana@wallet", member("dana", shop), false},
		{"dana@wallet/shop", member("dana", wallet), false},
		{"dana@shop", member("dana", shop), false},
		{"dan", member("dana", shop), false},
		{"dana@", member("dana", shop), false},
		{"danawallet", member("dana", wallet), false},
		{"a@b@wallet/shop", member("a@b", shop), true},
		{"a@b", member("a", rbac.Tenant("b")), true},
		{"", member("dana", shop), false},
	} {
		assert.Equal(t, row.want, address.Names(row.text, row.member), "%s names %s", row.text, address.Member(*row.member))
	}
}

func TestTextsOfStrangersStayOnOneLine(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `"a\nb"`, address.ID("a\nb"))
	assert.Equal(t, `"\u202ea"`, address.ID("\u202ea"))
	assert.Equal(t, `"a b"`, address.ID("a b"))
	assert.Equal(t, "mp-42", address.ID("mp-42"))
	assert.Equal(t, `"a\nb"@wallet/shop`, address.Member(rbac.Member{ID: "a\nb", Workspace: shop}))
	assert.Equal(t, "a name", address.OneLine("a name"))
	assert.Equal(t, `"a\nname"`, address.OneLine("a\nname"))
	assert.NotContains(t, address.Resource(shop.MiniProgram("a\nb")), "\n")
}
