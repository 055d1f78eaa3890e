// Package people finds who of a policy's members notices a change of the policy.
package people

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/address"
	"github.com/miniprogram-platform/rbac/internal/load"
)

// How the effect on people is found.
//
// For a member, resources differ only in a few ways: whose workspace it is, which of the
// member's assignments name the mini program, and whether the owner is the member,
// somebody else or unknown. Both policies are asked about one resource of each sort, for
// the actions that the member's roles gain or lose. Members who hold the same roles, with
// mini programs that overlap in the same way, are asked once.

// Person is a member for whom something changes.
type Person struct {
	Member    string         `json:"member"`
	Workspace rbac.Workspace `json:"workspace"`
	Effect
	Problems []string `json:"problems,omitempty"` // why the new policy does not accept the member
	Name     string   `json:"-"`                  // the ID with the workspace: alice@wallet/shop
}

// Effect is what changes for a member.
type Effect struct {
	Gains []rbac.Action `json:"gains,omitempty"` // what the member may do somewhere, and could not
	Loses []rbac.Action `json:"loses,omitempty"`
}

// Workspace is a workspace with its new problems.
type Workspace struct {
	Workspace rbac.Workspace `json:"workspace"`
	Problems  []string       `json:"problems"`
}

// Search looks for the members and workspaces that notice, as of an instant, the changes
// that [rbac.Diff] found between two policies.
type Search struct {
	old, new   *rbac.Policy
	now        time.Time
	changed    map[rbac.RoleID][]rbac.Action
	revalidate map[rbac.RoleID]bool // roles whose holders may have become invalid
	own        map[rbac.RoleID]bool // roles that are one workspace's own
	recount    bool                 // a workspace may have too few or too many holders
	known      map[string]Effect

	people     []*Person
	members    map[rbac.Workspace][]rbac.Member // if they must be counted again
	workspaces []rbac.Workspace                 // of members, in the order in which they come
}

// NewSearch returns a search without members.
func NewSearch(old, new *rbac.Policy, now time.Time, changes []rbac.Change) *Search {
	s := &Search{
		old: old, new: new, now: now,
		changed:    make(map[rbac.RoleID][]rbac.Action),
		revalidate: make(map[rbac.RoleID]bool),
		own:        make(map[rbac.RoleID]bool),
		known:      make(map[string]Effect),
		members:    make(map[rbac.Workspace][]rbac.Member),
	}
	for _, c := range changes {
		if c.Guard == "" && c.Action != "" {
			s.changed[c.Role] = append(s.changed[c.Role], c.Action)
		}
		if c.Revalidate != "" {
			s.revalidate[c.Role] = true
		}
		s.recount = s.recount || c.Guard == "at_least" || c.Guard == "at_most"
	}
	for _, policy := range []*rbac.Policy{old, new} {
		for role := range policy.Roles() {
			s.own[role.ID] = s.own[role.ID] || role.Workspace != rbac.Workspace{}
		}
	}
	return s
}

// Add looks at one more member.
func (s *Search) Add(m rbac.Member) {
	p := &Person{Member: m.ID, Workspace: m.Workspace, Effect: s.effect(&m), Problems: s.problems(&m)}
	if len(p.Gains)+len(p.Loses)+len(p.Problems) > 0 {
		p.Name = address.Member(m)
		s.people = append(s.people, p)
	}
	if !s.recount {
		return
	}
	if s.members[m.Workspace] == nil {
		s.workspaces = append(s.workspaces, m.Workspace)
	}
	s.members[m.Workspace] = append(s.members[m.Workspace], m)
}

// People returns the members for whom something changes, sorted by their names.
func (s *Search) People() []*Person {
	slices.SortStableFunc(s.people, func(a, b *Person) int { return strings.Compare(a.Name, b.Name) })
	return s.people
}

// problems returns why the new policy does not accept a member whom the old one accepts.
func (s *Search) problems(m *rbac.Member) []string {
	if m.Status == rbac.StatusWithdrawn || m.Status == rbac.StatusDeleted {
		return nil
	}
	if !slices.ContainsFunc(m.Assignments, func(a rbac.Assignment) bool { return s.revalidate[a.Role] }) {
		return nil
	}
	err := s.new.ValidateMemberAt(s.now, *m)
	if err == nil || s.old.ValidateMemberAt(s.now, *m) != nil {
		return nil
	}
	return texts(err)
}

func texts(err error) (all []string) {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []string{strings.TrimPrefix(err.Error(), "rbac: ")}
	}
	for _, e := range joined.Unwrap() {
		all = append(all, strings.TrimPrefix(e.Error(), "rbac: "))
	}
	return all
}

// Workspaces returns the workspaces that have problems under the new policy which they
// did not have under the old one.
func (s *Search) Workspaces() (found []Workspace) {
	for _, workspace := range s.workspaces {
		there := slices.Values(s.members[workspace])
		after := texts(s.new.ValidateWorkspaceAt(s.now, workspace, there))
		if len(after) == 0 {
			continue
		}
		before := texts(s.old.ValidateWorkspaceAt(s.now, workspace, there))
		after = slices.DeleteFunc(after, func(text string) bool { return slices.Contains(before, text) })
		if len(after) > 0 {
			found = append(found, Workspace{workspace, after})
		}
	}
	return found
}

// effect returns what changes for a member.
func (s *Search) effect(m *rbac.Member) Effect {
	if m.Status != rbac.StatusActive || m.Suspended {
		return Effect{}
	}
	if !slices.ContainsFunc(m.Assignments, func(a rbac.Assignment) bool { return s.changed[a.Role] != nil }) {
		return Effect{}
	}
	held := slices.DeleteFunc(slices.Clone(m.Assignments), func(a rbac.Assignment) bool {
		return !load.InForce(&a, s.now)
	})
	overlaps := overlapsOf(held)
	key := s.key(m, held, overlaps)
	if known, found := s.known[key]; found {
		return known
	}
	e := s.compare(m, held, overlaps)
	s.known[key] = e
	return e
}

// overlapsOf returns one mini program for each way in which assignments name one: by the
// positions of all that do.
func overlapsOf(held []rbac.Assignment) map[string]string {
	if len(held) == 1 {
		for _, id := range held[0].MiniPrograms {
			return map[string]string{"0 ": id}
		}
		return nil
	}
	namedBy := make(map[string]string)
	for i := range held {
		position := strconv.Itoa(i) + " "
		for _, id := range held[i].MiniPrograms {
			if !strings.HasSuffix(" "+namedBy[id], " "+position) {
				namedBy[id] += position
			}
		}
	}
	overlaps := make(map[string]string)
	for id, positions := range namedBy {
		overlaps[positions] = max(overlaps[positions], id)
	}
	return overlaps
}

// key is the same for members for whom the same changes.
func (s *Search) key(m *rbac.Member, held []rbac.Assignment, overlaps map[string]string) string {
	var key strings.Builder
	key.WriteString(m.Workspace.Kind.String())
	for _, a := range held {
		key.WriteString("\x00" + string(a.Role))
		if s.own[a.Role] {
			key.WriteString("\x00" + m.Workspace.Tenant + "\x00" + m.Workspace.ID)
		}
	}
	for _, positions := range slices.Sorted(maps.Keys(overlaps)) {
		key.WriteString("\x00" + positions)
	}
	return key.String()
}

// compare asks both policies about one resource of each sort.
func (s *Search) compare(m *rbac.Member, held []rbac.Assignment, overlaps map[string]string) (e Effect) {
	actions := make(map[rbac.Action]bool)
	for _, a := range held {
		for _, action := range s.changed[a.Role] {
			actions[action] = true
		}
	}
	before, after := s.old.BindAt(s.now, *m), s.new.BindAt(s.now, *m)
	resources := resourcesFor(m, overlaps)
	for _, action := range slices.Sorted(maps.Keys(actions)) {
		var gains, loses bool
		for _, resource := range resources {
			could, can := before.Can(action, resource), after.Can(action, resource)
			gains, loses = gains || can && !could, loses || could && !can
		}
		if gains {
			e.Gains = append(e.Gains, action)
		}
		if loses {
			e.Loses = append(e.Loses, action)
		}
	}
	return e
}

// resourcesFor returns one resource of each sort, as seen from a member.
func resourcesFor(m *rbac.Member, overlaps map[string]string) (resources []rbac.Resource) {
	workspaces := []rbac.Workspace{m.Workspace}
	if m.Workspace.Kind == rbac.KindTenant {
		workspaces = append(workspaces, m.Workspace.Developer("merchant"))
	}
	unnamed := "mp"
	for slices.ContainsFunc(m.Assignments, func(a rbac.Assignment) bool {
		return slices.Contains(a.MiniPrograms, unnamed)
	}) {
		unnamed += "-"
	}
	programs := append([]string{"", unnamed}, slices.Sorted(maps.Values(overlaps))...)
	for _, workspace := range workspaces {
		for _, program := range programs {
			for _, owner := range []string{"", m.ID, m.ID + "-"} {
				resources = append(resources, workspace.MiniProgram(program).OwnedBy(owner))
			}
		}
	}
	return resources
}
