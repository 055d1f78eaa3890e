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

// reference is the specification written down a second time: slow, plain and without a thought for speed. It shares
// nothing with the library but its public types, and it asks the library nothing.
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

// matrix reads the default roles from the published table and not from the library.
func matrix(t testing.TB) reference {
	t.Helper()
	file, err := os.Open("../../testdata/matrix.csv")
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
	require.Len(t, ref.targets, 85, "actions in ../../testdata/matrix.csv")
	return ref
}

func (ref reference) addMatrixRow(t testing.TB, header, row []string) {
	t.Helper()
	action := rbac.Action(row[slices.Index(header, "action")])
	target, known := targetWords[row[slices.Index(header, "target")]]
	require.True(t, known, "../../testdata/matrix.csv: target of %s", action)
	ref.targets[action] = target
	for name := range roleColumns {
		scope, known := scopeWords[row[slices.Index(header, name)]]
		require.True(t, known, "../../testdata/matrix.csv: %s, column %s", action, name)
		ref.grant(rbac.RoleID(name), action, scope)
	}
}

func (ref reference) define(id rbac.RoleID, kind rbac.WorkspaceKind) {
	ref.kinds[id] = kind
	ref.grants[id] = map[rbac.Action]rbac.Scope{}
}

func (ref reference) grant(id rbac.RoleID, a rbac.Action, scope rbac.Scope) {
	if scope == 0 {
		return
	}
	ref.grants[id][a] |= scope
}

// with is the reference for a policy that has one more spec.
func (ref reference) with(spec rbac.Spec) reference {
	next := ref.clone()
	maps.Copy(next.targets, spec.Actions)
	for _, role := range spec.Roles {
		next.define(role.ID, role.Kind)
		next.grantAll(role.ID, role.Permissions)
	}
	for id, permissions := range spec.Extend {
		next.grantAll(id, permissions)
	}
	for _, action := range spec.FourEyes {
		next.fourEyes[action] = true
	}
	next.exclusive = append(next.exclusive, spec.Exclusive...)
	return next
}

func (ref reference) grantAll(id rbac.RoleID, permissions rbac.Permissions) {
	for action, scope := range permissions {
		ref.grant(id, action, scope)
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

// allows answers the library's one question.
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
		if inForce(now, as) && reaches(m, as, ref.scope(m, as, a), r) {
			return true
		}
	}
	return false
}

// sound tells whether a workspace's fields agree with each other.
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

func (ref reference) scope(m rbac.Member, as rbac.Assignment, a rbac.Action) rbac.Scope {
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

// holding is the smallest thing that law 7 counts: one action, one scope, one place, from one instant to another.
type right struct {
	action  rbac.Action
	scope   rbac.Scope // one flag
	place   rbac.Workspace
	program string    // for ScopeAssigned
	from    time.Time // never before the instant of the question
	until   time.Time // zero: for ever
}

// gives is everything that the assignment gives, now or later, to a member of the workspace.
func (ref reference) rightsFrom(now time.Time, w rbac.Workspace, as rbac.Assignment) []right {
	if kind, known := ref.kinds[as.Role]; !known || kind != w.Kind || ended(now, as) {
		return nil
	}
	from := now
	if as.NotBefore.After(now) {
		from = as.NotBefore
	}
	var all []right
	for action, scope := range ref.grants[as.Role] {
		all = append(all, rightsPerScope(scope, right{action: action, place: w, from: from, until: as.NotAfter}, as.MiniPrograms)...)
	}
	return all
}

// split makes one holding of each flag, and of ScopeAssigned one for each program.
func rightsPerScope(scope rbac.Scope, h right, programs []string) []right {
	var all []right
	for _, flag := range []rbac.Scope{rbac.ScopeTenant, rbac.ScopeWorkspace, rbac.ScopeOwn} {
		if scope&flag != 0 {
			h.scope = flag
			all = append(all, h)
		}
	}
	if scope&rbac.ScopeAssigned == 0 {
		return all
	}
	for _, program := range programs {
		if program == "" {
			continue
		}
		h.scope, h.program = rbac.ScopeAssigned, program
		all = append(all, h)
	}
	return all
}

// ended tells whether the assignment will never be in force again, or never was to be.
func ended(now time.Time, as rbac.Assignment) bool {
	if as.NotAfter.IsZero() {
		return false
	}
	return !now.Before(as.NotAfter) || !as.NotBefore.Before(as.NotAfter)
}

// powers is what the member can do at this instant, and therefore what the member may pass on.
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

// prospects is what the member's assignments give now or later, whatever the member's status.
func (ref reference) allRights(now time.Time, m rbac.Member) []right {
	var all []right
	for _, as := range m.Assignments {
		all = append(all, ref.rightsFrom(now, m.Workspace, as)...)
	}
	return all
}

// uncovered is what is wanted and not held: an escalation, if it was given all the same.
func uncovered(have, want []right) []right {
	return slices.DeleteFunc(slices.Clone(want), func(w right) bool {
		return slices.ContainsFunc(have, func(h right) bool { return h.covers(w) })
	})
}

func (h right) covers(want right) bool {
	if h.action != want.action || want.from.Before(h.from) || !lasts(h.until, want.until) {
		return false
	}
	if h.scope == rbac.ScopeTenant {
		return h.place.Kind == rbac.KindTenant && h.place.Tenant == want.place.Tenant
	}
	if h.place != want.place {
		return false
	}
	if h.scope == rbac.ScopeWorkspace {
		return want.scope != rbac.ScopeTenant
	}
	return h.scope == want.scope && h.program == want.program
}

func lasts(until, wanted time.Time) bool {
	if until.IsZero() {
		return true
	}
	return !wanted.IsZero() && !until.Before(wanted)
}

// mayAssign, mayRevoke, mayManage and mayDefine are law 7 word by word.
func (ref reference) mayAssign(now time.Time, by, to rbac.Member, as rbac.Assignment) bool {
	if !isAdministrable(by, to) || !ref.known(as.Role, to.Workspace.Kind) || slices.Contains(as.MiniPrograms, "") || ended(now, as) {
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

// mayGive is one who sets roles.
func (ref reference) mayGive(now time.Time, by, to rbac.Member, as rbac.Assignment) bool {
	if !ref.maySetRole(now, by, to, as) || ref.conflicts(now, to, as) {
		return false
	}
	touched := append(ref.allRights(now, to), ref.rightsFrom(now, to.Workspace, as)...)
	return len(uncovered(ref.currentRights(now, by), touched)) == 0
}

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

// invitable is a member of whom every assignment could be given after those before it.
func (ref reference) isInvitable(now time.Time, m rbac.Member) bool {
	all := m.Assignments
	for i, as := range all {
		m.Assignments = all[:i]
		if !ref.known(as.Role, m.Workspace.Kind) || slices.Contains(as.MiniPrograms, "") || ended(now, as) || ref.conflicts(now, m, as) {
			return false
		}
	}
	return true
}

// administrable is a member whom somebody else may administer.
func isAdministrable(by, target rbac.Member) bool {
	if by.ID == target.ID && by.Workspace == target.Workspace {
		return false
	}
	return target.ID != "" && target.Status >= rbac.StatusInvited && target.Status <= rbac.StatusDeleted
}

func (ref reference) known(role rbac.RoleID, kind rbac.WorkspaceKind) bool {
	of, defined := ref.kinds[role]
	return defined && of == kind
}

func (ref reference) maySetRole(now time.Time, by, to rbac.Member, as rbac.Assignment) bool {
	place := rbac.Resource{Workspace: to.Workspace, Owner: to.ID}
	if !ref.allows(now, by, "member.set_role", place) {
		return false
	}
	return len(as.MiniPrograms) == 0 || ref.allows(now, by, "member.assign_miniprograms", place)
}

// mayMove is the merchant's Developer, who adds programs to what a colleague holds, or takes them from it. The one who
// is given them may keep them for as long as what is held, so that is how long they must be covered; and where several
// assignments would do, nobody knows which it will be.
func (ref reference) mayDelegate(now time.Time, by, to rbac.Member, anyOf []rbac.Assignment, programs []string) bool {
	if by.Workspace != to.Workspace || by.Workspace.Kind != rbac.KindDeveloper || len(programs) == 0 {
		return false
	}
	for _, program := range programs {
		thing := rbac.Resource{Workspace: to.Workspace, MiniProgram: program, Owner: to.ID}
		if !ref.allows(now, by, "miniprogram.manage_members", thing) {
			return false
		}
	}
	var moved []right
	for _, held := range anyOf {
		held.MiniPrograms = programs
		moved = append(moved, ref.rightsFrom(now, to.Workspace, held)...)
	}
	moved = slices.DeleteFunc(moved, func(h right) bool { return h.scope != rbac.ScopeAssigned })
	return len(uncovered(ref.currentRights(now, by), moved)) == 0
}

// contains tells whether one assignment's time lies within the other's.
func spans(whole, part rbac.Assignment) bool {
	return !part.NotBefore.Before(whole.NotBefore) && lasts(whole.NotAfter, part.NotAfter)
}

// missing is what is wanted and not there.
func missing(there, wanted []string) []string {
	return slices.DeleteFunc(slices.Clone(wanted), func(id string) bool { return slices.Contains(there, id) })
}

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

// meet tells whether two assignments will be in force together: if they ever are, then when the later one begins.
func overlap(now time.Time, one, other rbac.Assignment) bool {
	for _, instant := range []time.Time{now, one.NotBefore, other.NotBefore} {
		if !instant.Before(now) && inForce(instant, one) && inForce(instant, other) {
			return true
		}
	}
	return false
}

// anyProgram and anyMerchant stand for what a new role will be held for, of which an actor has nothing by name.
const (
	anyProgram  = "\x00any program"
	anyMerchant = "\x00any merchant"
)

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

// onAnyProgram lets what is assigned cover what is assigned: on which programs is asked when the role is given.
func onAnyProgram(m rbac.Member) rbac.Member {
	m.Assignments = slices.Clone(m.Assignments)
	for i := range m.Assignments {
		m.Assignments[i].MiniPrograms = []string{anyProgram}
	}
	return m
}

// fits tells whether each of the role's scopes can reach something.
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
