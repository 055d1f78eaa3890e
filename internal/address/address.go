// Package address writes a workspace, a resource or a member as one word of a command
// line:
//
//	wallet                   the tenant workspace
//	wallet/shop              a merchant's developer workspace
//	wallet/shop#mp-42        a mini program
//	wallet/shop#mp-42@dana   a resource of which dana is the owner
//	dana@wallet/shop         the member dana of the workspace
//
// A resource is written as JSON if it cannot be written like this: an ID has one of the signs
// / # @, begins with a brace or does not read well.
package address

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/suggest"
)

const signs = "/#@"

// ParseResource reads a resource in either form.
func ParseResource(text string) (rbac.Resource, error) {
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return parseJSON(text)
	}
	rest, owner, owned := strings.Cut(text, "@")
	place, miniProgram, named := strings.Cut(rest, "#")
	if strings.ContainsAny(owner, signs) || strings.ContainsAny(miniProgram, signs) ||
		owned && owner == "" || named && miniProgram == "" {
		return rbac.Resource{}, malformed(text)
	}
	workspace, ok := parseWorkspace(place)
	if !ok {
		return rbac.Resource{}, malformed(text)
	}
	return workspace.MiniProgram(miniProgram).OwnedBy(owner), nil
}

func parseJSON(text string) (resource rbac.Resource, err error) {
	if !json.Valid([]byte(text)) {
		return resource, fmt.Errorf("the resource %s is not JSON; write it as wallet/shop#mp-42@owner", suggest.Quote(text))
	}
	if err := resource.UnmarshalJSON([]byte(text)); err != nil {
		return resource, fmt.Errorf("the resource: %s", strings.TrimPrefix(err.Error(), "rbac: "))
	}
	return resource, nil
}

func malformed(text string) error {
	return fmt.Errorf("%s is no resource; write tenant[/merchant][#mini program][@owner], or JSON if an ID has / # or @",
		suggest.Quote(text))
}

func parseWorkspace(text string) (rbac.Workspace, bool) {
	tenant, merchant, ofMerchant := strings.Cut(text, "/")
	if tenant == "" || strings.ContainsAny(merchant, signs) || ofMerchant && merchant == "" {
		return rbac.Workspace{}, false
	}
	if ofMerchant {
		return rbac.Tenant(tenant).Developer(merchant), true
	}
	return rbac.Tenant(tenant), true
}

// Workspace writes a workspace. IDs that do not read well are quoted.
func Workspace(w rbac.Workspace) string {
	if w.Kind == rbac.KindDeveloper {
		return ID(w.Tenant) + "/" + ID(w.ID)
	}
	return ID(w.ID)
}

// Resource writes a resource so that ParseResource reads the same one.
func Resource(r rbac.Resource) string {
	text := word(r)
	if read, err := ParseResource(text); err == nil && read == r && readsWell(r) {
		return text
	}
	document, err := json.Marshal(r)
	if err != nil {
		return "an invalid resource"
	}
	return string(document)
}

func word(r rbac.Resource) string {
	text := Workspace(r.Workspace)
	if r.MiniProgram != "" {
		text += "#" + r.MiniProgram
	}
	if r.Owner != "" {
		text += "@" + r.Owner
	}
	return text
}

func readsWell(r rbac.Resource) bool {
	for _, id := range []string{r.Workspace.ID, r.Workspace.Tenant, r.MiniProgram, r.Owner} {
		if ID(id) != id {
			return false
		}
	}
	return true
}

// Member writes who a member is.
func Member(m rbac.Member) string { return ID(m.ID) + "@" + Workspace(m.Workspace) }

// Names reports whether a text names the member: by the ID alone, or with the workspace.
func Names(text string, m *rbac.Member) bool {
	rest, found := strings.CutPrefix(text, m.ID)
	if !found {
		return false
	}
	place, found := strings.CutPrefix(rest, "@")
	if !found {
		return rest == ""
	}
	if m.Workspace.Kind == rbac.KindDeveloper {
		place, found = strings.CutPrefix(place, m.Workspace.Tenant+"/")
	}
	return found && place == m.Workspace.ID
}

// ID writes an ID as it is if it reads well on one line, and quoted otherwise.
func ID(id string) string {
	if isPlain(id) { // nearly all are, and to quote takes longer
		return id
	}
	if quoted := strconv.Quote(id); id != "" && quoted != `"`+id+`"` || strings.ContainsAny(id, " |") {
		return quoted
	}
	return id
}

// isPlain reports whether an ID consists of letters, digits and hyphens alone.
func isPlain(id string) bool {
	for _, c := range []byte(id) {
		if (c < 'a' || 'z' < c) && (c < 'A' || 'Z' < c) && (c < '0' || '9' < c) && c != '-' {
			return false
		}
	}
	return true
}

// OneLine writes a text for people as it is if it fits on one line, and quoted otherwise.
func OneLine(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}
