package rbac

import (
	"fmt"
	"slices"
	"strings"
)

// How a role that nobody may give is found.
//
// Warnings takes all roles together that people of one workspace could hold: first the
// roles that may set roles, then those that the holders of these may give, and so on.
// A role that is given because it is covered adds nothing to what they cover. So it is
// enough to follow the roles that are administered, and into a merchant's workspace
// those that the tenant's people may give.
//
// Own roles of different workspaces never meet. So each workspace that owns roles has
// people of its own, and what they hold is kept as what they hold beyond the people of
// any workspace.

// Warning is something about a policy that is legal and surely not meant.
type Warning struct {
	Place   string // where: `roles["auditor"]`
	Problem string // what is surely not meant
	Hint    string // what to do
}

// String returns place, problem and hint as one sentence.
func (w Warning) String() string { return fmt.Sprintf("%s: %s; %s", w.Place, w.Problem, w.Hint) }

// Warnings returns what is legal and surely not meant: a role that nobody may give, take
// or block, however many roles they hold, an action that no role grants, and AtLeast of
// a role that nobody may give. The default policy has none. Of a nil or zero policy
// there are none.
func (p *Policy) Warnings() []Warning {
	if p.isZero() {
		return nil
	}
	all := p.administrations()
	var warnings []Warning
	granted := make([]bool, len(p.actions))
	p.eachRole(func(role *Role, compiled *compiledRole) bool {
		for position, scope := range compiled.grants {
			granted[position] = granted[position] || scope != 0
		}
		warnings = all.warn(warnings, role, compiled)
		return true
	})
	for position, action := range p.actions {
		if !granted[position] {
			warnings = append(warnings, Warning{placeOf("actions", action.name), "no role grants it", "grant it in a role"})
		}
	}
	return warnings
}

// administrators are what the people of one workspace could hold together: every role
// that may set roles, and every role that somebody may then give.
type administrators struct {
	policy       *Policy
	workspace    Workspace       // only its kind, of people of any workspace
	base         *administrators // who hold some of the same; nil if nobody
	covers       []Scope         // by the position of the action
	administered map[RoleID]bool // beyond the base
	pending      []RoleID        // administered, and not given because nobody here may set roles
}

// with returns the administrators who could also hold the given roles, which are those
// of the workspace. They are the same ones if they could do no more.
func (a *administrators) with(workspace Workspace, roles []RoleID, tenant *administrators) *administrators {
	b := &administrators{
		policy:       a.policy,
		workspace:    workspace,
		base:         a,
		covers:       slices.Clone(a.covers),
		administered: make(map[RoleID]bool),
		pending:      slices.Clone(a.pending),
	}
	for _, id := range roles {
		if a.policy.grantOf(id, SetMemberRole)&(ScopeWorkspace|ScopeTenant) != 0 {
			b.hold(id)
		}
	}
	for _, id := range roles {
		if tenant.canGive(id) || b.canGive(id) {
			b.hold(id)
		}
	}
	for len(b.pending) > 0 && b.may(SetMemberRole, workspace.Kind) {
		last := len(b.pending) - 1
		id := b.pending[last]
		b.pending = b.pending[:last]
		if a.policy.findRole(id).heldIn(&workspace) {
			b.hold(id)
		}
	}
	if len(b.administered) == 0 && slices.Equal(b.covers, a.covers) {
		return a
	}
	return b
}

// hold adds a role to what the administrators hold.
func (a *administrators) hold(id RoleID) {
	for position, granted := range a.policy.findRole(id).grants {
		a.covers[position] |= granted.covered()
	}
	for _, other := range a.policy.administered(id) {
		if !a.administers(other) {
			a.administered[other] = true
			a.pending = append(a.pending, other)
		}
	}
}

func (a *administrators) administers(id RoleID) bool {
	for ; a != nil; a = a.base {
		if a.administered[id] {
			return true
		}
	}
	return false
}

// grantOf returns the scopes that a role grants on an action.
func (p *Policy) grantOf(id RoleID, action Action) Scope {
	if compiled := p.actionIndex.Find(string(action)); compiled != nil {
		return p.findRole(id).grants[compiled.position]
	}
	return 0
}

// may reports whether the administrators may do an action on members of a workspace of
// the kind.
func (a *administrators) may(action Action, kind WorkspaceKind) bool {
	compiled := a.policy.actionIndex.Find(string(action))
	if compiled == nil || compiled.target&Target(kind) == 0 {
		return false
	}
	return covering(a.covers[compiled.position], a.workspace.Kind == kind)&ScopeWorkspace != 0
}

// lacks returns the scopes of an action that a role grants and the administrators do
// not cover.
func (a *administrators) lacks(role *compiledRole, position int) Scope {
	atHome := a.workspace.Kind == role.kind
	covered := covering(a.covers[position], atHome)
	if atHome {
		covered |= a.covers[position] & ScopeAssigned
	}
	return role.grants[position] &^ covered
}

// lacking returns all that a role grants and the administrators do not cover.
func (a *administrators) lacking(role *compiledRole) Permissions {
	lacking := make(Permissions)
	for position := range role.grants {
		if scope := a.lacks(role, position); scope != 0 {
			lacking[a.policy.actions[position].name] = scope
		}
	}
	return lacking
}

// coversRole reports whether the administrators cover all that a role grants.
func (a *administrators) coversRole(role *compiledRole) bool {
	for position := range role.grants {
		if a.lacks(role, position) != 0 {
			return false
		}
	}
	return true
}

// can reports whether the administrators may do an action that needs cover of the role.
// The power of the role to administer others is covered as the function says.
func (a *administrators) can(action Action, id RoleID, coversPower func(*administrators) bool) bool {
	role := a.policy.findRole(id)
	return a.may(action, role.kind) && (a.administers(id) || coversPower(a) && a.coversRole(role))
}

// canGive reports whether the administrators may give the role. Nobody gives power by
// covering it.
func (a *administrators) canGive(id RoleID) bool {
	return a.can(SetMemberRole, id, func(*administrators) bool { return !a.policy.hasPower(id) })
}

// administration is who may act in a workspace: the administrators of the tenant, and
// of a merchant of it.
type administration struct{ tenant, developer *administrators }

// can reports whether somebody may do an action that needs cover of the role.
func (a administration) can(action Action, role *Role, coversPower func(*administrators) bool) bool {
	return a.tenant.can(action, role.ID, coversPower) ||
		role.Kind == KindDeveloper && a.developer.can(action, role.ID, coversPower)
}

func (a administration) canGive(role *Role) bool {
	return a.tenant.canGive(role.ID) || role.Kind == KindDeveloper && a.developer.canGive(role.ID)
}

// at returns the administrators of the workspaces where the role is held.
func (a administration) at(role *Role) *administrators {
	if role.Kind == KindTenant {
		return a.tenant
	}
	return a.developer
}

// administrations are the administrations of all workspaces.
type administrations struct {
	policy *Policy
	owners map[Workspace]administration // of workspaces that own roles
	all    []administration             // each once; first that of workspaces that own none
}

func (p *Policy) administrations() *administrations {
	roles := p.rolesByOwner()
	common := p.commonAdministration(roles)
	r := &administrations{policy: p, owners: make(map[Workspace]administration), all: []administration{common}}
	notGiven := slices.DeleteFunc(roles[anyWorkspace(KindDeveloper)], func(id RoleID) bool {
		return common.tenant.canGive(id) || common.developer.canGive(id)
	})
	for owner, own := range roles {
		if owner.Kind == KindTenant && owner.ID != "" {
			r.addTenant(owner, own, notGiven)
		}
	}
	for owner, own := range roles {
		if owner.Kind == KindDeveloper && owner.ID != "" {
			r.addDeveloper(owner, own)
		}
	}
	return r
}

// anyWorkspace stands for all workspaces of a kind.
func anyWorkspace(kind WorkspaceKind) Workspace { return Workspace{Kind: kind} }

// rolesByOwner returns the own roles of each workspace. Everybody's are those of any.
func (p *Policy) rolesByOwner() map[Workspace][]RoleID {
	roles := make(map[Workspace][]RoleID)
	p.eachRole(func(role *Role, _ *compiledRole) bool {
		owner := role.Workspace
		owner.Kind = role.Kind
		roles[owner] = append(roles[owner], role.ID)
		return true
	})
	return roles
}

// commonAdministration returns the administration of workspaces without own roles.
func (p *Policy) commonAdministration(roles map[Workspace][]RoleID) administration {
	nobody := &administrators{policy: p, covers: make([]Scope, len(p.actions))}
	tenant := nobody.with(anyWorkspace(KindTenant), roles[anyWorkspace(KindTenant)], nobody)
	return administration{tenant, nobody.with(anyWorkspace(KindDeveloper), roles[anyWorkspace(KindDeveloper)], tenant)}
}

// addTenant adds the administration of a tenant with own roles. Its people may be able
// to give merchants some of the common roles that nobody else can give.
func (r *administrations) addTenant(owner Workspace, own, notGiven []RoleID) {
	base := r.all[0]
	tenant := base.tenant.with(owner, own, base.tenant)
	if tenant == base.tenant {
		return
	}
	r.owners[owner] = administration{tenant, base.developer.with(anyWorkspace(KindDeveloper), notGiven, tenant)}
	r.all = append(r.all, r.owners[owner])
}

// addDeveloper adds the administration of a merchant with own roles.
func (r *administrations) addDeveloper(owner Workspace, own []RoleID) {
	base := r.of(Tenant(owner.Tenant))
	developer := base.developer.with(owner, own, base.tenant)
	r.owners[owner] = administration{base.tenant, developer}
	if developer != base.developer {
		r.all = append(r.all, r.owners[owner])
	}
}

// of returns the administration of a workspace.
func (r *administrations) of(workspace Workspace) administration {
	if own, found := r.owners[workspace]; found {
		return own
	}
	return r.all[0]
}

// where returns the administrations of the workspaces where the role can be held.
func (r *administrations) where(role *Role) []administration {
	if role.Workspace == (Workspace{}) {
		return r.all
	}
	return []administration{r.of(role.Workspace)}
}

// warn adds a warning about a role that nobody may give, take or block.
func (r *administrations) warn(warnings []Warning, role *Role, compiled *compiledRole) []Warning {
	places := r.where(role)
	steps := r.impossible(role, places)
	if len(steps) == 0 {
		return warnings
	}
	problem := fmt.Sprintf("nobody may %s role %q", orList(steps), role.ID)
	if lacking := places[0].at(role).lacking(compiled); len(lacking) > 0 {
		problem += ": those who may set roles there lack " + lacking.list()
	}
	warnings = append(warnings, Warning{
		placeOf("roles", role.ID), problem, "let an admin role administer it, or extend the admin role",
	})
	if steps[0] == "give" && r.policy.least(role.ID) > 0 {
		warnings = append(warnings, Warning{
			placeOf("at_least", role.ID), fmt.Sprintf("nobody may give role %q", role.ID), "let an admin role administer it",
		})
	}
	return warnings
}

// impossible returns what nobody may do with the role at any of the places.
func (r *administrations) impossible(role *Role, places []administration) (steps []string) {
	administered := r.policy.administered(role.ID)
	coversPower := func(a *administrators) bool {
		return !slices.ContainsFunc(administered, func(id RoleID) bool { return !a.administers(id) })
	}
	can := func(action Action) func(administration) bool {
		return func(a administration) bool { return a.can(action, role, coversPower) }
	}
	if !slices.ContainsFunc(places, func(a administration) bool { return a.canGive(role) }) {
		steps = append(steps, "give")
	}
	if !slices.ContainsFunc(places, can(SetMemberRole)) {
		steps = append(steps, "take")
	}
	if !slices.ContainsFunc(places, can(BlockMember)) {
		steps = append(steps, "block")
	}
	return steps
}

// orList joins words as in "give, take or block".
func orList(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
