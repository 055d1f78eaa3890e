package rbac

import (
	"fmt"
	"slices"
	"strings"
)

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
	r := p.reachOfAdministration()
	var warnings []Warning
	granted := make([]bool, len(p.actions))
	p.eachRole(func(role *Role, compiled *compiledRole) bool {
		for position, scope := range compiled.grants {
			granted[position] = granted[position] || scope != 0
		}
		warnings = r.warn(warnings, role, compiled)
		return true
	})
	for position, action := range p.actions {
		if !granted[position] {
			warnings = append(warnings, Warning{placeOf("actions", action.name), "no role grants it", "grant it in a role"})
		}
	}
	return warnings
}

// administrators are what people in workspaces of one kind could hold together: every
// role that may set roles, and every role that these may give.
type administrators struct {
	kind         WorkspaceKind
	covers       []Scope // by the position of the action
	administered map[RoleID]bool
	in           map[RoleID]bool
}

// administrations are the administrators of both kinds of workspace.
type administrations struct {
	policy *Policy
	both   [2]*administrators
}

// reachOfAdministration adds to the administrators what they may give, until there is
// nothing to add.
func (p *Policy) reachOfAdministration() *administrations {
	r := &administrations{policy: p}
	for i, kind := range []WorkspaceKind{KindTenant, KindDeveloper} {
		r.both[i] = &administrators{
			kind:         kind,
			covers:       make([]Scope, len(p.actions)),
			administered: make(map[RoleID]bool),
			in:           make(map[RoleID]bool),
		}
	}
	for more := true; more; {
		more = false
		p.eachRole(func(role *Role, compiled *compiledRole) bool {
			for _, a := range r.both {
				if role.Kind != a.kind || a.in[role.ID] {
					continue
				}
				seed := p.grantOf(compiled, SetMemberRole)&(ScopeWorkspace|ScopeTenant) != 0
				if seed || r.canGive(role, compiled) {
					a.join(p, role.ID, compiled)
					more = true
				}
			}
			return true
		})
	}
	return r
}

// join adds a role to what the administrators hold.
func (a *administrators) join(p *Policy, id RoleID, role *compiledRole) {
	a.in[id] = true
	for position, granted := range role.grants {
		a.covers[position] |= granted.covered()
	}
	for _, other := range p.administered(id) {
		a.administered[other] = true
	}
}

// grantOf returns the scopes that a role grants on an action.
func (p *Policy) grantOf(role *compiledRole, action Action) Scope {
	if compiled := p.actionIndex.Find(string(action)); compiled != nil {
		return role.grants[compiled.position]
	}
	return 0
}

// may reports whether the administrators may do an action on members of a workspace of
// the kind.
func (a *administrators) may(p *Policy, action Action, kind WorkspaceKind) bool {
	compiled := p.actionIndex.Find(string(action))
	if compiled == nil || compiled.target&Target(kind) == 0 {
		return false
	}
	return covering(a.covers[compiled.position], a.kind == kind)&ScopeWorkspace != 0
}

// lacking returns what the administrators do not cover of a role.
func (a *administrators) lacking(p *Policy, role *compiledRole) Permissions {
	lacking := make(Permissions)
	for position, granted := range role.grants {
		atHome := a.kind == role.kind
		covered := covering(a.covers[position], atHome)
		if atHome {
			covered |= a.covers[position] & ScopeAssigned
		}
		if rest := granted &^ covered; rest != 0 {
			lacking[p.actions[position].name] = rest
		}
	}
	return lacking
}

func (r *administrations) canGive(role *Role, compiled *compiledRole) bool {
	noPower := len(r.policy.administered(role.ID)) == 0
	return r.can(SetMemberRole, role, compiled, func(*administrators) bool { return noPower })
}

// can reports whether anybody may do an action that needs cover of the role. The power
// of the role to administer others is covered as the function says.
func (r *administrations) can(
	action Action, role *Role, compiled *compiledRole, coversPower func(*administrators) bool,
) bool {
	for _, a := range r.both {
		if a.kind == KindDeveloper && role.Kind == KindTenant || !a.may(r.policy, action, role.Kind) {
			continue
		}
		if a.administered[role.ID] || coversPower(a) && len(a.lacking(r.policy, compiled)) == 0 {
			return true
		}
	}
	return false
}

// warn adds a warning about a role that nobody may give, take or block.
func (r *administrations) warn(warnings []Warning, role *Role, compiled *compiledRole) []Warning {
	administersAll := func(a *administrators) bool {
		return !slices.ContainsFunc(r.policy.administered(role.ID), func(id RoleID) bool { return !a.administered[id] })
	}
	var steps []string
	if !r.canGive(role, compiled) {
		steps = append(steps, "give")
	}
	if !r.can(SetMemberRole, role, compiled, administersAll) {
		steps = append(steps, "take")
	}
	if !r.can(BlockMember, role, compiled, administersAll) {
		steps = append(steps, "block")
	}
	if len(steps) == 0 {
		return warnings
	}
	problem := fmt.Sprintf("nobody may %s role %q", orList(steps), role.ID)
	if lacking := r.both[role.Kind-1].lacking(r.policy, compiled); len(lacking) > 0 {
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

// orList joins words as in "give, take or block".
func orList(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
