package proof

import (
	"encoding/csv"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// reference is a second implementation of the specification, written to be obviously right and not to be fast. It uses
// the library's exported types and calls none of its functions that decide.
type reference struct {
	targets     map[rbac.Action]rbac.Target
	kinds       map[rbac.RoleID]rbac.WorkspaceKind
	owners      map[rbac.RoleID]rbac.Workspace // whose own role it is; absent: everybody's
	grants      map[rbac.RoleID]map[rbac.Action]rbac.Scope
	administers map[rbac.RoleID][]rbac.RoleID
	fourEyes    map[rbac.Action]bool
	exclusive   [][]rbac.RoleID

	under *reference // what the last layer stands on; nil if there is no layer
	layer rbac.Spec  // the last layer
}

func noRules() reference {
	return reference{
		targets:     map[rbac.Action]rbac.Target{},
		kinds:       map[rbac.RoleID]rbac.WorkspaceKind{},
		owners:      map[rbac.RoleID]rbac.Workspace{},
		grants:      map[rbac.RoleID]map[rbac.Action]rbac.Scope{},
		administers: map[rbac.RoleID][]rbac.RoleID{},
		fourEyes:    map[rbac.Action]bool{},
	}
}

var targetWords = map[string]rbac.Target{
	"tenant":      rbac.OnTenant,
	"developer":   rbac.OnDeveloper,
	"workspace":   rbac.OnTenant | rbac.OnDeveloper,
	"miniprogram": rbac.OnMiniProgram,
	"any":         rbac.OnTenant | rbac.OnDeveloper | rbac.OnMiniProgram,
}

var scopeWords = map[string]rbac.Scope{
	"-":         0,
	"own":       rbac.ScopeOwn,
	"assigned":  rbac.ScopeAssigned,
	"workspace": rbac.ScopeWorkspace,
	"tenant":    rbac.ScopeTenant,
}

var roleColumns = map[string]rbac.WorkspaceKind{
	"workspace_admin":     rbac.KindTenant,
	"workspace_reviewer":  rbac.KindTenant,
	"workspace_developer": rbac.KindTenant,
	"workspace_operator":  rbac.KindTenant,
	"developer_admin":     rbac.KindDeveloper,
	"developer":           rbac.KindDeveloper,
	"operator":            rbac.KindDeveloper,
}

// matrix is the reference for the default roles. It reads them from the published table and not from the library.
func matrix(t testing.TB) reference {
	t.Helper()
	const path = "../../testdata/matrix.csv"
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)

	ref := noRules()
	for name, kind := range roleColumns {
		ref.define(rbac.RoleID(name), kind)
		admin := map[rbac.WorkspaceKind]rbac.RoleID{
			rbac.KindTenant: "workspace_admin", rbac.KindDeveloper: "developer_admin",
		}[kind]
		ref.administers[admin] = append(ref.administers[admin], rbac.RoleID(name))
	}
	for _, row := range rows[1:] {
		ref.addMatrixRow(t, rows[0], row)
	}
	require.Len(t, ref.targets, 85, "actions in %s", path)
	return ref
}

func (ref reference) addMatrixRow(t testing.TB, header, row []string) {
	t.Helper()
	action := rbac.Action(row[slices.Index(header, "action")])
	target, known := targetWords[row[slices.Index(header, "target")]]
	require.True(t, known, "matrix.csv: target of %s", action)
	ref.targets[action] = target
	for name := range roleColumns {
		scope, known := scopeWords[row[slices.Index(header, name)]]
		require.True(t, known, "matrix.csv: %s, column %s", action, name)
		ref.addGrant(rbac.RoleID(name), action, scope)
	}
}

func (ref reference) define(id rbac.RoleID, kind rbac.WorkspaceKind) {
	ref.kinds[id] = kind
	ref.grants[id] = map[rbac.Action]rbac.Scope{}
}

func (ref reference) addGrant(id rbac.RoleID, a rbac.Action, scope rbac.Scope) {
	if scope == 0 {
		return
	}
	ref.grants[id][a] |= scope
}

// with is the reference for a policy with one more spec.
func (ref reference) with(spec rbac.Spec) reference {
	next := ref.clone()
	maps.Copy(next.targets, spec.Actions)
	for _, role := range spec.Roles {
		next.define(role.ID, role.Kind)
		next.addGrants(role.ID, role.Permissions)
		if role.Workspace != (rbac.Workspace{}) {
			next.owners[role.ID] = role.Workspace
		}
	}
	for id, permissions := range spec.Extend {
		next.addGrants(id, permissions)
	}
	for id, administered := range spec.Administers {
		next.administers[id] = unique(slices.Concat(next.administers[id], administered))
	}
	for _, action := range spec.FourEyes {
		next.fourEyes[action] = true
	}
	next.exclusive = append(next.exclusive, spec.Exclusive...)
	return next
}

// layered is the reference for what With returns.
func (ref reference) layered(layer rbac.Spec) reference {
	next := ref.with(layer)
	next.under, next.layer = &ref, layer
	return next
}

func (ref reference) addGrants(id rbac.RoleID, permissions rbac.Permissions) {
	for action, scope := range permissions {
		ref.addGrant(id, action, scope)
	}
}

func (ref reference) clone() reference {
	next := reference{
		targets:     maps.Clone(ref.targets),
		kinds:       maps.Clone(ref.kinds),
		owners:      maps.Clone(ref.owners),
		grants:      map[rbac.RoleID]map[rbac.Action]rbac.Scope{},
		administers: maps.Clone(ref.administers),
		fourEyes:    maps.Clone(ref.fourEyes),
		exclusive:   slices.Clone(ref.exclusive),
	}
	for id, granted := range ref.grants {
		next.grants[id] = maps.Clone(granted)
	}
	return next
}

// allows is Can.
func (ref reference) allows(now time.Time, m rbac.Member, a rbac.Action, r rbac.Resource) bool {
	if m.ID == "" || m.Status != rbac.StatusActive || m.Suspended {
		return false
	}
	if !isValid(m.Workspace) || !isValid(r.Workspace) {
		return false
	}
	if !ref.appliesTo(a, r) {
		return false
	}
	if ref.fourEyes[a] && (r.Owner == "" || r.Owner == m.ID) {
		return false
	}
	for _, as := range m.Assignments {
		if inForce(now, as) && reaches(m, as, ref.granted(m, as, a), r) {
			return true
		}
	}
	return false
}

// decide is Check. It asks allows, and gives the reason for what allows refuses.
func (ref reference) decide(now time.Time, m rbac.Member, a rbac.Action, r rbac.Resource) rbac.Decision {
	if !ref.allows(now, m, a, r) {
		return rbac.Decision{Action: a, Reason: ref.reason(now, m, a, r)}
	}
	grants := func(as rbac.Assignment) bool {
		holder := m
		holder.Assignments = []rbac.Assignment{as}
		return ref.allows(now, holder, a, r)
	}
	first := m.Assignments[slices.IndexFunc(m.Assignments, grants)]
	granted := rbac.Decision{Allowed: true, Reason: rbac.ReasonGranted, Action: a, Role: first.Role}
	for _, scope := range []rbac.Scope{rbac.ScopeTenant, rbac.ScopeWorkspace, rbac.ScopeOwn, rbac.ScopeAssigned} {
		if reaches(m, first, ref.granted(m, first, a)&scope, r) {
			granted.Scope = scope
			break
		}
	}
	return granted
}

// reason is why allows refuses: the member, then what the member sees, then the action, then the assignments.
func (ref reference) reason(now time.Time, m rbac.Member, a rbac.Action, r rbac.Resource) rbac.Reason {
	if reason := memberReason(m); reason != rbac.ReasonGranted {
		return reason
	}
	if reason := sightReason(m, r.Workspace); reason != rbac.ReasonGranted {
		return reason
	}
	if _, known := ref.targets[a]; !known {
		return rbac.ReasonUnknownAction
	}
	if !ref.appliesTo(a, r) {
		return rbac.ReasonWrongTarget
	}
	nearest := rbac.ReasonNoRole
	for _, as := range m.Assignments {
		nearest = nearer(nearest, ref.assignmentReason(now, m, as, a, r))
	}
	if nearest == rbac.ReasonGranted && r.Owner == "" {
		return rbac.ReasonOwnerUnknown
	}
	if nearest == rbac.ReasonGranted {
		return rbac.ReasonOwnRequest
	}
	return nearest
}

// memberReason is why the member may do nothing at all.
func memberReason(m rbac.Member) rbac.Reason {
	if m.ID == "" {
		return rbac.ReasonInvalidMember
	}
	if !isValid(m.Workspace) {
		return rbac.ReasonInvalidWorkspace
	}
	ofStatus := map[rbac.Status]rbac.Reason{
		rbac.StatusInvited:   rbac.ReasonInvited,
		rbac.StatusActive:    rbac.ReasonGranted,
		rbac.StatusBlocked:   rbac.ReasonBlocked,
		rbac.StatusWithdrawn: rbac.ReasonWithdrawn,
		rbac.StatusDeleted:   rbac.ReasonDeleted,
	}
	reason, known := ofStatus[m.Status]
	if !known {
		return rbac.ReasonInvalidMember
	}
	if reason == rbac.ReasonGranted && m.Suspended {
		return rbac.ReasonSuspended
	}
	return reason
}

// sightReason is why a workspace is out of the member's sight.
func sightReason(m rbac.Member, place rbac.Workspace) rbac.Reason {
	if !isValid(place) {
		return rbac.ReasonInvalidWorkspace
	}
	if place.Tenant != m.Workspace.Tenant {
		return rbac.ReasonOtherTenant
	}
	if m.Workspace.Kind == rbac.KindDeveloper && place != m.Workspace {
		return rbac.ReasonOtherWorkspace
	}
	return rbac.ReasonGranted
}

// fromFarToNear are the reasons of one assignment, by how much is missing to a grant.
var fromFarToNear = []rbac.Reason{
	rbac.ReasonNoRole, rbac.ReasonUnknownRole, rbac.ReasonOtherKind, rbac.ReasonNotGranted, rbac.ReasonOwnWorkspaceOnly,
	rbac.ReasonNotOwner, rbac.ReasonNotAssigned, rbac.ReasonExpired, rbac.ReasonNotYet, rbac.ReasonGranted,
}

func nearer(one, other rbac.Reason) rbac.Reason {
	if slices.Index(fromFarToNear, one) < slices.Index(fromFarToNear, other) {
		return other
	}
	return one
}

func (ref reference) assignmentReason(
	now time.Time, m rbac.Member, as rbac.Assignment, a rbac.Action, r rbac.Resource,
) rbac.Reason {
	if reason := ref.roleReason(as.Role, m.Workspace); reason != rbac.ReasonGranted {
		return reason
	}
	scope := ref.grants[as.Role][a]
	if scope == 0 {
		return rbac.ReasonNotGranted
	}
	if !reaches(m, as, scope, r) {
		if m.Workspace != r.Workspace {
			return rbac.ReasonOwnWorkspaceOnly
		}
		if scope&rbac.ScopeAssigned != 0 {
			return rbac.ReasonNotAssigned
		}
		return rbac.ReasonNotOwner
	}
	if inForce(now, as) {
		return rbac.ReasonGranted
	}
	if ended(now, as) {
		return rbac.ReasonExpired
	}
	return rbac.ReasonNotYet
}

// isValid says whether a workspace's fields agree with each other.
func isValid(w rbac.Workspace) bool {
	if w.ID == "" || w.Tenant == "" {
		return false
	}
	if w.Kind == rbac.KindTenant {
		return w.Tenant == w.ID
	}
	return w.Kind == rbac.KindDeveloper
}

func (ref reference) appliesTo(a rbac.Action, r rbac.Resource) bool {
	target, known := ref.targets[a]
	if !known {
		return false
	}
	if r.MiniProgram != "" {
		return target&rbac.OnMiniProgram != 0
	}
	if r.Workspace.Kind == rbac.KindTenant {
		return target&rbac.OnTenant != 0
	}
	return target&rbac.OnDeveloper != 0
}

func inForce(now time.Time, as rbac.Assignment) bool {
	if !as.NotBefore.IsZero() && now.Before(as.NotBefore) {
		return false
	}
	if !as.NotAfter.IsZero() && !now.Before(as.NotAfter) {
		return false
	}
	return true
}

// ended says whether the assignment is never in force from now on: it is over, or its bounds are reversed.
func ended(now time.Time, as rbac.Assignment) bool {
	if as.NotAfter.IsZero() {
		return false
	}
	return !now.Before(as.NotAfter) || !as.NotBefore.Before(as.NotAfter)
}

// roleReason is why members of the workspace cannot hold the role. A role of another workspace's own is unknown there.
func (ref reference) roleReason(id rbac.RoleID, w rbac.Workspace) rbac.Reason {
	kind, defined := ref.kinds[id]
	owner, owned := ref.owners[id]
	if !defined || owned && owner != w {
		return rbac.ReasonUnknownRole
	}
	if kind != w.Kind {
		return rbac.ReasonOtherKind
	}
	return rbac.ReasonGranted
}

func (ref reference) granted(m rbac.Member, as rbac.Assignment, a rbac.Action) rbac.Scope {
	if ref.roleReason(as.Role, m.Workspace) != rbac.ReasonGranted {
		return 0
	}
	return ref.grants[as.Role][a]
}

func reaches(m rbac.Member, as rbac.Assignment, scope rbac.Scope, r rbac.Resource) bool {
	if scope&rbac.ScopeTenant != 0 && m.Workspace.Kind == rbac.KindTenant && m.Workspace.Tenant == r.Workspace.Tenant {
		return true
	}
	if m.Workspace != r.Workspace {
		return false
	}
	if scope&rbac.ScopeWorkspace != 0 {
		return true
	}
	if scope&rbac.ScopeAssigned != 0 && r.MiniProgram != "" && slices.Contains(as.MiniPrograms, r.MiniProgram) {
		return true
	}
	return scope&rbac.ScopeOwn != 0 && r.Owner != "" && r.Owner == m.ID
}

// excludes says whether one member may not hold both roles at one time.
func (ref reference) excludes(one, other rbac.RoleID) bool {
	return one != other && slices.ContainsFunc(ref.exclusive, func(set []rbac.RoleID) bool {
		return slices.Contains(set, one) && slices.Contains(set, other)
	})
}

// overlap says whether two assignments are in force together, from now on. If they ever are, they are at the later of
// their starts, or now.
func overlap(now time.Time, one, other rbac.Assignment) bool {
	for _, instant := range []time.Time{now, one.NotBefore, other.NotBefore} {
		if !instant.Before(now) && inForce(instant, one) && inForce(instant, other) {
			return true
		}
	}
	return false
}

var eachScope = []rbac.Scope{rbac.ScopeOwn, rbac.ScopeAssigned, rbac.ScopeWorkspace, rbac.ScopeTenant}

// isUsable says whether a role of the kind can reach such a target with the scope.
func isUsable(scope rbac.Scope, kind rbac.WorkspaceKind, target rbac.Target) bool {
	if scope == rbac.ScopeAssigned {
		return target&rbac.OnMiniProgram != 0
	}
	if scope == rbac.ScopeTenant {
		return kind == rbac.KindTenant
	}
	if kind == rbac.KindTenant {
		return target&(rbac.OnTenant|rbac.OnMiniProgram) != 0
	}
	return target&(rbac.OnDeveloper|rbac.OnMiniProgram) != 0
}

// canMeet says whether one member can hold both roles.
func (ref reference) canMeet(one, other rbac.RoleID) bool {
	first, owned := ref.owners[one]
	second, alsoOwned := ref.owners[other]
	return ref.kinds[one] == ref.kinds[other] && (!owned || !alsoOwned || first == second)
}

// canAdminister says whether a holder of one role can ever act on a holder of the other.
func (ref reference) canAdminister(actor, other rbac.RoleID) bool {
	if ref.kinds[actor] == rbac.KindDeveloper {
		return ref.canMeet(actor, other)
	}
	first, owned := ref.owners[actor]
	second, alsoOwned := ref.owners[other]
	return !owned || !alsoOwned || first.Tenant == second.Tenant
}

// neverUnderFourEyes says whether a role grants an action under four eyes only on one's own. New refuses such a role,
// because four eyes always refuse the owner.
func (ref reference) neverUnderFourEyes(id rbac.RoleID, a rbac.Action) bool {
	return ref.fourEyes[a] && ref.grants[id][a] == rbac.ScopeOwn
}
