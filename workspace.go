package rbac

import (
	"github.com/miniprogram-platform/rbac/internal/enum"
	"github.com/miniprogram-platform/rbac/internal/words"
)

// WorkspaceKind says whose workspace it is: a native app's or a merchant's.
// The zero WorkspaceKind is invalid.
type WorkspaceKind uint8

const (
	// KindTenant is the workspace of a native app, such as a wallet.
	KindTenant WorkspaceKind = iota + 1
	// KindDeveloper is the workspace of a merchant; it belongs to one tenant.
	KindDeveloper
)

var kindNames = enum.Names{Of: "workspace kind", Words: []string{"", "tenant", "developer"}}

// String returns "tenant" or "developer", and a placeholder for any other kind.
func (k WorkspaceKind) String() string { return kindNames.String(uint8(k)) }

// MarshalText writes what String returns; an invalid kind is an error.
func (k WorkspaceKind) MarshalText() ([]byte, error) { return kindNames.Marshal(uint8(k)) }

// UnmarshalText reads what MarshalText writes, and refuses any other text.
func (k *WorkspaceKind) UnmarshalText(text []byte) error {
	value, err := kindNames.Unmarshal(string(text))
	if err == nil {
		*k = WorkspaceKind(value)
	}
	return err
}

// Workspace names a workspace. Its IDs are the host's own: opaque, compared
// byte by byte. A tenant and a merchant may have the same ID, and merchants of
// two tenants may; they are different workspaces all the same, because a
// Workspace is compared whole.
//
// The zero Workspace is invalid, and an invalid workspace relates to nothing:
// no member of it may do anything, and nothing in it is reached.
type Workspace struct {
	Kind   WorkspaceKind
	ID     string
	Tenant string // ID of the tenant workspace it belongs to; its own ID for a tenant workspace
}

// Tenant returns the tenant workspace with the given ID.
func Tenant(id string) Workspace { return Workspace{Kind: KindTenant, ID: id, Tenant: id} }

// Developer returns the workspace of a merchant of the tenant w. Of a workspace
// that is no tenant it returns the zero Workspace, which is invalid.
func (w Workspace) Developer(id string) Workspace {
	if w.Kind != KindTenant || !w.isValid() {
		return Workspace{}
	}
	return Workspace{Kind: KindDeveloper, ID: id, Tenant: w.ID}
}

// MiniProgram returns the mini program of that ID as a resource of the
// workspace. With an empty ID it is the workspace itself.
func (w Workspace) MiniProgram(id string) Resource { return Resource{Workspace: w, MiniProgram: id} }

// Resource returns the workspace itself as a resource: what settings, members
// and marketing belong to.
func (w Workspace) Resource() Resource { return Resource{Workspace: w} }

// Validate returns nil for a workspace whose fields agree, and otherwise a
// *ValidationError that names the field: an unknown kind, an empty ID, a tenant
// workspace that names another tenant, a developer workspace that names none.
func (w Workspace) Validate() error {
	switch {
	case w.Kind != KindTenant && w.Kind != KindDeveloper:
		return &ValidationError{"workspace.kind", w.Kind.String() + " is not a kind", "use Tenant(id) or tenant.Developer(id)"}
	case w.ID == "":
		return &ValidationError{"workspace.id", "the ID is empty", "give the host's ID of the workspace"}
	case w.Tenant == "":
		return &ValidationError{"workspace.tenant", "the tenant's ID is empty", "use Tenant(id) or tenant.Developer(id)"}
	case w.Kind == KindTenant && w.Tenant != w.ID:
		return &ValidationError{"workspace.tenant", "a tenant workspace belongs to itself", "use Tenant(id)"}
	}
	return nil
}

func (w *Workspace) isValid() bool {
	switch w.Kind {
	case KindTenant:
		return w.ID != "" && w.ID == w.Tenant
	case KindDeveloper:
		return w.ID != "" && w.Tenant != ""
	}
	return false
}

// reach returns the scopes that reach from a workspace to another place: all of
// them to itself, ScopeTenant to another workspace of its tenant, and none
// elsewhere. It takes the workspace for valid.
//
// It says what this says, in a good deal less time:
//
//	switch {
//	case place.Tenant != w.Tenant:
//		return 0
//	case place == w:
//		return allScopes
//	case w.Kind == KindTenant && place.Kind == KindDeveloper && place.ID != "":
//		return ScopeTenant
//	}
//	return 0
//
// To compare the two IDs is most of what a check costs once its names are
// found, and most of that is the call which the compiler makes of a comparison.
// So both are compared in place, by their ends and then from the front; that is
// too much for the compiler to inline, and stands here twice. What is asked of
// len(b) holds whenever it does of len(a), and spares the check of a bound.
func (w *Workspace) reach(place *Workspace) Scope {
	switch a, b := place.Tenant, w.Tenant; {
	case len(a) != len(b):
		return 0
	case len(a) >= 8:
		if words.Last8(a) != words.Last8(b) {
			return 0
		}
		for ; len(a) > 8 && len(b) > 8; a, b = a[8:], b[8:] {
			if words.First8(a) != words.First8(b) {
				return 0
			}
		}
	case len(a) >= 4:
		if words.First4(a) != words.First4(b) || words.Last4(a) != words.Last4(b) {
			return 0
		}
	case words.Few(a) != words.Few(b):
		return 0
	}
	if place.Kind != w.Kind {
		if w.Kind == KindTenant && place.Kind == KindDeveloper && place.ID != "" {
			return ScopeTenant
		}
		return 0
	}
	switch a, b := place.ID, w.ID; {
	case len(a) != len(b):
		return 0
	case len(a) >= 8:
		if words.Last8(a) != words.Last8(b) {
			return 0
		}
		for ; len(a) > 8 && len(b) > 8; a, b = a[8:], b[8:] {
			if words.First8(a) != words.First8(b) {
				return 0
			}
		}
	case len(a) >= 4:
		if words.First4(a) != words.First4(b) || words.Last4(a) != words.Last4(b) {
			return 0
		}
	case words.Few(a) != words.Few(b):
		return 0
	}
	return allScopes
}

// Resource is what an action is done to. The host builds it from the row that
// it loaded, never from what a request claims.
type Resource struct {
	Workspace   Workspace // the workspace that owns it
	MiniProgram string    // the mini program it is, or belongs to; empty for workspace-level things
	Owner       string    // ID of the member whose own it is: who submitted the request, whose account; may be empty
}

// OwnedBy returns the resource with the given member as its owner.
func (r Resource) OwnedBy(memberID string) Resource {
	r.Owner = memberID
	return r
}

// target is the one flag that says what kind of thing the resource is. That of
// a workspace has the value of its kind.
func (r *Resource) target() Target {
	if r.MiniProgram != "" {
		return OnMiniProgram
	}
	return Target(r.Workspace.Kind)
}
