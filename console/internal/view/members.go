package view

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// Sight is what a viewer may know of the members of a workspace: all of it, or only who
// they are and which of the viewer's mini programs are assigned to them.
type Sight struct {
	All    bool
	filter rbac.Filter
	place  rbac.Workspace
}

// NewSight returns what the viewer may know of the members. Who may list members sees all
// of them; who may manage the members of a mini program of their own workspace sees who they
// are.
func NewSight(viewer *rbac.Subject, workspace rbac.Workspace) (sight Sight, ok bool) {
	if viewer.Can(rbac.ListMembers, workspace.Resource()) {
		return Sight{All: true}, true
	}
	filter := viewer.Filter(rbac.ManageMiniProgramMembers)
	atHome := slices.ContainsFunc(filter.Terms(), func(t rbac.Terms) bool { return t.Workspace == workspace })
	return Sight{filter: filter, place: workspace}, atHome
}

// sees reports whether the viewer may know that the mini program is assigned.
func (s Sight) sees(miniProgram string) bool {
	return s.All || s.filter.Match(s.place.MiniProgram(miniProgram))
}

// MemberList is the page with the members of a workspace.
type MemberList struct {
	Rows       []MemberRow
	Statuses   []string
	Status     string
	Text       string
	Total      int
	Part       int
	Parts      int
	Previous   URL
	Next       URL
	Kind       string
	Place      string // for a field
	Restricted bool   // the viewer sees only a part of each member
	Unlisted   string // why the viewer sees no member at all; empty if there is a list
	Invite     *AssignmentForm
	NoInvite   string   // why the viewer cannot invite
	Errors     []string // why an invitation was refused
}

// MemberRow is a member in a list.
type MemberRow struct {
	Name   string
	Href   URL // empty if the ID is too long for an address
	Status string
	Note   string
	Roles  []AssignmentLine
	More   int
}

// MemberFilter selects members of a list.
type MemberFilter struct {
	Text   string // a part of the ID
	Status string
	Part   int
}

// NewMemberList lists members.
func NewMemberList(
	policy *rbac.Policy, workspace rbac.Workspace, members []rbac.Member, sight Sight, filter MemberFilter, now time.Time,
) MemberList {
	list := MemberList{
		Statuses: []string{"invited", "active", "blocked", "withdrawn", "deleted"},
		Status:   filter.Status, Text: filter.Text, Restricted: !sight.All,
		Kind: workspace.Kind.String(), Place: Wire(workspace.ID),
	}
	var found []rbac.Member
	for i := range members {
		m := &members[i]
		ok := filter.Status == "" && !isGone(m) || filter.Status == m.Status.String()
		if ok && strings.Contains(m.ID, filter.Text) && (sight.All || m.Status == rbac.StatusActive) {
			found = append(found, *m)
		}
	}
	list.Total = len(found)
	list.Parts = max(1, (len(found)+mostNames-1)/mostNames)
	list.Part = min(max(filter.Part, 1), list.Parts)
	for _, m := range found[(list.Part-1)*mostNames : min(list.Part*mostNames, len(found))] {
		row := MemberRow{Name: ID(m.ID), Status: m.Status.String(), Note: statusNote(m, now)}
		if IsAddressable(m.ID) {
			row.Href = MemberLink(workspace, m.ID)
		}
		lines := newAssignmentLines(policy, m, sight, now)
		row.Roles, row.More = lines[:min(len(lines), 5)], max(0, len(lines)-5)
		list.Rows = append(list.Rows, row)
	}
	page := func(part int) URL {
		return Link("members", workspace, "q", filter.Text, "status", filter.Status, "part", strconv.Itoa(part))
	}
	if list.Part > 1 {
		list.Previous = page(list.Part - 1)
	}
	if list.Part < list.Parts {
		list.Next = page(list.Part + 1)
	}
	return list
}

func statusNote(m rbac.Member, now time.Time) string {
	until := m.InvitedAt.Add(rbac.InvitationValidity)
	switch {
	case m.Suspended && !isGone(&m):
		return "the workspace is suspended"
	case m.Status != rbac.StatusInvited:
		return ""
	case now.Before(until):
		return "the invitation is valid until " + Instant(until)
	}
	return "the invitation has expired"
}

// AssignmentLine is an assignment in a list.
type AssignmentLine struct {
	Role     string
	RoleID   string
	Unknown  bool // the policy does not have the role here
	Programs []string
	More     int // mini programs that are not shown
	Bounds   string
	Key      string

	Edit   URL    // empty if the viewer can change nothing of it
	Revoke *Offer // nil if the viewer cannot revoke it
}

func newAssignmentLines(policy *rbac.Policy, m rbac.Member, sight Sight, now time.Time) (lines []AssignmentLine) {
	for _, a := range m.Assignments[:min(len(m.Assignments), mostNames)] {
		line := AssignmentLine{
			Role: RoleName(policy, a.Role), RoleID: ID(string(a.Role)),
			Unknown: !isHeldIn(policy, a.Role, m.Workspace), Bounds: boundsText(a, now),
		}
		for _, id := range a.MiniPrograms {
			if !sight.sees(id) {
				continue
			}
			if len(line.Programs) == 20 {
				line.More++
				continue
			}
			line.Programs = append(line.Programs, ID(id))
		}
		lines = append(lines, line)
	}
	return lines
}

// isHeldIn reports whether the policy has the role for members of the workspace.
func isHeldIn(policy *rbac.Policy, id rbac.RoleID, workspace rbac.Workspace) bool {
	role, found := policy.Role(id)
	return found && role.Kind == workspace.Kind && (role.Workspace == rbac.Workspace{} || role.Workspace == workspace)
}

func boundsText(a rbac.Assignment, now time.Time) string {
	var parts []string
	switch {
	case !a.NotAfter.IsZero() && !now.Before(a.NotAfter):
		return "ended " + Instant(a.NotAfter)
	case !a.NotBefore.IsZero() && now.Before(a.NotBefore):
		parts = append(parts, "begins "+Instant(a.NotBefore))
	}
	if !a.NotAfter.IsZero() {
		parts = append(parts, "until "+Instant(a.NotAfter))
	}
	return strings.Join(parts, ", ")
}

// MemberPage is the page of one member.
type MemberPage struct {
	Name        string
	Status      string
	Note        string
	Assignments []AssignmentLine
	MoreRoles   int
	Offers      []Offer  // steps that the viewer may do
	Denials     []Denial // steps that the viewer may not do, and why
	Assign      *AssignmentForm
	Edit        *AssignmentForm
	Errors      []string // why the last step was refused
	Changed     []string // why the assignment to change is not shown
	Href        URL
	Back        URL
}

// Offer is a step that the viewer may do.
type Offer struct {
	Step
	Breaks []string // why it would be refused all the same, such as the last admin
}

// Denial is a step that the viewer may not do.
type Denial struct{ Label, Why string }

// NewMemberPage tries every step of the viewer on a member. Programs are those of the
// workspace that the viewer sees.
func NewMemberPage(
	policy *rbac.Policy, viewer *rbac.Subject, sight Sight, members []rbac.Member, member rbac.Member,
	programs []string, now time.Time,
) MemberPage {
	t := &trial{policy, sight, members, member}
	p := MemberPage{
		Name: ID(member.ID), Status: member.Status.String(), Note: statusNote(member, now),
		Assignments: newAssignmentLines(policy, member, sight, now),
		MoreRoles:   max(0, len(member.Assignments)-mostNames),
		Href:        MemberLink(member.Workspace, member.ID), Back: Link("members", member.Workspace),
	}
	p.addSteps(t, viewer)
	for i := range p.Assignments {
		held := member.Assignments[i]
		p.Assignments[i].Key = AssignmentKey(held)
		if after, err := viewer.Revoke(member, held); err == nil {
			p.Assignments[i].Revoke = &Offer{
				Step:   Step{Name: "revoke", Label: "Revoke", Explain: "The member loses this role."},
				Breaks: t.breaks(after),
			}
		}
		if mayEdit(viewer, member, held, programs) {
			p.Assignments[i].Edit = MemberLink(member.Workspace, member.ID, "edit", p.Assignments[i].Key)
		}
	}
	return p
}

// addSteps tries the steps that need nothing but the member, and to give a role.
func (p *MemberPage) addSteps(t *trial, viewer *rbac.Subject) {
	for _, step := range Steps() {
		after, err := step.Do(viewer, t.member)
		if err == nil {
			p.Offers = append(p.Offers, Offer{step, t.breaks(after)})
		} else if errors.Is(err, rbac.ErrDenied) && suits(step, t.member.Status) {
			p.Denials = append(p.Denials, Denial{step.Label, Why(t.policy, err)})
		}
	}
	if isGone(&t.member) {
		return
	}
	form := NewAssignmentForm(t.policy, viewer, t.member)
	if form.hasRole() {
		p.Assign = &form
	} else {
		_, err := viewer.Assign(t.member, rbac.Assignment{Role: firstRole(t.policy, t.member.Workspace)})
		p.Denials = append(p.Denials, Denial{"Give a role", Why(t.policy, err)})
	}
}

// suits reports whether the step is one of the member's status, so that a page says why it
// is denied.
func suits(step Step, status rbac.Status) bool {
	switch step.Name {
	case "resend", "withdraw":
		return status == rbac.StatusInvited
	case "block":
		return status == rbac.StatusActive
	case "unblock":
		return status == rbac.StatusBlocked
	}
	return status == rbac.StatusActive || status == rbac.StatusBlocked
}

func firstRole(policy *rbac.Policy, workspace rbac.Workspace) rbac.RoleID {
	for role := range policy.Roles() {
		if isHeldIn(policy, role.ID, workspace) {
			return role.ID
		}
	}
	return ""
}

// AssignmentForm is the fields of an assignment.
type AssignmentForm struct {
	Step      string // "assign", "replace" or "invite"
	ID        string // what was typed, for an invitation
	Key       string // of the assignment to replace
	Roles     []RoleOption
	Programs  []ProgramOption
	More      string // mini programs that were typed, one a line
	MoreKept  int    // mini programs of the assignment that are not shown, and stay
	NotBefore string
	NotAfter  string
	OnlyBoxes bool // the viewer may only add and take mini programs
	Href      URL
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
	Disabled bool // the viewer can neither add nor take it
}

func (f *AssignmentForm) hasRole() bool {
	return slices.ContainsFunc(f.Roles, func(o RoleOption) bool { return !o.Disabled })
}

// NewAssignmentForm returns the form to give a role to the member.
func NewAssignmentForm(policy *rbac.Policy, viewer *rbac.Subject, member rbac.Member) AssignmentForm {
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

// newAssignmentForm tries to give each role of the workspace: for good, and for a minute.
func newAssignmentForm(
	step string, policy *rbac.Policy, workspace rbac.Workspace, try func(rbac.Assignment) error,
) AssignmentForm {
	f := AssignmentForm{Step: step}
	for role := range policy.Roles() {
		if len(f.Roles) == mostOptions || !isHeldIn(policy, role.ID, workspace) {
			continue
		}
		option := RoleOption{ID: string(role.ID), Name: RoleName(policy, role.ID)}
		if err := try(rbac.Assignment{Role: role.ID}); err != nil {
			option.Note, option.Disabled = shortWhy(err), true
			if try(rbac.Assignment{Role: role.ID, NotAfter: time.Now().Add(time.Minute)}) == nil {
				option.Note, option.Disabled = "only with an end", false
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
		return "excludes a role that is held"
	case rbac.ReasonNotCovered:
		return "you do not cover it"
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
			option := ProgramOption{Value: Wire(id), Name: ID(id), Checked: i == 0, Disabled: !may(id)}
			if IsAddressable(id) && (i == 0 || !option.Disabled) {
				f.Programs = append(f.Programs, option)
			}
		}
	}
	f.MoreKept = max(0, len(held)-most)
}

// NewReplacementForm returns the form to change an assignment that is held; false if the
// viewer can change nothing of it.
func NewReplacementForm(
	policy *rbac.Policy, viewer *rbac.Subject, sight Sight, member rbac.Member, held rbac.Assignment, programs []string,
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
	f.Key, f.OnlyBoxes = AssignmentKey(held), err != nil
	f.NotBefore, f.NotAfter = FieldTime(held.NotBefore), FieldTime(held.NotAfter)
	seen := func(ids []string) []string {
		return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !sight.sees(id) })
	}
	whole := err == nil
	most := mostBoxes
	if !whole {
		most = tries(held)
	}
	f.addPrograms(seen(held.MiniPrograms), seen(programs), most, func(id string) bool {
		m, a := member, held
		if whole { // all that is held is covered, so what is added or taken can be asked about alone
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

// mayEdit reports whether the viewer can replace the assignment by some other.
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

// toggled returns the assignment with a mini program more, or without it.
func toggled(held rbac.Assignment, id string) rbac.Assignment {
	by := held
	by.MiniPrograms = slices.DeleteFunc(slices.Clone(held.MiniPrograms), func(other string) bool { return other == id })
	if len(by.MiniPrograms) == len(held.MiniPrograms) {
		by.MiniPrograms = append(by.MiniPrograms, id)
	}
	return by
}

// Choices is the page on which a workspace is chosen.
type Choices struct {
	List []Choice
	More int // workspaces that are not shown
	Text string
}

// Choice is a workspace to look at.
type Choice struct {
	Name string
	Kind string
	Href URL
	Own  bool
}

// NewChoices lists the workspaces that a viewer may look at and whose IDs have the text.
func NewChoices(own rbac.Workspace, workspaces []rbac.Workspace, text string) Choices {
	page := Choices{Text: text, More: max(0, len(workspaces)-mostRows)}
	for _, w := range workspaces[:min(len(workspaces), mostRows)] {
		if IsAddressable(w.ID) {
			page.List = append(page.List, Choice{ID(w.ID), w.Kind.String(), Link("roles", w), w == own})
		}
	}
	return page
}
