package rbac

import (
	"cmp"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// Change is one difference between two policies: for the holders of a role, or of a
// guard.
type Change struct {
	Role   RoleID `json:"role,omitempty"`   // empty for a guard that is not about one role
	Action Action `json:"action,omitempty"` // empty for a change of the role itself

	// What a holder may do before and after; zero for nothing.
	Before Grant `json:"before,omitzero"`
	After  Grant `json:"after,omitzero"`

	// Why the host must validate the holders again with ValidateMember, and their
	// workspaces with ValidateWorkspace. Empty if it need not.
	Revalidate string `json:"revalidate,omitempty"`

	// The guard that is gone, new or changed, by its name in a spec's JSON: "exclusive",
	// "four_eyes", "administers", "at_least" or "at_most". Empty for any other change.
	// The two texts are what it said before and what it says after: the roles, the
	// action or the number. Empty means that there is no such guard.
	Guard       string `json:"guard,omitempty"`
	GuardBefore string `json:"guard_before,omitempty"`
	GuardAfter  string `json:"guard_after,omitempty"`
}

// Grant is what a policy lets the holders of a role do of one action.
type Grant struct {
	Kind      WorkspaceKind `json:"kind,omitzero"`      // where the role can be held
	Workspace Workspace     `json:"workspace,omitzero"` // whose own role it is; zero for everybody's
	Scope     Scope         `json:"scope,omitzero"`     // zero for nothing
	Target    Target        `json:"target,omitzero"`
	FourEyes  bool          `json:"four_eyes,omitempty"`
}

// Gains reports whether a holder may do something that was denied before.
func (c Change) Gains() bool { return c.After.exceeds(c.Before) }

// Loses reports whether a holder may no longer do something.
func (c Change) Loses() bool { return c.Before.exceeds(c.After) }

// exceeds reports whether g allows something that h does not.
func (g Grant) exceeds(h Grant) bool {
	elsewhere := g.Kind != h.Kind || h.Workspace != Workspace{} && g.Workspace != h.Workspace
	return elsewhere && g.reachable() != 0 || g.reachable()&^h.reachable() != 0
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
	case c.Guard != "":
		return c.guard()
	case c.Action == "":
		return fmt.Sprintf("%s: validate its holders again, %s", c.Role, c.Revalidate)
	case c.Before.Scope == 0:
		return fmt.Sprintf("%s gains %s: %s", c.Role, c.Action, c.After)
	case c.After.Scope == 0:
		return fmt.Sprintf("%s loses %s: %s", c.Role, c.Action, c.Before)
	}
	before, after := c.Before.String(), c.After.String()
	if c.Before.Kind != c.After.Kind || c.Before.Workspace != c.After.Workspace {
		before += " in " + c.Before.home()
		after += " in " + c.After.home()
	}
	return fmt.Sprintf("%s has %s changed: from %s to %s", c.Role, c.Action, before, after)
}

func (c Change) guard() string {
	name := c.Guard
	if c.Role != "" {
		name += " of " + string(c.Role)
	}
	switch {
	case c.GuardAfter == "":
		return fmt.Sprintf("%s is gone: %s", name, c.GuardBefore)
	case c.GuardBefore == "":
		return fmt.Sprintf("%s is new: %s", name, c.GuardAfter)
	}
	return fmt.Sprintf("%s is changed: from %s to %s", name, c.GuardBefore, c.GuardAfter)
}

// String returns the scope, the target and whether four eyes are needed.
func (g Grant) String() string {
	text := fmt.Sprintf("%s on %s", g.Scope, g.Target)
	if g.FourEyes {
		text += " under four eyes"
	}
	return text
}

// home says in which workspaces the role can be held.
func (g Grant) home() string {
	id, tenant := suggest.Quote(g.Workspace.ID), suggest.Quote(g.Workspace.Tenant)
	switch {
	case g.Workspace == Workspace{}:
		return fmt.Sprintf("any %s workspace", g.Kind)
	case g.Kind == KindDeveloper:
		return fmt.Sprintf("the developer workspace %s of %s", id, tenant)
	}
	return "the tenant workspace " + id
}

// Diff returns who gains and who loses what if the new policy replaces the old one,
// which guards are gone, new or changed, and which holders must be validated again.
// Guards come first. Other changes are sorted by role and then by action, with the
// change of the role itself first. A nil policy grants nothing. Names, descriptions and
// labels are not compared, because they decide nothing.
func Diff(old, new *Policy) []Change {
	d := &differ{old: takeSnapshot(old), new: takeSnapshot(new)}
	d.exclusive()
	d.guards()
	for _, id := range unionOfKeys(d.old.roles, d.new.roles) {
		d.role(id)
	}
	return d.changes
}

// snapshot is a policy arranged for comparison.
type snapshot struct {
	spec      Spec
	exclusive map[RoleID][]*exclusiveSet
	actions   map[Action]compiledAction
	roles     map[RoleID]Role
}

func takeSnapshot(p *Policy) snapshot {
	s := snapshot{actions: make(map[Action]compiledAction), roles: make(map[RoleID]Role)}
	if p == nil {
		return s
	}
	p = p.flat()
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
	return Grant{role.Kind, role.Workspace, role.Permissions[name], action.target, action.fourEyes}
}

type differ struct {
	old, new     snapshot
	excludesMore map[RoleID]bool // the roles that exclude another which they did not exclude
	changes      []Change
}

// exclusive compares the exclusive sets. A set that has grown is changed and not gone.
func (d *differ) exclusive() {
	gone := setsMissing(d.new.spec.Exclusive, d.old.spec.Exclusive)
	added := setsMissing(d.old.spec.Exclusive, d.new.spec.Exclusive)
	grown := exclusiveSets(added)
	from := make(map[string]string) // by the text of what the set has become
	for _, set := range gone {
		if larger := supersetOf(set, grown); larger != nil && from[larger.String()] == "" {
			from[larger.String()] = exclusiveSet(set).String()
			continue
		}
		d.changes = append(d.changes, Change{Guard: "exclusive", GuardBefore: exclusiveSet(set).String()})
	}
	d.excludesMore = make(map[RoleID]bool)
	for _, set := range added {
		text := exclusiveSet(set).String()
		d.changes = append(d.changes, Change{Guard: "exclusive", GuardBefore: from[text], GuardAfter: text})
		d.compareExcluded(set)
	}
}

// supersetOf returns a set that has all the roles of the given one, or nil.
func supersetOf(set exclusiveSet, byRole map[RoleID][]*exclusiveSet) exclusiveSet {
	rarest := slices.MinFunc(set, func(a, b RoleID) int { return cmp.Compare(len(byRole[a]), len(byRole[b])) })
	for _, candidate := range byRole[rarest] {
		if !slices.ContainsFunc(set, func(id RoleID) bool { return !candidate.has(id) }) {
			return *candidate
		}
	}
	return nil
}

// compareExcluded notes the roles of a new set that did not exclude all others of it.
func (d *differ) compareExcluded(set exclusiveSet) {
	shared := make(map[*exclusiveSet]positions) // by old set, what it has of this one
	for position, id := range set {
		for _, old := range d.old.exclusive[id] {
			shared[old] = append(shared[old], position)
		}
	}
	bitmaps := make(map[*exclusiveSet]bitmap) // of what would take longer to go through
	for old, common := range shared {
		if len(common) > len(set)/64 {
			bitmaps[old] = newBitmap(len(set))
			bitmaps[old].set(common)
		}
	}
	excluded := newBitmap(len(set))
	for _, id := range set {
		if d.excludesMore[id] {
			continue
		}
		clear(excluded)
		for _, old := range d.old.exclusive[id] {
			if common, large := bitmaps[old]; large {
				excluded.union(common)
			} else {
				excluded.set(shared[old])
			}
		}
		d.excludesMore[id] = excluded.count() < len(set)
	}
}

// positions are those of some roles in a set.
type positions []int

// bitmap has a bit for each position in a set.
type bitmap []uint64

func newBitmap(size int) bitmap { return make(bitmap, size/64+1) }

func (b bitmap) set(all positions) {
	for _, position := range all {
		b[position/64] |= 1 << (position % 64)
	}
}

func (b bitmap) union(other bitmap) {
	for i, word := range other {
		b[i] |= word
	}
}

func (b bitmap) count() (count int) {
	for _, word := range b {
		count += bits.OnesCount64(word)
	}
	return count
}

// guards compares the guards that go by role or by action.
func (d *differ) guards() {
	for _, action := range d.old.spec.FourEyes {
		if !d.new.actions[action].fourEyes {
			d.changes = append(d.changes, Change{Action: action, Guard: "four_eyes", GuardBefore: string(action)})
		}
	}
	for _, action := range d.new.spec.FourEyes {
		if !d.old.actions[action].fourEyes {
			d.changes = append(d.changes, Change{Action: action, Guard: "four_eyes", GuardAfter: string(action)})
		}
	}
	compareGuard(d, "administers", d.old.spec.Administers, d.new.spec.Administers, func(administered []RoleID) string {
		return exclusiveSet(administered).String()
	})
	compareGuard(d, "at_least", d.old.spec.AtLeast, d.new.spec.AtLeast, strconv.Itoa)
	compareGuard(d, "at_most", d.old.spec.AtMost, d.new.spec.AtMost, strconv.Itoa)
}

func compareGuard[V any](d *differ, guard string, old, new map[RoleID]V, text func(V) string) {
	for _, id := range unionOfKeys(old, new) {
		change := Change{Role: id, Guard: guard}
		if value, guarded := old[id]; guarded {
			change.GuardBefore = text(value)
		}
		if value, guarded := new[id]; guarded {
			change.GuardAfter = text(value)
		}
		if change.GuardBefore != change.GuardAfter {
			d.changes = append(d.changes, change)
		}
	}
}

// setsMissing returns the sets that are not among the known ones. Both are in
// canonical order.
func setsMissing(known, sets [][]RoleID) [][]RoleID {
	return slices.DeleteFunc(slices.Clone(sets), func(set []RoleID) bool {
		_, found := slices.BinarySearchFunc(known, set, slices.Compare[[]RoleID])
		return found
	})
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
	case held && after.Workspace != Workspace{} && before.Workspace != after.Workspace:
		return "the role is one workspace's own now"
	}
	var reasons []string
	if held && d.excludesMore[id] {
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

func unionOfKeys[K cmp.Ordered, V any](a, b map[K]V) []K {
	keys := slices.Concat(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b)))
	slices.Sort(keys)
	return slices.Compact(keys)
}
