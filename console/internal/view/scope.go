package view

import "github.com/miniprogram-platform/rbac"

// Chip is a scope in a word and a colour.
type Chip struct {
	Word  string // "workspace"; "no" for the zero scope
	Class string // of the style sheet, by the widest scope
	Title string // what it reaches
}

// chipOf returns a scope as a chip.
func chipOf(scope rbac.Scope) Chip {
	for _, wide := range legend() {
		if scope != 0 && wide.Scope != 0 && scope&wide.Scope != 0 {
			return Chip{scope.String(), wide.Class, wide.Title}
		}
	}
	return Chip{"no", "scope-none", "not granted"}
}

// LegendEntry is a scope with what it means.
type LegendEntry struct {
	Chip
	Scope rbac.Scope
}

// legend returns the scopes, the widest first, and no scope at the end.
func legend() []LegendEntry {
	return []LegendEntry{
		{Chip{"tenant", "scope-tenant", "everything of the native app and all its merchants"}, rbac.ScopeTenant},
		{Chip{"workspace", "scope-workspace", "everything of the member's own workspace"}, rbac.ScopeWorkspace},
		{Chip{"assigned", "scope-assigned", "mini programs that are assigned with the role"}, rbac.ScopeAssigned},
		{Chip{"own", "scope-own", "what the member owns, such as a request"}, rbac.ScopeOwn},
		{Chip{"no", "scope-none", "not granted"}, 0},
	}
}
