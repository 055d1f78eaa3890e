package rbac

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Change is one difference between two policies for the holders of a role.
type Change struct {
	Role   RoleID
	Action Action // empty for a change of the role itself

	// What a holder may do before and after; zero for nothing.
	Before, After Grant

	// Why the host must validate the holders again with ValidateMember, and their
	// workspaces with ValidateWorkspace. Empty if it need not.
	Revalidate string
}

// Grant is what a policy lets the holders of a role do of one action.
type Grant struct {
	Kind     WorkspaceKind // where the role can be held
	Scope    Scope         // zero for nothing
	Target   Target
	FourEyes bool
}

// Gains reports whether a holder may do something that was denied before.
func (c Change) Gains() bool { return c.After.exceeds(c.Before) }

// Loses reports whether a holder may no longer do something.
func (c Change) Loses() bool { return c.Before.exceeds(c.After) }

// exceeds reports whether g allows something that h does not.
func (g Grant) exceeds(h Grant) bool {
	return g.Kind != h.Kind && g.reachable() != 0 || g.reachable()&^h.reachable() != 0
}

// reachableSet has a bit for each sort of resource, as seen from a holder.
type reachableSet uint32

// reachable asks the decision about one resource of each sort, and returns those
// that the grant reaches.
func (g Grant) reachable() (set reachableSet) {
	holder := Member{ID: "self", Workspace: Tenant("tenant")}
	merchant := holder.Workspace.Developer("merchant")
	if g.Kind == KindDeveloper {
		holder.Workspace = merchant
	}
	action := &compiledAction{target: g.Target, fourEyes: g.FourEyes}
	for _, workspace := range []Workspace{holder.Workspace, merchant} {
		for _, miniProgram := range []string{"", "named", "other"} {
			for _, owner := range []string{"", "self", "other"} {
				r := Resource{workspace, miniProgram, owner}
				scope := holder.scopeReaching(g.Scope&holder.Workspace.reach(&r.Workspace), &r)
				set <<= 1
				named := scope != ScopeAssigned || miniProgram == "named"
				if action.appliesTo(&holder, &r) && scope != 0 && named {
					set |= 1
				}
			}
		}
	}
	return set
}

// String says what the holders gain, lose or have changed, or why they must be
// validated again.
func (c Change) String() string {
	switch {
	case c.Action == "":
		return fmt.Sprintf("%s: validate its holders again, %s", c.Role, c.Revalidate)
	case c.Before.Scope == 0:
		return fmt.Sprintf("%s gains %s: %s", c.Role, c.Action, c.After)
	case c.After.Scope == 0:
		return fmt.Sprintf("%s loses %s: %s", c.Role, c.Action, c.Before)
	}
	return fmt.Sprintf("%s has %s changed: from %s to %s", c.Role, c.Action, c.Before, c.After)
}

// String returns the scope, the target and whether four eyes are needed.
func (g Grant) String() string {
	text := fmt.Sprintf("%s on %s", g.Scope, g.Target)
	if g.FourEyes {
		text += " under four eyes"
	}
	return text
}

// Diff returns who gains and who loses what if the new policy replaces the old one,
// and which holders must be validated again. Changes are sorted by role and then by
// action, with the change of the role itself first. A nil policy grants nothing.
// Names and descriptions are not compared, because they decide nothing.
func Diff(old, new *Policy) []Change {
	d := &differ{old: takeSnapshot(old), new: takeSnapshot(new)}
	d.newSets = exclusiveSets(setsMissing(d.old.spec.Exclusive, d.new.spec.Exclusive))
	for _, id := range unionOfKeys(d.old.roles, d.new.roles) {
		d.role(id)
	}
	return d.changes
}

// setsMissing returns the sets that are not among the known ones. Both are in
// canonical order.
func setsMissing(known, sets [][]RoleID) [][]RoleID {
	return slices.DeleteFunc(slices.Clone(sets), func(set []RoleID) bool {
		_, found := slices.BinarySearchFunc(known, set, slices.Compare[[]RoleID])
		return found
	})
}

// snapshot is a policy arranged for comparison.
type snapshot struct {
	spec      Spec
	exclusive map[RoleID][][]RoleID
	actions   map[Action]compiledAction
	roles     map[RoleID]Role
}

func takeSnapshot(p *Policy) snapshot {
	s := snapshot{actions: make(map[Action]compiledAction), roles: make(map[RoleID]Role)}
	if p == nil {
		return s
	}
	s.spec, s.exclusive = p.spec, p.exclusive
	for _, action := range p.actions {
		s.actions[action.name] = action
	}
	for _, role := range p.spec.Roles {
		s.roles[role.ID] = role
	}
	return s
}

func (s *snapshot) grant(id RoleID, name Action) Grant {
	role, action := s.roles[id], s.actions[name]
	if role.Permissions[name] == 0 {
		return Grant{}
	}
	return Grant{role.Kind, role.Permissions[name], action.target, action.fourEyes}
}

type differ struct {
	old, new snapshot
	newSets  map[RoleID][][]RoleID // the exclusive sets of each role that are new
	changes  []Change
}

func (d *differ) role(id RoleID) {
	if why := d.revalidate(id); why != "" {
		d.changes = append(d.changes, Change{Role: id, Revalidate: why})
	}
	for _, action := range unionOfKeys(d.old.roles[id].Permissions, d.new.roles[id].Permissions) {
		c := Change{Role: id, Action: action, Before: d.old.grant(id, action), After: d.new.grant(id, action)}
		if c.Gains() || c.Loses() {
			d.changes = append(d.changes, c)
		}
	}
}

// revalidate returns why the holders of a role may no longer be valid.
func (d *differ) revalidate(id RoleID) string {
	before, held := d.old.roles[id]
	after, defined := d.new.roles[id]
	switch {
	case !defined:
		return "the role is gone"
	case held && before.Kind != after.Kind:
		return fmt.Sprintf("the role is held in %s workspaces now", after.Kind)
	}
	var reasons []string
	if held && d.excludesMore(id) {
		reasons = append(reasons, "it excludes more roles")
	}
	if d.new.spec.AtLeast[id] > d.old.spec.AtLeast[id] {
		reasons = append(reasons, fmt.Sprintf("at least %d are needed", d.new.spec.AtLeast[id]))
	}
	most, bounded := d.new.spec.AtMost[id]
	if mostBefore, wasBounded := d.old.spec.AtMost[id]; held && bounded && (!wasBounded || most < mostBefore) {
		reasons = append(reasons, fmt.Sprintf("at most %d are allowed", most))
	}
	return strings.Join(reasons, ", ")
}

// excludesMore reports whether the role excludes another that it did not exclude.
func (d *differ) excludesMore(id RoleID) bool {
	if len(d.newSets[id]) == 0 {
		return false
	}
	excluded := map[RoleID]bool{id: true}
	for _, other := range slices.Concat(d.old.exclusive[id]...) {
		excluded[other] = true
	}
	return slices.ContainsFunc(slices.Concat(d.newSets[id]...), func(other RoleID) bool { return !excluded[other] })
}

func unionOfKeys[K cmp.Ordered, V any](a, b map[K]V) []K {
	keys := slices.Concat(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b)))
	slices.Sort(keys)
	return slices.Compact(keys)
}
