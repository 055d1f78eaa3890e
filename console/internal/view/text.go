package view

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/address"
)

// longest is how many bytes of an ID a page shows.
const longest = 64

// ID returns an ID as a page shows it: quoted if it has hidden or special characters, and
// only its beginning if it is long.
func ID(id string) string {
	if len(id) <= longest {
		return address.ID(id)
	}
	cut := longest
	for cut > longest-utf8.UTFMax && !utf8.RuneStart(id[cut]) {
		cut--
	}
	return fmt.Sprintf("%s… (%d bytes)", address.ID(id[:cut]), len(id))
}

// WorkspaceName returns what a page calls a workspace.
func WorkspaceName(workspace rbac.Workspace) string {
	if workspace.Kind == rbac.KindTenant {
		return "the native app " + ID(workspace.ID)
	}
	return "the merchant " + ID(workspace.ID)
}

// EncodeID returns an ID as the console writes it into its own links and form fields. Browsers
// change line ends and invalid bytes in fields, and this form has neither.
func EncodeID(id string) string { return url.PathEscape(id) }

// DecodeID returns the ID of EncodeID.
func DecodeID(text string) (string, bool) {
	id, err := url.PathUnescape(text)
	return id, err == nil
}

// Link returns the relative address of a page of a workspace, with keys and values for its
// query.
func Link(page string, workspace rbac.Workspace, keysAndValues ...string) URL {
	query := url.Values{"kind": {workspace.Kind.String()}, "workspace": {EncodeID(workspace.ID)}}
	for i := 0; i+1 < len(keysAndValues); i += 2 {
		query.Set(keysAndValues[i], keysAndValues[i+1])
	}
	return URL(page + "?" + query.Encode())
}

// MemberLink returns the address of a member's page.
func MemberLink(workspace rbac.Workspace, id string, keysAndValues ...string) URL {
	return Link("member", workspace, append([]string{"id", EncodeID(id)}, keysAndValues...)...)
}

// Instant returns a time as a page shows it; nothing for the zero time.
func Instant(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2 January 2006, 15:04") + " UTC"
}

// fieldLayouts are the forms of a time in a field, as browsers write it. With the second one,
// time.Parse reads fractions of a second too.
var fieldLayouts = [...]string{"2006-01-02T15:04", "2006-01-02T15:04:05"}

// FieldTime returns a time as a field for date and time has it, to the second; nothing for the
// zero time. A browser empties a field that has more than milliseconds.
func FieldTime(at time.Time) string {
	at = at.UTC()
	switch {
	case at.IsZero():
		return ""
	case at.Second() != 0:
		return at.Format(fieldLayouts[1])
	}
	return at.Format(fieldLayouts[0])
}

// ParseFieldTime reads what a field for date and time sends. An empty text is the zero time. The
// first instant of year 1 is an error: it is the zero time, which would mean no bound.
func ParseFieldTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range fieldLayouts {
		if at, err := time.Parse(layout, text); err == nil && !at.IsZero() {
			return at, nil
		}
	}
	return time.Time{}, errors.New("write a time as 2027-01-31T18:00")
}

// longestAddress is how many bytes an ID in a URL has at most.
const longestAddress = 1024

// IsAddressable reports whether a page's URL can have this ID.
func IsAddressable(id string) bool { return len(id) <= longestAddress }

// ActionName returns what people call an action.
func ActionName(policy *rbac.Policy, action rbac.Action) string {
	if name := policy.Label(action).Name; name != string(action) {
		return address.OneLine(name)
	}
	return ID(string(action))
}

// longestName is how many characters of a name a page shows where it has many names.
// An action's is longer: the platform's own names have up to 64.
const (
	longestName       = 40
	longestActionName = 70
)

// shortName returns a name, or its beginning if it is long.
func shortName(name string, most int) string {
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return name
}

// Text returns a text of a store as a page shows it: on one line, and not too long.
func Text(text string) string {
	const most = 500
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return address.OneLine(text)
}

// roleName returns what people call a role: the beginning of its name, or else its ID.
func roleName(policy *rbac.Policy, id rbac.RoleID) string {
	return shortName(wholeRoleName(policy, id), longestName)
}

// wholeRoleName returns what people call a role: its name, or else its ID.
func wholeRoleName(policy *rbac.Policy, id rbac.RoleID) string {
	if role, found := policy.Role(id); found && role.Name != "" {
		return address.OneLine(role.Name)
	}
	return ID(string(id))
}

// longestTyped is how many bytes an ID has at most that is typed into a form: the index of a
// database has room for as many.
const longestTyped = 255

// IsTyped reports whether an ID can be typed into a form: it is not empty and not long, and
// has no control, invisible or invalid characters and no space at its ends.
func IsTyped(id string) bool {
	return id != "" && len(id) <= longestTyped && strings.TrimSpace(id) == id && utf8.ValidString(id) &&
		!strings.ContainsFunc(id, isInvisible)
}

// isInvisible reports whether a page shows nothing for the character, or none of its own: IsPrint
// leaves out control and format characters, and Unicode lists letters and marks that are
// ignored by default.
func isInvisible(r rune) bool {
	return !unicode.IsPrint(r) || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
