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
	targets   map[rbac.Action]rbac.Target
	kinds     map[rbac.RoleID]rbac.WorkspaceKind
	grants    map[rbac.RoleID]map[rbac.Action]rbac.Scope
	fourEyes  map[rbac.Action]bool
	exclusive [][]rbac.RoleID
}

func noRules() reference {
	return reference{
		targets:  map[rbac.Action]rbac.Target{},
		kinds:    map[rbac.RoleID]rbac.WorkspaceKind{},
		grants:   map[rbac.RoleID]map[rbac.Action]rbac.Scope{},
		fourEyes: map[rbac.Action]bool{},
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
	}
	for id, permissions := range spec.Extend {
		next.addGrants(id, permissions)
	}
	for _, action := range spec.FourEyes {
		next.fourEyes[action] = true
	}
	next.exclusive = append(next.exclusive, spec.Exclusive...)
	return next
}

func (ref reference) addGrants(id rbac.RoleID, permissions rbac.Permissions) {
	for action, scope := range permissions {
		ref.addGrant(id, action, scope)
	}
}

func (ref reference) clone() reference {
	next := reference{
		targets:   maps.Clone(ref.targets),
		kinds:     maps.Clone(ref.kinds),
		grants:    map[rbac.RoleID]map[rbac.Action]rbac.Scope{},
		fourEyes:  maps.Clone(ref.fourEyes),
		exclusive: slices.Clone(ref.exclusive),
	}
	for id, granted := range ref.grants {
		next.grants[id] = maps.Clone(granted)
	}
	return next
}

// allows is Can.
func (ref reference) allows(now time.Time, m rbac.Member, a rbac.Action, r rbac.Resource) bool {
	if m.ID == "" || m.Status != rbac.StatusActive {
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

func (ref reference) granted(m rbac.Member, as rbac.Assignment, a rbac.Action) rbac.Scope {
	if kind, known := ref.kinds[as.Role]; !known || kind != m.Workspace.Kind {
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

// right is the smallest unit of law 7: one action, with one scope, in one place, for one stretch of time.
type right struct {
	action  rbac.Action
	scope   rbac.Scope // a single flag
	place   rbac.Workspace
	program string    // for ScopeAssigned only
	from    time.Time // not before the time of the question
	until   time.Time // zero: no end
}

// rightsFrom are the rights that the assignment gives a member of the workspace, now or later.
func (ref reference) rightsFrom(now time.Time, w rbac.Workspace, as rbac.Assignment) []right {
	if kind, known := ref.kinds[as.Role]; !known || kind != w.Kind || ended(now, as) {
		return nil
	}
	from := now
	if as.NotBefore.After(now) {
		from = as.NotBefore
	}
	var all []right
	for action, scopes := range ref.grants[as.Role] {
		one := right{action: action, place: w, from: from, until: as.NotAfter}
		all = append(all, one.withScopes(scopes, as.MiniPrograms)...)
	}
	return all
}

// withScopes is the right once for each scope, and for ScopeAssigned once for each mini program.
func (one right) withScopes(scopes rbac.Scope, programs []string) []right {
	var all []right
	for _, scope := range []rbac.Scope{rbac.ScopeTenant, rbac.ScopeWorkspace, rbac.ScopeOwn} {
		if scopes&scope != 0 {
			one.scope = scope
			all = append(all, one)
		}
	}
	if scopes&rbac.ScopeAssigned == 0 {
		return all
	}
	for _, program := range programs {
		if program == "" {
			continue
		}
		one.scope, one.program = rbac.ScopeAssigned, program
		all = append(all, one)
	}
	return all
}

// ended says whether the assignment is never in force from now on: it is over, or its bounds are reversed.
func ended(now time.Time, as rbac.Assignment) bool {
	if as.NotAfter.IsZero() {
		return false
	}
	return !now.Before(as.NotAfter) || !as.NotBefore.Before(as.NotAfter)
}

// currentRights are what the member can do at this instant, and so what the member may give.
func (ref reference) currentRights(now time.Time, m rbac.Member) []right {
	if m.ID == "" || m.Status != rbac.StatusActive || !isValid(m.Workspace) {
		return nil
	}
	var all []right
	for _, as := range m.Assignments {
		if inForce(now, as) {
			all = append(all, ref.rightsFrom(now, m.Workspace, as)...)
		}
	}
	return all
}

// allRights are what the member's assignments give now or later, whatever the member's status.
func (ref reference) allRights(now time.Time, m rbac.Member) []right {
	var all []right
	for _, as := range m.Assignments {
		all = append(all, ref.rightsFrom(now, m.Workspace, as)...)
	}
	return all
}

// uncovered are the wanted rights that nothing held covers.
func uncovered(held, wanted []right) []right {
	return slices.DeleteFunc(slices.Clone(wanted), func(want right) bool {
		return slices.ContainsFunc(held, func(have right) bool { return have.covers(want) })
	})
}

func (have right) covers(want right) bool {
	if have.action != want.action || want.from.Before(have.from) || !lasts(have.until, want.until) {
		return false
	}
	if have.scope == rbac.ScopeTenant {
		return have.place.Kind == rbac.KindTenant && have.place.Tenant == want.place.Tenant
	}
	if have.place != want.place {
		return false
	}
	if have.scope == rbac.ScopeWorkspace {
		return want.scope != rbac.ScopeTenant
	}
	return have.scope == want.scope && have.program == want.program
}

// lasts says whether what ends at until lasts as long as is wanted. The zero time is no end.
func lasts(until, wanted time.Time) bool {
	if until.IsZero() {
		return true
	}
	return !wanted.IsZero() && !until.Before(wanted)
}

// mayAssign is CheckAssign: by one who sets roles, or by one who manages the members of the mini programs.
func (ref reference) mayAssign(now time.Time, by, to rbac.Member, as rbac.Assignment) bool {
	if !isAdministrable(by, to) || !ref.isAssignable(now, to.Workspace, as) {
		return false
	}
	if ref.mayGive(now, by, to, as) {
		return true
	}
	fitting := slices.DeleteFunc(slices.Clone(to.Assignments), func(held rbac.Assignment) bool {
		return held.Role != as.Role || !spans(held, as)
	})
	var added []string
	for _, held := range fitting {
		added = append(added, missing(held.MiniPrograms, as.MiniPrograms)...)
	}
	return ref.mayDelegate(now, by, to, fitting, added)
}

// mayGive is CheckAssign by one who sets roles.
func (ref reference) mayGive(now time.Time, by, to rbac.Member, as rbac.Assignment) bool {
	if !ref.maySetRole(now, by, to, as) || ref.conflicts(now, to, as) {
		return false
	}
	touched := append(ref.allRights(now, to), ref.rightsFrom(now, to.Workspace, as)...)
	return len(uncovered(ref.currentRights(now, by), touched)) == 0
}

// mayRevoke is CheckRevoke.
func (ref reference) mayRevoke(now time.Time, by, from rbac.Member, as rbac.Assignment) bool {
	if !isAdministrable(by, from) || slices.Contains(as.MiniPrograms, "") {
		return false
	}
	held := slices.ContainsFunc(from.Assignments, func(held rbac.Assignment) bool {
		return held.Role == as.Role && len(missing(held.MiniPrograms, as.MiniPrograms)) == 0
	})
	if !held {
		return false
	}
	if ref.maySetRole(now, by, from, as) && len(uncovered(ref.currentRights(now, by), ref.allRights(now, from))) == 0 {
		return true
	}
	naming := slices.DeleteFunc(slices.Clone(from.Assignments), func(held rbac.Assignment) bool {
		return held.Role != as.Role || len(missing(held.MiniPrograms, as.MiniPrograms)) == len(as.MiniPrograms)
	})
	return ref.mayDelegate(now, by, from, naming, as.MiniPrograms)
}

// mayManage is CheckManage.
func (ref reference) mayManage(now time.Time, by, target rbac.Member, a rbac.Action) bool {
	if !isAdministrable(by, target) {
		return false
	}
	if !ref.allows(now, by, a, rbac.Resource{Workspace: target.Workspace, Owner: target.ID}) {
		return false
	}
	if a == "member.invite" && !ref.isInvitable(now, target) {
		return false
	}
	return len(uncovered(ref.currentRights(now, by), ref.allRights(now, target))) == 0
}

// isInvitable says whether the member may hold every assignment beside those before it.
func (ref reference) isInvitable(now time.Time, m rbac.Member) bool {
	all := m.Assignments
	for i, as := range all {
		m.Assignments = all[:i]
		if !ref.isAssignable(now, m.Workspace, as) || ref.conflicts(now, m, as) {
			return false
		}
	}
	return true
}

// isAdministrable says whether the target is a valid member, and not the actor.
func isAdministrable(by, target rbac.Member) bool {
	if by.ID == target.ID && by.Workspace == target.Workspace {
		return false
	}
	return target.ID != "" && target.Status >= rbac.StatusInvited && target.Status <= rbac.StatusDeleted
}

// isAssignable says whether a member of the workspace can hold the assignment, now or later.
func (ref reference) isAssignable(now time.Time, w rbac.Workspace, as rbac.Assignment) bool {
	kind, defined := ref.kinds[as.Role]
	return defined && kind == w.Kind && !slices.Contains(as.MiniPrograms, "") && !ended(now, as)
}

func (ref reference) maySetRole(now time.Time, by, to rbac.Member, as rbac.Assignment) bool {
	place := rbac.Resource{Workspace: to.Workspace, Owner: to.ID}
	if !ref.allows(now, by, "member.set_role", place) {
		return false
	}
	return len(as.MiniPrograms) == 0 || ref.allows(now, by, "member.assign_miniprograms", place)
}

// mayDelegate says whether a merchant's Developer may add mini programs to what a colleague holds, or take them away.
// The colleague keeps a mini program for as long as the assignment, so the Developer must cover all that time. The host
// chooses the assignment, so the Developer must cover every one that it can choose.
func (ref reference) mayDelegate(now time.Time, by, to rbac.Member, anyOf []rbac.Assignment, programs []string) bool {
	if by.Workspace != to.Workspace || by.Workspace.Kind != rbac.KindDeveloper || len(programs) == 0 {
		return false
	}
	for _, program := range programs {
		resource := rbac.Resource{Workspace: to.Workspace, MiniProgram: program, Owner: to.ID}
		if !ref.allows(now, by, "miniprogram.manage_members", resource) {
			return false
		}
	}
	var affected []right
	for _, held := range anyOf {
		held.MiniPrograms = programs
		affected = append(affected, ref.rightsFrom(now, to.Workspace, held)...)
	}
	affected = slices.DeleteFunc(affected, func(one right) bool { return one.scope != rbac.ScopeAssigned })
	return len(uncovered(ref.currentRights(now, by), affected)) == 0
}

// spans says whether the whole is in force for all the time of the part.
func spans(whole, part rbac.Assignment) bool {
	return !part.NotBefore.Before(whole.NotBefore) && lasts(whole.NotAfter, part.NotAfter)
}

// missing are the wanted IDs that are not among those held.
func missing(held, wanted []string) []string {
	return slices.DeleteFunc(slices.Clone(wanted), func(id string) bool { return slices.Contains(held, id) })
}

// conflicts says whether the assignment would make the member hold two exclusive roles at one time.
func (ref reference) conflicts(now time.Time, m rbac.Member, as rbac.Assignment) bool {
	for _, held := range m.Assignments {
		if held.Role != as.Role && ref.excludes(held.Role, as.Role) && overlap(now, held, as) {
			return true
		}
	}
	return false
}

func (ref reference) excludes(one, other rbac.RoleID) bool {
	return slices.ContainsFunc(ref.exclusive, func(set []rbac.RoleID) bool {
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

// A new role may be held for any mini program, in any merchant's workspace. These IDs stand for them, and no actor has
// anything assigned by these names.
const (
	anyProgram  = "\x00any program"
	anyMerchant = "\x00any merchant"
)

// mayDefine is CheckDefine.
func (ref reference) mayDefine(now time.Time, by rbac.Member, role rbac.Role) bool {
	if _, exists := ref.kinds[role.ID]; exists || !ref.canBeDefined(role) {
		return false
	}
	if !ref.allows(now, by, "role.define", rbac.Resource{Workspace: by.Workspace}) {
		return false
	}
	place := by.Workspace
	if role.Kind == rbac.KindDeveloper && place.Kind == rbac.KindTenant {
		place = rbac.Workspace{Kind: rbac.KindDeveloper, ID: anyMerchant, Tenant: place.Tenant}
	}
	if role.Kind != place.Kind {
		return false
	}
	after := ref.with(rbac.Spec{Roles: []rbac.Role{role}})
	wanted := after.rightsFrom(now, place, rbac.Assignment{Role: role.ID, MiniPrograms: []string{anyProgram}})
	return len(uncovered(ref.currentRights(now, onAnyProgram(by)), wanted)) == 0
}

// onAnyProgram lets a scope "assigned" of the actor cover one of the new role. Which mini programs that is depends on
// the assignment, and is checked when the role is given.
func onAnyProgram(m rbac.Member) rbac.Member {
	m.Assignments = slices.Clone(m.Assignments)
	for i := range m.Assignments {
		m.Assignments[i].MiniPrograms = []string{anyProgram}
	}
	return m
}

// canBeDefined says whether each scope of the role can match something.
func (ref reference) canBeDefined(role rbac.Role) bool {
	for action, scopes := range role.Permissions {
		for _, scope := range eachScope {
			if scopes&scope != 0 && !isUsable(scope, role.Kind, ref.targets[action]) {
				return false
			}
		}
	}
	return true
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
