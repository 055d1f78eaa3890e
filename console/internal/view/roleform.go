package view

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/miniprogram-platform/rbac"
)

// RoleForm is the page on which a workspace's own role is made or changed.
type RoleForm struct {
	New               bool
	ID                string
	Name, Description string
	Groups            []PermissionGroup
	Unfit             []string // actions that no role of this kind of workspace can grant
	OtherGroups       []string // groups that are not on the page, because there are too many actions
	Locked            string   // why the viewer cannot change the role; empty if it can be changed
	Holders           []string // who holds the role
	MoreHolders       int
	HoldersHidden     bool // the viewer may not know who holds the role

	BaseVersion  string // the version that the form is based on
	OriginalRole string // the role as JSON when the form was made
	Href         URL
	Back         URL

	Errors  []string // why it was not saved
	Preview *Preview
}

// PermissionGroup is the permissions of one group of actions.
type PermissionGroup struct {
	Name string
	Rows []PermissionRow
}

// PermissionRow is an action, and the scopes that the role may have of it.
type PermissionRow struct {
	Action  rbac.Action
	Name    string
	Options []ScopeOption
	Why     string // why a scope cannot be chosen; empty if all can
}

// ScopeOption is a scope to choose.
type ScopeOption struct {
	Word     string
	Selected bool
	Disabled bool
}

// NewRoleForm arranges a role for the editor. The role is what the form says, and stored is
// the role that the workspace has, or the zero Role for a new one. If the policy has too
// many actions for one page, the form has those of one group only.
func NewRoleForm(editor Viewer, stored, role rbac.Role, only string) RoleForm {
	policy := editor.Policy
	f := RoleForm{New: stored.ID == "", ID: string(role.ID), Name: role.Name, Description: role.Description}
	missing, err := notGrantable(policy, editor.Subject, stored, role.Kind)
	if err != nil {
		f.Locked = editor.Why(err)
	} else if lacked := common(stored.Permissions, missing); len(lacked) > 0 {
		never, until := editor.lacks(lacked)
		f.Locked = "You cannot change this role, because it grants more than you can give." + never + until
	}
	groups := groupsOf(policy, newDefaults())
	actions := 0
	for _, group := range groups {
		actions += len(group.actions)
	}
	if actions > mostFields {
		f.OtherGroups, groups = otherGroups(groups, only)
	}
	scopes := newFitting(role.Kind)
	for _, group := range groups {
		g := PermissionGroup{Name: group.name}
		for _, a := range group.actions[:min(len(group.actions), mostFields)] {
			row := permissionRow(policy, a, role.Permissions[a.name], missing[a.name], scopes.of(a.target))
			if len(row.Options) == 1 {
				f.Unfit = append(f.Unfit, row.Name)
				continue
			}
			g.Rows = append(g.Rows, row)
		}
		if len(g.Rows) > 0 {
			f.Groups = append(f.Groups, g)
		}
	}
	return f
}

// mostFields is how many actions a form has.
const mostFields = 250

// otherGroups splits the groups into the one of that name, or the first, and the others.
func otherGroups(groups []actionGroup, only string) (others []string, chosen []actionGroup) {
	i := max(0, slices.IndexFunc(groups, func(g actionGroup) bool { return shortName(g.name, longestName) == only }))
	for j, group := range groups[:min(len(groups), mostOptions)] {
		if j != i {
			others = append(others, shortName(group.name, longestName))
		}
	}
	return others, groups[i : i+1]
}

// common returns the scopes of p that the missing ones have too.
func common(p, missing rbac.Permissions) rbac.Permissions {
	both := make(rbac.Permissions)
	for action, scope := range p {
		if scope&missing[action] != 0 {
			both[action] = scope & missing[action]
		}
	}
	return both
}

func permissionRow(policy *rbac.Policy, a declared, chosen, missing rbac.Scope, fitting []rbac.Scope) PermissionRow {
	row := PermissionRow{Action: a.name, Name: ActionName(policy, a.name)}
	row.Options = append(row.Options, ScopeOption{Word: "no", Selected: chosen == 0})
	if chosen != 0 && !slices.Contains(fitting, chosen) { // several scopes, or one that does not fit
		fitting = append(slices.Clone(fitting), chosen)
	}
	var lacking []string
	for _, scope := range fitting {
		lacks := scope&missing != 0
		row.Options = append(row.Options, ScopeOption{scope.String(), scope == chosen, lacks})
		if lacks {
			lacking = append(lacking, scope.String())
		}
	}
	if len(lacking) > 0 {
		row.Why = "you cannot grant: " + strings.Join(lacking, ", ")
	}
	return row
}

// notGrantable returns the permissions that the editor cannot give: it tries to define a
// role that has every permission, and takes what is missing. The error says why the editor
// can define no role at all, or not change this one.
func notGrantable(
	policy *rbac.Policy, editor *rbac.Subject, stored rbac.Role, kind rbac.WorkspaceKind,
) (rbac.Permissions, error) {
	probe := stored
	if probe.ID == "" {
		probe = rbac.Role{ID: "probe", Kind: kind}
		for _, taken := policy.Role(probe.ID); taken; _, taken = policy.Role(probe.ID) {
			probe.ID += "_"
		}
	}
	probe.Permissions = make(rbac.Permissions)
	scopes := newFitting(kind)
	for action, target := range policy.Actions() {
		for _, scope := range scopes.of(target) {
			probe.Permissions[action] |= scope
		}
	}
	_, err := editor.Define(probe)
	var denied *rbac.DeniedError
	if errors.As(err, &denied) && denied.Reason == rbac.ReasonNotCovered {
		return denied.Missing, nil
	}
	return nil, err
}

// fitting finds which scopes a role of a kind can have of an action, by the target. It asks
// the library, which refuses what could never match.
type fitting struct {
	kind  rbac.WorkspaceKind
	known map[rbac.Target][]rbac.Scope
}

func newFitting(kind rbac.WorkspaceKind) *fitting {
	return &fitting{kind, make(map[rbac.Target][]rbac.Scope)}
}

func (f *fitting) of(target rbac.Target) []rbac.Scope {
	if scopes, known := f.known[target]; known {
		return scopes
	}
	f.known[target] = nil
	for _, scope := range []rbac.Scope{rbac.ScopeOwn, rbac.ScopeAssigned, rbac.ScopeWorkspace, rbac.ScopeTenant} {
		_, err := rbac.New(rbac.Spec{
			Actions: map[rbac.Action]rbac.Target{"a": target},
			Roles:   []rbac.Role{{ID: "r", Kind: f.kind, Permissions: rbac.Permissions{"a": scope}}},
		})
		if err == nil {
			f.known[target] = append(f.known[target], scope)
		}
	}
	return f.known[target]
}

// AddHolders notes which members hold the role.
func (f *RoleForm) AddHolders(members []rbac.Member) {
	for i := range members {
		holds := func(a rbac.Assignment) bool { return string(a.Role) == f.ID }
		if IsGone(members[i].Status) || !slices.ContainsFunc(members[i].Assignments, holds) {
			continue
		}
		if len(f.Holders) == mostNames {
			f.MoreHolders++
			continue
		}
		f.Holders = append(f.Holders, ID(members[i].ID))
	}
}

// Title returns the title of the page.
func (f RoleForm) Title() string {
	if f.New {
		return "New role"
	}
	return "Role " + ID(f.ID)
}

// RoleDifferences returns a sentence for each difference between two versions of a role.
func RoleDifferences(policy *rbac.Policy, before, after rbac.Role) []string {
	sentences := TextDifferences(before, after)
	for action := range policy.Actions() {
		if was, is := before.Permissions[action], after.Permissions[action]; was != is {
			sentences = append(sentences, fmt.Sprintf("“%s” was %s and is %s.",
				ActionName(policy, action), chipOf(was).Word, chipOf(is).Word))
		}
	}
	return sentences
}

// TextDifferences returns a sentence for each text that differs, which decides nothing.
func TextDifferences(before, after rbac.Role) (sentences []string) {
	if before.Name != after.Name {
		sentences = append(sentences, fmt.Sprintf("The name was %q and is %q.", before.Name, after.Name))
	}
	if before.Description != after.Description {
		sentences = append(sentences, fmt.Sprintf("The description was %q and is %q.", before.Description, after.Description))
	}
	return sentences
}
