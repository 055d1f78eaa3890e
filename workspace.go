package rbac

import (
	"database/sql/driver"

	"github.com/miniprogram-platform/rbac/internal/enum"
	"github.com/miniprogram-platform/rbac/internal/names"
)

// WorkspaceKind says whether a workspace is a native app's or a merchant's. The
// zero WorkspaceKind is invalid.
type WorkspaceKind uint8

const (
	// KindTenant is the workspace of a native app, such as a wallet.
	KindTenant WorkspaceKind = iota + 1
	// KindDeveloper is the workspace of a merchant; it belongs to one tenant.
	KindDeveloper
)

var kindNames = enum.Names{Of: "workspace kind", Words: []string{"", "tenant", "developer"}}

// String returns "tenant" or "developer". For any other kind it returns a
// placeholder such as "workspace kind(9)".
func (k WorkspaceKind) String() string { return kindNames.String(uint8(k)) }

// MarshalText returns the text of String. An invalid kind is an error.
func (k WorkspaceKind) MarshalText() ([]byte, error) { return kindNames.Marshal(uint8(k)) }

// Value returns the text of String, for a column of a database. An invalid kind is an
// error.
func (k WorkspaceKind) Value() (driver.Value, error) { return enum.Value(kindNames, uint8(k)) }

// Scan reads the text of Value from a column. Anything else is an error, such as a number
// or NULL.
func (k *WorkspaceKind) Scan(column any) error { return enum.Scan(kindNames, column, k) }

// GormDataType makes GORM create a column of text.
func (WorkspaceKind) GormDataType() string { return "text" }

// UnmarshalText reads the text of MarshalText. Any other text is an error.
func (k *WorkspaceKind) UnmarshalText(text []byte) error { return enum.Read(kindNames, text, k) }

// Workspace names a workspace. Its IDs are the host's own. They are opaque and
// compared byte by byte. A Workspace is compared whole: a tenant and a merchant
// with the same ID are different workspaces, and so are merchants of two tenants.
//
// The zero Workspace is invalid. An invalid workspace relates to nothing: its
// members may do nothing, and nobody reaches what is in it.
type Workspace struct {
	Kind   WorkspaceKind `json:"kind"`
	ID     string        `json:"id"`
	Tenant string        `json:"tenant"` // ID of the tenant workspace it belongs to; its own ID for a tenant workspace
}

// Tenant returns the tenant workspace with the given ID.
func Tenant(id string) Workspace { return Workspace{Kind: KindTenant, ID: id, Tenant: id} }

// Developer returns the workspace of a merchant of the tenant w. If w is not a
// valid tenant workspace, it returns the zero Workspace, which is invalid.
func (w Workspace) Developer(id string) Workspace {
	if w.Kind != KindTenant || !w.isValid() {
		return Workspace{}
	}
	return Workspace{Kind: KindDeveloper, ID: id, Tenant: w.ID}
}

// MiniProgram returns the mini program with the given ID as a resource of the
// workspace. With an empty ID it returns the workspace itself, as Resource does.
func (w Workspace) MiniProgram(id string) Resource { return Resource{Workspace: w, MiniProgram: id} }

// Resource returns the workspace itself as a resource. Settings, members and
// marketing belong to it.
func (w Workspace) Resource() Resource { return Resource{Workspace: w} }

// Validate returns nil if the fields of the workspace agree. Otherwise it returns
// a *ValidationError that names the field: an unknown kind, an empty ID, a tenant
// workspace that names another tenant, or a developer workspace that names none.
func (w Workspace) Validate() error {
	switch {
	case w.Kind != KindTenant && w.Kind != KindDeveloper:
		problem := w.Kind.String() + " is not a kind"
		return newProblem("workspace.kind", problem, "use Tenant(id) or tenant.Developer(id)")
	case w.ID == "":
		return newProblem("workspace.id", "the ID is empty", "give the host's ID of the workspace")
	case w.Tenant == "":
		return newProblem("workspace.tenant", "the tenant's ID is empty", "use Tenant(id) or tenant.Developer(id)")
	case w.Kind == KindTenant && w.Tenant != w.ID:
		return newProblem("workspace.tenant", "a tenant workspace belongs to itself", "use Tenant(id)")
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

// reach returns the scopes that reach from the workspace to another place: all
// of them to itself, ScopeTenant to another workspace of its tenant, and none
// elsewhere. It takes the workspace itself for valid.
func (w *Workspace) reach(place *Workspace) Scope {
	switch {
	case place.Kind == w.Kind:
		if names.Equal(place.ID, w.ID) && names.Equal(place.Tenant, w.Tenant) {
			return allScopes
		}
	case w.Kind == KindTenant && place.Kind == KindDeveloper && names.Equal(place.Tenant, w.Tenant) && place.ID != "":
		return ScopeTenant
	}
	return 0
}

// Resource is what an action is done to. The host builds it from the row that it
// loaded, and never from what a request claims.
type Resource struct {
	Workspace   Workspace `json:"workspace"`              // the workspace that owns it
	MiniProgram string    `json:"mini_program,omitempty"` // that it is or belongs to; empty for workspace-level things
	Owner       string    `json:"owner,omitempty"`        // ID of the member whose own it is; empty if unknown
}

// OwnedBy returns the resource with the given member as its owner.
func (r Resource) OwnedBy(memberID string) Resource {
	r.Owner = memberID
	return r
}

// target returns the one flag that says what kind of resource this is. The flag
// of a workspace has the same value as its kind.
func (r *Resource) target() Target {
	if r.MiniProgram != "" {
		return OnMiniProgram
	}
	return Target(r.Workspace.Kind)
}
