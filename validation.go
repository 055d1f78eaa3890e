package rbac

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// ValidateMember returns nil if the member may be stored. It needs an ID, a valid
// workspace and a known status. The policy must define the roles of its assignments
// for that kind of workspace. No assignment may name an empty mini program or end
// before it begins, and no two may have roles that exclude each other. Otherwise it
// returns a *ValidationError for each problem, joined.
func (p *Policy) ValidateMember(member Member) error {
	if p == nil || p.actions == nil {
		return &ValidationError{"", "there is no policy", "build one with New"}
	}
	v := &validation{policy: p, now: time.Now()}
	v.member("", &member)
	return v.err()
}

// ValidateWorkspace returns nil if the members of a workspace may be stored
// together. Each must be valid, of this workspace and not repeated. For each role
// the number of active members who hold it now must be within AtLeast and AtMost.
// Otherwise it returns a *ValidationError for each problem, joined.
//
// Withdrawn and deleted members are skipped. Nil means no members. Call it after a
// change and before the transaction ends. Lock the workspace's members, or make the
// transaction serializable: otherwise two changes at once can remove the last two
// admins.
func (p *Policy) ValidateWorkspace(workspace Workspace, members iter.Seq[Member]) error {
	if p == nil || p.actions == nil {
		return &ValidationError{"", "there is no policy", "build one with New"}
	}
	if err := workspace.Validate(); err != nil {
		return err
	}
	v := &validation{
		policy: p,
		now:    time.Now(),
		seen:   make(map[string]bool),
		active: make(map[RoleID]int),
		idle:   make(map[RoleID]int),
	}
	if members != nil {
		for m := range members {
			v.memberOf(workspace, &m)
		}
	}
	v.cardinalities(workspace.Kind)
	return v.err()
}

// validation finds what is wrong with one member or with all of a workspace.
type validation struct {
	problems
	policy *Policy
	now    time.Time
	seen   map[string]bool
	active map[RoleID]int // members who hold the role now
	idle   map[RoleID]int // members who hold it and cannot use it now
}

func (v *validation) member(place string, m *Member) {
	if m.ID == "" {
		v.add(place+"id", "the ID is empty", "give the host's ID of the member")
	}
	if problem, ok := m.Workspace.Validate().(*ValidationError); ok {
		v.add(place+problem.Place, problem.Problem, problem.Hint)
	}
	if m.Status < StatusInvited || m.Status > StatusDeleted {
		v.add(place+"status", m.Status.String()+" is not a status", "invite the member with Invite")
	}
	before := v.policy.exclusions(v.now, nil)
	for i := range m.Assignments {
		a := &m.Assignments[i]
		v.assignment(fmt.Sprintf("%sassignments[%d]", place, i), m, a, before)
		before.add(a)
	}
}

func (v *validation) assignment(place string, m *Member, a *Assignment, before *exclusions) {
	switch _, reason := v.policy.roleFor(a.Role, m.Workspace.Kind); reason {
	case ReasonUnknownRole:
		v.unknown(place+".role", "role", string(a.Role), asStrings(v.policy.roleIDs()), "define it in the policy")
	case ReasonOtherKind:
		v.add(place+".role", fmt.Sprintf("role %q cannot be held in a %s workspace", a.Role, m.Workspace.Kind),
			"give a role of that kind")
	}
	if slices.Contains(a.MiniPrograms, "") {
		v.add(place+".mini_programs", "an ID is empty", "leave it out")
	}
	if !a.NotAfter.IsZero() && !a.NotBefore.Before(a.NotAfter) {
		v.add(place+".not_after", "the end is not after the start", "swap the two, or leave one out")
	}
	if other, excluded := before.first(a); excluded {
		v.add(place+".role", fmt.Sprintf("role %q excludes %q, which assignments[%d] gives",
			a.Role, other.assignment.Role, other.position), "keep one of the two")
	}
}

func (v *validation) memberOf(w Workspace, m *Member) {
	if m.Status == StatusWithdrawn || m.Status == StatusDeleted {
		return
	}
	place := fmt.Sprintf("members[%s].", suggest.Quote(m.ID))
	if m.Workspace != w {
		v.add(place+"workspace", "the member belongs to another workspace", "pass the members of this one")
		return
	}
	if v.seen[m.ID] {
		v.add(strings.TrimSuffix(place, "."), "the member is repeated", "pass each member once")
		return
	}
	v.seen[m.ID] = true
	v.member(place, m)
	v.count(m)
}

// count counts a member once for each role, however often it is assigned.
func (v *validation) count(m *Member) {
	usable := make(map[RoleID]bool)
	for i := range m.Assignments {
		a := &m.Assignments[i]
		usable[a.Role] = usable[a.Role] || m.reason() == ReasonGranted && a.inForceAt(v.now)
	}
	for id, now := range usable {
		if now {
			v.active[id]++
		} else {
			v.idle[id]++
		}
	}
}

func (v *validation) cardinalities(kind WorkspaceKind) {
	spec := &v.policy.spec
	for _, role := range spec.Roles {
		if role.Kind != kind {
			continue
		}
		holders := v.active[role.ID]
		if least := spec.AtLeast[role.ID]; holders < least {
			v.add("members", fmt.Sprintf("%d active holders of role %q, and at least %d are needed", holders, role.ID, least),
				v.tooFewHint(role.ID))
		}
		if most, bounded := spec.AtMost[role.ID]; bounded && holders > most {
			v.add("members", fmt.Sprintf("%d active holders of role %q, and at most %d are allowed", holders, role.ID, most),
				"revoke it from the others")
		}
	}
}

func (v *validation) tooFewHint(id RoleID) string {
	if idle := v.idle[id]; idle > 0 {
		return fmt.Sprintf("%d hold it, but are not active or not within its time", idle)
	}
	return "give the role to another member first"
}
