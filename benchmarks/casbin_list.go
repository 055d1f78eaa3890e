package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/miniprogram-platform/rbac"
)

// casbinIndexed lists by what casbin's rules say of the member, and the host's index.
// This is the other way that casbin documents: to query what a member holds. casbin
// decides nothing here: casbinReach says once more what the matcher means, and whoever
// changes the model has to change it too.
type casbinIndexed struct {
	*casbinEngine
	index *index
}

func newCasbinIndexed(u *universe) (engine, error) {
	e, err := newCasbin(u)
	if err != nil {
		return nil, err
	}
	return &casbinIndexed{e.(*casbinEngine), newIndex(u.programs)}, nil
}

func (l *casbinIndexed) list(m *rbac.Member, a rbac.Action) (func() ([]string, error), error) {
	return func() ([]string, error) {
		terms, err := l.terms(m, a)
		if err != nil {
			return nil, fmt.Errorf("casbin: rules of %s for %s: %w", a, m.ID, err)
		}
		return l.index.find(terms), nil
	}, nil
}

// terms are what Filter.Terms says of mini programs, from the rules for the action and
// the roles that the member holds.
func (l *casbinIndexed) terms(m *rbac.Member, a rbac.Action) (rbac.Terms, error) {
	t := rbac.Terms{Target: rbac.OnMiniProgram, Workspace: m.Workspace, Member: m.ID}
	rules, err := l.rulesFor(a)
	if err != nil {
		return t, err
	}
	held, err := l.rules.GetFilteredGroupingPolicy(0, m.ID)
	if err != nil {
		return t, err
	}
	for _, link := range held {
		for _, rule := range rules {
			if role, place := link[1], link[2]; role == rule[2] {
				casbinReach(&t, rule[3], place)
			}
		}
	}
	slices.Sort(t.MiniPrograms)
	t.MiniPrograms = slices.Compact(t.MiniPrograms)
	return t, nil
}

// rulesFor are the rules for the action's group whose target has mini programs in it.
func (l *casbinIndexed) rulesFor(a rbac.Action) ([][]string, error) {
	groups, err := l.rules.GetFilteredNamedGroupingPolicy("g2", 0, string(a))
	if err != nil || len(groups) == 0 {
		return nil, err
	}
	targets, err := l.rules.GetFilteredNamedGroupingPolicy("g3", 0, "miniprogram")
	if err != nil {
		return nil, err
	}
	rules, err := l.rules.GetFilteredPolicy(0, groups[0][1])
	return slices.DeleteFunc(rules, func(rule []string) bool {
		in := func(link []string) bool { return link[1] == rule[1] }
		return rule[1] != "miniprogram" && !slices.ContainsFunc(targets, in)
	}), err
}

// casbinReach adds what a role that is held at the place reaches in the scope of a rule.
func casbinReach(t *rbac.Terms, scope, place string) {
	program, isProgram := strings.CutPrefix(place, programKey(t.Workspace, ""))
	switch {
	case scope == "tenant" && place == casbinTenant(t.Workspace):
		t.Scope |= rbac.ScopeTenant
	case scope == "workspace" && place == casbinWorkspace(t.Workspace):
		t.Scope |= rbac.ScopeWorkspace
	case scope == "own" && place == casbinWorkspace(t.Workspace):
		t.Scope |= rbac.ScopeOwn
	case scope == "assigned" && isProgram:
		t.Scope |= rbac.ScopeAssigned
		t.MiniPrograms = append(t.MiniPrograms, program)
	}
}
