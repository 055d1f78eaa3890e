package view

import (
	"errors"
	"slices"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// AssignmentForm is the fields of an assignment.
type AssignmentForm struct {
	Step           string // "assign", "replace" or "invite"
	ID             string // what was typed, for an invitation
	Key            string // of the assignment to replace
	Roles          []RoleOption
	Programs       []ProgramOption
	OtherPrograms  string // mini programs that were typed, one a line
	HiddenPrograms int    // how many mini programs of the assignment are not shown, and stay
	NotBefore      string
	NotAfter       string
	HasStart       bool // the assignment to replace has a beginning
	HasEnd         bool
	NoStart        bool // the viewer asks to remove the beginning
	NoEnd          bool
	OnlyBoxes      bool // the viewer may only add and remove mini programs
	Href           URL
}

// RoleOption is a role to give.
type RoleOption struct {
	ID       string
	Name     string
	Note     string // why it cannot be given, or only for a time
	Selected bool
	Disabled bool
}

// ProgramOption is a mini program to assign.
type ProgramOption struct {
	Value    string
	Name     string
	Checked  bool
	Disabled bool // the viewer can neither add nor remove it
}

// HasRole reports whether a role is selected. Otherwise the viewer must choose one.
func (f *AssignmentForm) HasRole() bool {
	return slices.ContainsFunc(f.Roles, func(o RoleOption) bool { return o.Selected })
}

func (f *AssignmentForm) offersRole() bool {
	return slices.ContainsFunc(f.Roles, func(o RoleOption) bool { return !o.Disabled })
}

// newAssignForm returns the form to give a role to the member.
func newAssignForm(policy *rbac.Policy, viewer *rbac.Subject, member rbac.Member) AssignmentForm {
	return newAssignmentForm("assign", policy, member.Workspace, func(a rbac.Assignment) error {
		_, err := viewer.Assign(member, a)
		return err
	})
}

// NewInvitationForm returns the form to invite somebody. The error says why the viewer can
// invite nobody.
func NewInvitationForm(
	policy *rbac.Policy, viewer *rbac.Subject, workspace rbac.Workspace,
) (AssignmentForm, error) {
	const nobody = "\x00" // an ID that cannot be typed, so that it is not the viewer's
	if _, err := viewer.Invite(nobody, workspace); err != nil {
		return AssignmentForm{}, err
	}
	return newAssignmentForm("invite", policy, workspace, func(a rbac.Assignment) error {
		_, err := viewer.Invite(nobody, workspace, a)
		return err
	}), nil
}

// newAssignmentForm tries to give each role of the workspace, without an end and for a minute.
func newAssignmentForm(
	step string, policy *rbac.Policy, workspace rbac.Workspace, try func(rbac.Assignment) error,
) AssignmentForm {
	f := AssignmentForm{Step: step}
	for role := range policy.Roles() {
		if len(f.Roles) == mostOptions || !isHeldIn(policy, role.ID, workspace) {
			continue
		}
		option := RoleOption{ID: string(role.ID), Name: roleName(policy, role.ID)}
		if err := try(rbac.Assignment{Role: role.ID}); err != nil {
			option.Note, option.Disabled = shortWhy(err), true
			if try(rbac.Assignment{Role: role.ID, NotAfter: time.Now().Add(time.Minute)}) == nil {
				option.Note, option.Disabled = "only with an end date", false
			}
		}
		f.Roles = append(f.Roles, option)
	}
	return f
}

// shortWhy says in a few words why a role cannot be given.
func shortWhy(err error) string {
	var denied *rbac.DeniedError
	if !errors.As(err, &denied) {
		return "cannot be given now"
	}
	switch denied.Reason {
	case rbac.ReasonExclusive:
		return "cannot be held with another role of the member"
	case rbac.ReasonNotCovered:
		return "you do not have all that it grants"
	}
	return "you cannot give it"
}

// mostBoxes is how many mini programs a form offers: of those that are held, and of others.
const mostBoxes = 100

// AddPrograms offers the workspace's mini programs for an assignment that is new.
func (f *AssignmentForm) AddPrograms(programs []string) {
	f.addPrograms(nil, programs, mostBoxes, func(string) bool { return true })
}

// addPrograms offers mini programs: those that are held, then others of the workspace.
func (f *AssignmentForm) addPrograms(held, programs []string, most int, may func(miniProgram string) bool) {
	known := make(map[string]bool, len(held))
	for _, id := range held {
		known[id] = true
	}
	others := slices.DeleteFunc(slices.Clone(programs), func(id string) bool { return known[id] })
	for i, ids := range [][]string{held, others} {
		for _, id := range ids[:min(len(ids), most)] {
			option := ProgramOption{Value: EncodeID(id), Name: ID(id), Checked: i == 0, Disabled: !may(id)}
			if IsAddressable(id) && (i == 0 || !option.Disabled) {
				f.Programs = append(f.Programs, option)
			}
		}
	}
	f.HiddenPrograms = max(0, len(held)-most)
}

// NewReplacementForm returns the form to change an assignment that is held; false if the
// viewer cannot change it.
func NewReplacementForm(
	policy *rbac.Policy, viewer *rbac.Subject, access MemberAccess, keys AssignmentKeys,
	member rbac.Member, held rbac.Assignment, programs []string,
) (AssignmentForm, bool) {
	_, err := viewer.Replace(member, held, held)
	f := newAssignmentForm("replace", policy, member.Workspace, func(a rbac.Assignment) error {
		a.MiniPrograms, a.NotBefore, a.NotAfter = held.MiniPrograms, held.NotBefore, held.NotAfter
		if a.Role == held.Role {
			return err
		}
		_, err := viewer.Replace(member, held, a)
		return err
	})
	for i := range f.Roles {
		f.Roles[i].Selected = f.Roles[i].ID == string(held.Role)
	}
	f.Key, f.OnlyBoxes = keys.Key(member, held), err != nil
	f.NotBefore, f.NotAfter = FieldTime(held.NotBefore), FieldTime(held.NotAfter)
	f.HasStart, f.HasEnd = !held.NotBefore.IsZero(), !held.NotAfter.IsZero()
	seen := func(ids []string) []string {
		return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !access.Sees(id) })
	}
	whole := err == nil
	most := mostBoxes
	if !whole {
		most = tries(held)
	}
	f.addPrograms(seen(held.MiniPrograms), seen(programs), most, func(id string) bool {
		m, a := member, held
		if whole { // the whole assignment is covered, so trying the one mini program is enough
			a.MiniPrograms = nil
			if slices.Contains(held.MiniPrograms, id) {
				a.MiniPrograms = []string{id}
			}
			m.Assignments = []rbac.Assignment{a}
		}
		_, err := viewer.Replace(m, a, toggled(a, id))
		return err == nil
	})
	return f, err == nil || slices.ContainsFunc(f.Programs, func(o ProgramOption) bool { return !o.Disabled })
}

// mayEdit reports whether the viewer can replace the assignment with another.
func mayEdit(viewer *rbac.Subject, member rbac.Member, held rbac.Assignment, programs []string) bool {
	if _, err := viewer.Replace(member, held, held); err == nil {
		return true
	}
	for _, id := range programs[:min(len(programs), tries(held))] {
		if _, err := viewer.Replace(member, held, toggled(held, id)); err == nil {
			return true
		}
	}
	return false
}

// tries returns how many mini programs to try on an assignment, so that a page is quick
// although the assignment is long.
func tries(held rbac.Assignment) int {
	return min(mostBoxes, max(5, 50_000/(len(held.MiniPrograms)+1)))
}

// toggled returns the assignment with the mini program added, or removed.
func toggled(held rbac.Assignment, id string) rbac.Assignment {
	by := held
	by.MiniPrograms = slices.DeleteFunc(slices.Clone(held.MiniPrograms), func(other string) bool { return other == id })
	if len(by.MiniPrograms) == len(held.MiniPrograms) {
		by.MiniPrograms = append(by.MiniPrograms, id)
	}
	return by
}
