package view

import (
	"strconv"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// MemberList is the page with the members of a workspace.
type MemberList struct {
	Rows           []MemberRow
	Statuses       []string
	Status         string
	Text           string
	Total          int
	Part           int
	Parts          int
	Previous       URL
	Next           URL
	Kind           string
	WorkspaceField string // encoded, for a hidden field
	Restricted     bool   // the viewer sees only a part of each member
	Unlisted       string // why the viewer sees no member at all; empty if there is a list
	Invite         *AssignmentForm
	NoInvite       string   // why the viewer cannot invite
	Errors         []string // why an invitation was refused
}

// MemberRow is a member in a list.
type MemberRow struct {
	Name            string
	Href            URL // empty if the ID is too long for an address
	Status          string
	Note            string
	Roles           []AssignmentLine
	MoreAssignments int
}

// MemberFilter selects members of a list.
type MemberFilter struct {
	Text   string // a part of the ID
	Status string
	Part   int
}

// NewMemberList lists members.
func NewMemberList(
	policy *rbac.Policy, workspace rbac.Workspace, members []rbac.Member, access MemberAccess, filter MemberFilter,
	now time.Time,
) MemberList {
	list := MemberList{
		Statuses: []string{"invited", "active", "blocked", "withdrawn", "deleted"},
		Status:   filter.Status, Text: filter.Text, Restricted: !access.CanSeeAll,
		Kind: workspace.Kind.String(), WorkspaceField: EncodeID(workspace.ID),
	}
	var found []rbac.Member
	for i := range members {
		m := &members[i]
		ok := filter.Status == "" && !IsGone(m.Status) || filter.Status == m.Status.String()
		if ok && strings.Contains(m.ID, filter.Text) && (access.CanSeeAll || m.Status == rbac.StatusActive) {
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
		lines := newAssignmentLines(policy, m, access, now)
		row.Roles, row.MoreAssignments = lines[:min(len(lines), 5)], max(0, len(lines)-5)
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
	case m.Suspended && !IsGone(m.Status):
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
	Role         string
	RoleID       string
	Unknown      bool // the policy does not have the role here
	Programs     []string
	MorePrograms int // mini programs that are not shown
	Bounds       string
	Key          string

	Edit   URL    // empty if the viewer cannot change it
	Revoke *Offer // nil if the viewer cannot revoke it
}

func newAssignmentLines(
	policy *rbac.Policy, m rbac.Member, access MemberAccess, now time.Time,
) (lines []AssignmentLine) {
	for _, a := range m.Assignments[:min(len(m.Assignments), mostNames)] {
		line := AssignmentLine{
			Role: roleName(policy, a.Role), RoleID: ID(string(a.Role)),
			Unknown: !isHeldIn(policy, a.Role, m.Workspace), Bounds: boundsText(a, now),
		}
		for _, id := range a.MiniPrograms {
			if !access.Sees(id) {
				continue
			}
			if len(line.Programs) == 20 {
				line.MorePrograms++
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
	case hasEnded(a, now):
		return "ended " + Instant(a.NotAfter)
	case !a.NotBefore.IsZero() && now.Before(a.NotBefore):
		parts = append(parts, "begins "+Instant(a.NotBefore))
	}
	if !a.NotAfter.IsZero() {
		parts = append(parts, "until "+Instant(a.NotAfter))
	}
	return strings.Join(parts, ", ")
}
