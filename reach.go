package rbac

import "github.com/miniprogram-platform/rbac/internal/words"

// reach returns the scopes that reach to where the resource lies from the
// member's workspace, which must be valid: all of them in that workspace,
// ScopeTenant in another of its tenant, and none elsewhere.
//
// It says what this says, and takes half the time:
//
//	switch {
//	case place.Tenant != home.Tenant:
//		return 0
//	case place == home:
//		return allScopes
//	case home.Kind == KindTenant && place.Kind == KindDeveloper && place.ID != "":
//		return ScopeTenant
//	}
//	return 0
//
// To compare the two IDs is most of what a check costs once its names are
// found, and most of that is the call which the compiler makes of a comparison.
// So both are compared in place, by their ends and then from the front; that is
// too much for the compiler to inline, and stands here twice.
func (m *Member) reach(r *Resource) Scope {
	home, place := &m.Workspace, &r.Workspace
	switch a, b := place.Tenant, home.Tenant; {
	case len(a) != len(b):
		return 0
	case len(a) >= 8:
		if words.Last8(a) != words.Last8(b) {
			return 0
		}
		for ; len(a) > 8 && len(b) > 8; a, b = a[8:], b[8:] {
			if words.First8(a) != words.First8(b) {
				return 0
			}
		}
	case len(a) >= 4:
		if words.First4(a) != words.First4(b) || words.Last4(a) != words.Last4(b) {
			return 0
		}
	case words.Few(a) != words.Few(b):
		return 0
	}
	if place.Kind != home.Kind {
		if home.Kind == KindTenant && place.Kind == KindDeveloper && place.ID != "" {
			return ScopeTenant
		}
		return 0
	}
	switch a, b := place.ID, home.ID; {
	case len(a) != len(b):
		return 0
	case len(a) >= 8:
		if words.Last8(a) != words.Last8(b) {
			return 0
		}
		for ; len(a) > 8 && len(b) > 8; a, b = a[8:], b[8:] {
			if words.First8(a) != words.First8(b) {
				return 0
			}
		}
	case len(a) >= 4:
		if words.First4(a) != words.First4(b) || words.Last4(a) != words.Last4(b) {
			return 0
		}
	case words.Few(a) != words.Few(b):
		return 0
	}
	return allScopes
}

// through returns the widest of the scopes that reach to where the resource
// lies through which the member reaches the resource itself. ScopeAssigned does
// so only if the assignment names the mini program, which is left to the
// caller.
func (m *Member) through(scopes Scope, r *Resource) Scope {
	switch {
	case scopes&ScopeTenant != 0:
		return ScopeTenant
	case scopes&ScopeWorkspace != 0:
		return ScopeWorkspace
	case scopes&ScopeOwn != 0 && r.Owner == m.ID:
		return ScopeOwn
	case r.MiniProgram != "":
		return scopes & ScopeAssigned
	}
	return 0
}

// admits reports whether the action is done to such a resource, wherever it
// lies, and under four eyes may be by that member.
func (rule *rule) admits(m *Member, r *Resource) bool {
	if rule.fourEyes && secondPerson(m, r) != ReasonGranted {
		return false
	}
	return rule.target&r.target() != 0
}

// secondPerson is ReasonGranted for a member who is known not to be the
// resource's owner.
func secondPerson(m *Member, r *Resource) Reason {
	switch r.Owner {
	case "":
		return ReasonOwnerUnknown
	case m.ID:
		return ReasonOwnRequest
	}
	return ReasonGranted
}

// sight is ReasonGranted for a resource that a member of that workspace can
// know of.
func sight(m *Member, r *Resource) Reason {
	switch {
	case !r.Workspace.isValid():
		return ReasonInvalidWorkspace
	case r.Workspace.Tenant != m.Workspace.Tenant:
		return ReasonOtherTenant
	case m.Workspace.Kind == KindDeveloper && r.Workspace != m.Workspace:
		return ReasonOtherWorkspace
	}
	return ReasonGranted
}
