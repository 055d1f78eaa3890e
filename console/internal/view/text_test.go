package view

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")
)

func TestIDIsShortAndReadsWell(t *testing.T) {
	for id, want := range map[string]string{
		"alice":                       "alice",
		"a b":                         `"a b"`,
		"a\nb":                        `"a\nb"`,
		"a\u202eb":                    `"a\u202eb"`,
		"אבג":                         "אבג",
		strings.Repeat("x", 64):       strings.Repeat("x", 64),
		strings.Repeat("x", 65):       strings.Repeat("x", 64) + "… (65 bytes)",
		strings.Repeat("ä", 40):       strings.Repeat("ä", 32) + "… (80 bytes)",
		"x" + strings.Repeat("ä", 40): "x" + strings.Repeat("ä", 31) + "… (81 bytes)",
	} {
		assert.Equal(t, want, ID(id))
		assert.True(t, utf8.ValidString(ID(id)))
	}
}

func TestEncodeIDKeepsEveryByte(t *testing.T) {
	for _, id := range []string{"alice", "", "a/b", "a%2fb", "a b", "a\r\n\xff\x00b", "ü", "..", "a+b"} {
		encoded := EncodeID(id)
		assert.NotRegexp(t, `[^!-~]`, encoded, "only visible ASCII")
		back, ok := DecodeID(encoded)
		assert.True(t, ok)
		assert.Equal(t, id, back)
	}
	_, ok := DecodeID("%zz")
	assert.False(t, ok)
}

func TestLinkIsRelative(t *testing.T) {
	assert.Equal(t, "roles?group=a%26b&kind=developer&workspace=a%252Fb",
		string(Link("roles", wallet.Developer("a/b"), "group", "a&b")))
	assert.Equal(t, "member?id=..&kind=tenant&workspace=wallet", string(MemberLink(wallet, "..")))
}

// HTML allows milliseconds in a field for date and time, and a browser empties the field if it
// has more.
func TestFieldTimeRoundTripsToTheSecond(t *testing.T) {
	for _, at := range []time.Time{
		{}, time.Date(2027, 1, 31, 18, 0, 0, 0, time.UTC), time.Date(2027, 1, 31, 18, 0, 1, 0, time.UTC),
		time.Date(2027, 1, 31, 18, 0, 0, 123456000, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 1, time.UTC),
		time.Date(2027, 1, 31, 18, 0, 0, 0, time.FixedZone("", 3600)),
	} {
		assert.Regexp(t, `^(\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?)?$`, FieldTime(at))
		back, err := ParseFieldTime(FieldTime(at))
		require.NoError(t, err)
		assert.True(t, at.Truncate(time.Second).Equal(back), at)
	}
	at, err := ParseFieldTime("2027-01-31T18:00:00.123")
	require.NoError(t, err)
	assert.Equal(t, time.Date(2027, 1, 31, 18, 0, 0, 123e6, time.UTC), at)
	for _, text := range []string{"tomorrow", "2027-02-30T00:00", "2027-01-31", "2027-01-31T18:00Z", " "} {
		_, err := ParseFieldTime(text)
		assert.Error(t, err, text)
	}
}

func TestIsTyped(t *testing.T) {
	for id, want := range map[string]bool{
		"alice": true, "alice smith": true, "אבג": true, strings.Repeat("x", 255): true,
		"": false, " alice": false, "alice\u00a0": false, "a\u200bb": false, "a\u202eb": false,
		"sam\u3164": false, "sam\u115f": false, "s\u034fam": false, "sam\ufe0f": false, "sam\U000e0100": false,
		"a\tb": false, "a\xffb": false, strings.Repeat("x", 256): false,
	} {
		assert.Equal(t, want, IsTyped(id), "%q", id)
	}
}

func TestTextIsShort(t *testing.T) {
	text := Text(strings.Repeat("ä", 1000))
	assert.Less(t, len(text), 510)
	assert.True(t, utf8.ValidString(text))
	assert.Equal(t, `"a\nb"`, Text("a\nb"))
}

func TestNamesFallBackOnIDs(t *testing.T) {
	assert.Equal(t, "Release mini programs", ActionName(rbac.Default(), rbac.ReleaseMiniProgram))
	assert.Equal(t, "a.b", ActionName(rbac.Default(), "a.b"))
	assert.Equal(t, "Developer Admin", roleName(rbac.Default(), rbac.DeveloperAdmin))
	assert.Equal(t, "gone", roleName(rbac.Default(), "gone"))
}
