package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// world is a policy, and what can be asked of it.
type world struct {
	policy  *rbac.Policy
	actions []rbac.Action
	roles   []rbac.Role
}

// newWorld builds upon the platform's roles in one world of two, and from nothing in the other.
func newWorld(t *testing.T, d *rand.Rand) world {
	var specs []rbac.Spec
	known := everyTarget()
	if chance(d, 50) {
		specs = append(specs, rbac.Defaults())
		maps.Copy(known, rbac.Defaults().Actions)
	}
	policy, err := rbac.New(append(specs, anySpec(d, known))...)
	require.NoError(t, err, "a spec that must be accepted")
	return world{policy, slices.Sorted(maps.Keys(known)), policy.Spec().Roles}
}

// everyTarget declares an action for every kind of target there is.
func everyTarget() map[rbac.Action]rbac.Target {
	actions := map[rbac.Action]rbac.Target{}
	for target := rbac.Target(1); target <= rbac.OnAny; target++ {
		actions[rbac.Action(fmt.Sprintf("custom.on_%d", target))] = target
	}
	return actions
}

func anySpec(d *rand.Rand, known map[rbac.Action]rbac.Target) rbac.Spec {
	spec := rbac.Spec{Actions: everyTarget()}
	for i := range 6 {
		kind := rbac.KindTenant + rbac.WorkspaceKind(i%2)
		spec.Roles = append(spec.Roles, rbac.Role{
			ID: rbac.RoleID(fmt.Sprintf("custom_%d", i)), Kind: kind, Permissions: anyPermissions(d, kind, known),
		})
	}
	for _, action := range slices.Sorted(maps.Keys(known)) {
		if chance(d, 25) {
			spec.FourEyes = append(spec.FourEyes, action)
		}
	}
	return spec
}

func anyPermissions(d *rand.Rand, kind rbac.WorkspaceKind, known map[rbac.Action]rbac.Target) rbac.Permissions {
	permissions := rbac.Permissions{}
	for _, action := range slices.Sorted(maps.Keys(known)) {
		if chance(d, 85) {
			permissions[action] = anyScope(d, kind, known[action])
		}
	}
	return permissions
}

// anyScope is made of scopes that a role of the kind can use on the target. It may be zero, which grants nothing.
func anyScope(d *rand.Rand, kind rbac.WorkspaceKind, target rbac.Target) rbac.Scope {
	home := rbac.OnTenant
	if kind == rbac.KindDeveloper {
		home = rbac.OnDeveloper
	}
	var scope rbac.Scope
	if target&(home|rbac.OnMiniProgram) != 0 {
		scope |= pick(d, []rbac.Scope{0, rbac.ScopeOwn, rbac.ScopeOwn, rbac.ScopeWorkspace})
	}
	if target&rbac.OnMiniProgram != 0 && chance(d, 50) {
		scope |= rbac.ScopeAssigned
	}
	if kind == rbac.KindTenant && chance(d, 40) {
		scope |= rbac.ScopeTenant
	}
	return scope
}

var contradictory = []rbac.Workspace{
	{},
	{Kind: rbac.KindTenant, ID: "wallet"},
	{Kind: rbac.KindTenant, ID: "kiosk", Tenant: "wallet"},
	{Kind: rbac.KindDeveloper, ID: "kiosk"},
	{Kind: rbac.KindDeveloper, Tenant: "wallet"},
	{Kind: 9, ID: "kiosk", Tenant: "wallet"},
}

// anyMember is somebody who has to do with some of the rows, and whose IDs the database can compare.
func (w world) anyMember(d *rand.Rand, rows []hostileRow, on dialect) rbac.Member {
	row := pick(d, rows[:soundRows])
	m := rbac.Member{ID: row.owner.String, Workspace: row.resource(false).Workspace, Status: rbac.StatusActive}
	if chance(d, 30) {
		m.Workspace = rbac.Tenant(row.tenant.String)
	}
	if chance(d, 5) {
		m.Workspace = pick(d, contradictory)
	}
	if chance(d, 15) {
		m.ID = anyLookalike(d, m.ID, on)
	}
	if chance(d, 5) {
		m.Status = rbac.Status(d.IntN(7))
	}
	for range 1 + d.IntN(3) {
		m.Assignments = append(m.Assignments, w.anyAssignment(d, m.Workspace.Kind, on))
	}
	return m
}

func anyLookalike(d *rand.Rand, id string, on dialect) string {
	lookalike := pick(d, lookalikes(id))
	if !on.canStore(lookalike) {
		return id
	}
	return lookalike
}

func (w world) anyAssignment(d *rand.Rand, kind rbac.WorkspaceKind, on dialect) rbac.Assignment {
	as := rbac.Assignment{Role: w.anyRole(d, kind)}
	for range d.IntN(4) {
		program := pick(d, programIDs)
		if chance(d, 30) {
			program = anyLookalike(d, program, on)
		}
		as.MiniPrograms = append(as.MiniPrograms, program)
	}
	if chance(d, 15) {
		as.NotBefore = pick(d, []time.Time{longAgo, farAhead})
	}
	if chance(d, 15) {
		as.NotAfter = pick(d, []time.Time{longAgo, farAhead})
	}
	return as
}

// Whenever the tests run, it is between the two.
var (
	longAgo  = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	farAhead = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

func (w world) anyRole(d *rand.Rand, kind rbac.WorkspaceKind) rbac.RoleID {
	if chance(d, 3) {
		return "nobody"
	}
	role := pick(d, w.roles)
	for role.Kind != kind && kind != 0 && kind != 9 {
		role = pick(d, w.roles)
	}
	return role.ID
}

// anyAction is one of every target in two cases of three.
func (w world) anyAction(d *rand.Rand) rbac.Action {
	if chance(d, 66) {
		return rbac.Action(fmt.Sprintf("custom.on_%d", 1+d.IntN(int(rbac.OnAny))))
	}
	return pick(d, w.actions)
}
