package view

import "github.com/miniprogram-platform/rbac"

// People is the demo's page where one chooses a member.
type People struct {
	Groups     []PeopleOf
	More       int      // members who are not shown
	Text       string   // a part of the IDs of those who are
	Unreadable []string // records that cannot be read
	Start      bool     // sam, ann and alice are there, as the README says
}

// PeopleOf is a workspace with its members.
type PeopleOf struct {
	Workspace string
	Members   []Candidate
}

// Candidate is a member to choose.
type Candidate struct {
	Key    string // what the form sends; empty if the ID is too long to choose
	ID     string
	Status string
	Roles  []string
	Chosen bool
}

// mostCandidateRoles is how many roles of a candidate the page names.
const mostCandidateRoles = 3

// NewCandidate returns a member to choose, with the names of the first roles.
func NewCandidate(policy *rbac.Policy, member rbac.Member, key string, chosen bool) Candidate {
	c := Candidate{Key: key, ID: ID(member.ID), Status: member.Status.String(), Chosen: chosen}
	for _, assignment := range member.Assignments[:min(len(member.Assignments), mostCandidateRoles)] {
		c.Roles = append(c.Roles, roleName(policy, assignment.Role))
	}
	if len(member.Assignments) > mostCandidateRoles {
		c.Roles = append(c.Roles, "…")
	}
	return c
}
