package proof

import (
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// hostileStrings are IDs, names and words that a caller may send.
var hostileStrings = []string{
	"", " ", "\x00", "\xff\xfe", "mp-1\x00", "*", "%", "_", "?", "$1", "'", "\"", ");--",
	"mp-1", "wallet", "\u212a", "e\u0301", "\u00e9", "\u202e", "x\nadmin: allowed",
	"01", "1", "null", "NULL", "tenant", "..", "a..b", ".a", strings.Repeat("a", 65), strings.Repeat("\u00e9", 1<<16),
}

// sqlStrings mean something in SQL, or look as if they did.
var sqlStrings = []string{
	"'", "' OR '1'='1", `"`, "?", "$1", "--", "/*", "\\", "%", "_", "\x00", "NULL", ")", "wallet",
}

func hostileWorkspace(d dice) rbac.Workspace {
	if chance(d, 50) {
		return pick(d, []rbac.Workspace{theWallet, theShop})
	}
	return rbac.Workspace{
		Kind:   rbac.WorkspaceKind(d.IntN(256)),
		ID:     pick(d, hostileStrings),
		Tenant: pick(d, hostileStrings),
	}
}

func hostileMember(d dice) rbac.Member {
	m := rbac.Member{
		ID:        pick(d, hostileStrings),
		Workspace: hostileWorkspace(d),
		Status:    rbac.Status(d.IntN(256)),
		Suspended: chance(d, 10),
		InvitedAt: hostileTime(d),
	}
	if chance(d, 70) {
		m.Status = rbac.StatusActive
	}
	for range d.IntN(5) {
		m.Assignments = append(m.Assignments, hostileAssignment(d))
	}
	return m
}

func hostileAssignment(d dice) rbac.Assignment {
	as := rbac.Assignment{Role: rbac.RoleID(pick(d, hostileStrings)), MiniPrograms: picks(d, 6, hostileStrings)}
	as.NotBefore, as.NotAfter = hostileTime(d), hostileTime(d)
	if chance(d, 60) {
		as.Role = pick(d, []rbac.RoleID{
			rbac.WorkspaceAdmin, rbac.WorkspaceDeveloper, rbac.DeveloperAdmin, rbac.Developer,
		})
	}
	return as
}

func hostileTime(d dice) time.Time {
	if chance(d, 60) {
		return time.Time{}
	}
	return pick(d, []time.Time{
		time.Unix(1<<62, 0), time.Unix(-1<<62, 0), time.Unix(0, -1), time.Now(), time.Now().Add(1<<63 - 1),
	})
}

func hostileResource(d dice) rbac.Resource {
	return rbac.Resource{
		Workspace:   hostileWorkspace(d),
		MiniProgram: pick(d, hostileStrings),
		Owner:       pick(d, hostileStrings),
	}
}

// nearbyResource is one that the member may reach.
func nearbyResource(d dice, m rbac.Member) rbac.Resource {
	r := rbac.Resource{Workspace: m.Workspace, Owner: m.ID}
	if len(m.Assignments) > 0 {
		r.MiniProgram = oneOf(d, pick(d, m.Assignments).MiniPrograms, "mp-1")
	}
	return r
}

func hostileAction(d dice) rbac.Action {
	if chance(d, 50) {
		return pick(d, []rbac.Action{rbac.ViewMiniProgram, rbac.SetMemberRole, rbac.ViewRequest, rbac.DecideRelease})
	}
	return rbac.Action(pick(d, hostileStrings))
}

func hostileSpec(d dice) rbac.Spec {
	spec := rbac.Spec{
		Actions:     map[rbac.Action]rbac.Target{hostileAction(d): rbac.Target(d.IntN(256))},
		Labels:      map[rbac.Action]rbac.Label{hostileAction(d): {Name: pick(d, hostileStrings)}},
		Extend:      map[rbac.RoleID]rbac.Permissions{hostileRoleID(d): hostilePermissions(d)},
		Administers: map[rbac.RoleID][]rbac.RoleID{hostileRoleID(d): {hostileRoleID(d), hostileRoleID(d)}},
		Exclusive:   [][]rbac.RoleID{nil, {hostileRoleID(d)}, {hostileRoleID(d), hostileRoleID(d)}},
		FourEyes:    []rbac.Action{hostileAction(d)},
		AtLeast:     map[rbac.RoleID]int{hostileRoleID(d): d.IntN(9) - 4},
		AtMost:      map[rbac.RoleID]int{hostileRoleID(d): -1 << 63},
	}
	for range d.IntN(3) {
		spec.Roles = append(spec.Roles, hostileRole(d))
	}
	return spec
}

func hostileRole(d dice) rbac.Role {
	return rbac.Role{
		ID:          hostileRoleID(d),
		Workspace:   hostileWorkspace(d),
		Kind:        rbac.WorkspaceKind(d.IntN(256)),
		Name:        pick(d, hostileStrings),
		Description: pick(d, hostileStrings),
		Permissions: hostilePermissions(d),
	}
}

func hostileRoleID(d dice) rbac.RoleID {
	if chance(d, 50) {
		return pick(d, []rbac.RoleID{rbac.WorkspaceAdmin, rbac.DeveloperAdmin, rbac.Developer, deputy})
	}
	return rbac.RoleID(pick(d, hostileStrings))
}

func hostilePermissions(d dice) rbac.Permissions {
	return rbac.Permissions{hostileAction(d): rbac.Scope(d.IntN(256))}
}
