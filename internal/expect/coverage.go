package expect

import (
	"cmp"
	"slices"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/load"
)

// Cell is one permission of a role: an action and one scope. A role that does not grant
// the action has a cell without scope.
type Cell struct {
	Role   rbac.RoleID `json:"role"`
	Action rbac.Action `json:"action"`
	Scope  rbac.Scope  `json:"scope,omitzero"`
}

// Side is how a cell is exercised.
//
// The cell is exercised as allowed by a case that expects and gets a grant to which the
// cell alone would lead, and as denied by one that expects and gets a denial although a
// holder of the role asks: the cell does not reach that resource, or four eyes refuse it.
// A cell without scope can only be exercised as denied.
type Side struct {
	Allowed bool `json:"allowed"`
	Denied  bool `json:"denied"`
}

// Coverage says which cells of a policy the cases exercise.
type Coverage struct {
	file   *File
	target map[rbac.Action]rbac.Target
	guards map[rbac.Action]bool
	cells  map[Cell]*Side
	alone  map[Cell]*rbac.Policy
}

var scopes = []rbac.Scope{rbac.ScopeOwn, rbac.ScopeAssigned, rbac.ScopeWorkspace, rbac.ScopeTenant}

func newCoverage(f *File) *Coverage {
	c := &Coverage{
		file: f, target: f.Policy.Spec().Actions, guards: make(map[rbac.Action]bool),
		cells: make(map[Cell]*Side), alone: make(map[Cell]*rbac.Policy),
	}
	for _, action := range f.Policy.Spec().FourEyes {
		c.guards[action] = true
	}
	for id := range f.roles {
		for action := range f.actions {
			for _, cell := range f.cellsOf(id, action) {
				c.cells[cell] = &Side{}
			}
		}
	}
	return c
}

// cellsOf returns a cell for each scope through which a role grants an action.
func (f *File) cellsOf(id rbac.RoleID, action rbac.Action) (cells []Cell) {
	granted := f.roles[id].Permissions[action]
	if granted == 0 {
		return []Cell{{Role: id, Action: action}}
	}
	for _, scope := range scopes {
		if granted&scope != 0 {
			cells = append(cells, Cell{id, action, scope})
		}
	}
	return cells
}

// note exercises the cells of the roles that a member holds, by a decision that a case
// expects.
func (c *Coverage) note(m rbac.Member, now time.Time, action rbac.Action, resource rbac.Resource, allowed bool) {
	if m.Status != rbac.StatusActive || m.Suspended {
		return // denied whatever the cells are
	}
	for _, assignment := range m.Assignments {
		role, defined := c.file.roles[assignment.Role]
		if !defined || role.Kind != m.Workspace.Kind || !load.InForce(&assignment, now) ||
			role.Workspace != (rbac.Workspace{}) && role.Workspace != m.Workspace {
			continue
		}
		for _, cell := range c.file.cellsOf(role.ID, action) {
			side := c.cells[cell]
			if allowed && side.Allowed || !allowed && side.Denied {
				continue
			}
			reaches := c.reaches(cell, m, assignment, resource)
			side.Allowed = side.Allowed || allowed && reaches
			side.Denied = side.Denied || !allowed && !reaches
		}
	}
}

// reaches asks a policy that has only this cell about the member with only this
// assignment.
func (c *Coverage) reaches(cell Cell, m rbac.Member, assignment rbac.Assignment, resource rbac.Resource) bool {
	if cell.Scope == 0 {
		return false
	}
	policy, built := c.alone[cell]
	if !built {
		role := c.file.roles[cell.Role]
		role.Permissions = rbac.Permissions{cell.Action: cell.Scope}
		spec := rbac.Spec{Actions: map[rbac.Action]rbac.Target{cell.Action: c.target[cell.Action]}, Roles: []rbac.Role{role}}
		if c.guards[cell.Action] {
			spec.FourEyes = []rbac.Action{cell.Action}
		}
		// An error is a cell that four eyes always refuse. The nil policy denies.
		policy, _ = rbac.New(spec)
		c.alone[cell] = policy
	}
	assignment.NotBefore, assignment.NotAfter = time.Time{}, time.Time{}
	m.Assignments = []rbac.Assignment{assignment}
	return policy.Can(m, cell.Action, resource)
}

// Count is how many cells there are, and how many of them are exercised.
type Count struct {
	Covered int `json:"covered"`
	Cells   int `json:"cells"`
}

// Coverage returns what the cases that ran exercise.
func (f *File) Coverage() *Coverage { return f.coverage }

// Merge adds what another file exercises, of the same policy.
func (c *Coverage) Merge(other *Coverage) {
	for cell, side := range other.cells {
		c.cells[cell].Allowed = c.cells[cell].Allowed || side.Allowed
		c.cells[cell].Denied = c.cells[cell].Denied || side.Denied
	}
}

// Summary counts the cells of one role.
type Summary struct {
	Role    rbac.RoleID `json:"role"`
	Allowed Count       `json:"allowed"`     // of the cells that grant: exercised as allowed
	Denied  Count       `json:"denied"`      // of the cells that grant: exercised as denied
	Absent  Count       `json:"not_granted"` // of the cells without scope: exercised as denied
}

// Roles counts the cells of each role, in name order.
func (c *Coverage) Roles() []Summary {
	byRole := make(map[rbac.RoleID]*Summary)
	for cell, side := range c.cells {
		s := byRole[cell.Role]
		if s == nil {
			s = &Summary{Role: cell.Role}
			byRole[cell.Role] = s
		}
		if cell.Scope == 0 {
			s.Absent.add(side.Denied)
			continue
		}
		s.Allowed.add(side.Allowed)
		s.Denied.add(side.Denied)
	}
	summaries := make([]Summary, 0, len(byRole))
	for _, s := range byRole {
		summaries = append(summaries, *s)
	}
	slices.SortFunc(summaries, func(a, b Summary) int { return cmp.Compare(a.Role, b.Role) })
	return summaries
}

func (c *Count) add(covered bool) {
	c.Cells++
	if covered {
		c.Covered++
	}
}

// Total counts all that can be exercised: each cell that grants, as allowed and as
// denied, and each cell without scope, as denied.
func (c *Coverage) Total() (total Count) {
	for _, s := range c.Roles() {
		for _, count := range []Count{s.Allowed, s.Denied, s.Absent} {
			total.Cells += count.Cells
			total.Covered += count.Covered
		}
	}
	return total
}

// Open is a cell that is not exercised in full.
type Open struct {
	Cell
	Side
}

// Open returns the cells that lack something, in order.
func (c *Coverage) Open() []Open {
	open := []Open{}
	for cell, side := range c.cells {
		if !side.Denied || cell.Scope != 0 && !side.Allowed {
			open = append(open, Open{cell, *side})
		}
	}
	slices.SortFunc(open, func(a, b Open) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Action, b.Action), cmp.Compare(a.Scope, b.Scope))
	})
	return open
}
