package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/baseline"
)

// engine is one way to answer requests. Whatever it can do beforehand it does in its constructor and in prepare,
// which are not measured.
type engine interface {
	name() string
	// add tells the engine of all its members, once, as a host does when it starts.
	add(members []rbac.Member) error
	// prepare translates requests into what the engine takes.
	prepare(mix []request) (sweep, error)
	close() error
}

// sweep answers count of the prepared requests, from the first on, and returns how many it allowed. The loop is the
// engine's own: a check that takes nanoseconds is not measured together with a call through an interface.
type sweep func(first, count int) (allowed int, err error)

// memberless is for engines that hold no members, because the host passes one to each check.
type memberless struct{}

func (memberless) add([]rbac.Member) error { return nil }
func (memberless) loadsNothing()           {}

// lister is an engine that can list the mini programs to which a member may do something.
type lister interface {
	engine
	// list returns a function that returns the keys of the mini programs.
	list(member *rbac.Member, action rbac.Action) (func() ([]string, error), error)
}

// maker builds an engine for a universe. The members are added afterwards.
type maker struct {
	name string
	make func(*universe) (engine, error)
}

// makers are the engines that check, ours first, in the order of the tables.
func makers() []maker {
	return []maker{
		{oursName, newCan},
		{boundName, newBound},
		{handName, newHandwritten},
		{floorName, newFloor},
		{casbinName, newCasbin},
		{casbinCachedName, newCasbinCached},
		{cedarName, newCedar},
		{cedarSlicedName, newCedarSliced},
		{opaName, newOPA},
		{fgaName, newOpenFGA},
		{fgaCachedName, newOpenFGACached},
	}
}

// listMakers are the engines that list, one for each way to list. Ours are the first two.
func listMakers() []maker {
	return []maker{
		{termsName, newIndexed},
		{matchName, newMatched},
		{casbinListName, newCasbin},
		{casbinIndexName, newCasbinIndexed},
		{cedarListName, newCedar},
		{opaListName, newOPA},
		{fgaListName, newOpenFGA},
	}
}

const (
	oursName         = "rbac Can"
	boundName        = "rbac Subject.Can"
	handName         = "handwritten"
	floorName        = "floor"
	casbinName       = "casbin Enforce"
	casbinCachedName = "casbin cached hit"
	cedarName        = "cedar-go"
	cedarSlicedName  = "cedar-go, one action's policies"
	opaName          = "OPA"
	fgaName          = "OpenFGA"
	fgaCachedName    = "OpenFGA, check cache"

	termsName       = "rbac Filter.Terms, index"
	matchName       = "rbac Filter.Match, every row"
	casbinListName  = "casbin BatchEnforce"
	casbinIndexName = "casbin, its rules and an index"
	cedarListName   = "cedar-go batch"
	opaListName     = "OPA, a rule that collects"
	fgaListName     = "OpenFGA StreamedListObjects"
)

// build makes an engine and adds the members of the universe.
func build(m maker, u *universe) (engine, error) {
	e, err := m.make(u)
	if err != nil {
		return nil, err
	}
	if err := e.add(u.members); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

func buildAll(u *universe) ([]engine, error) {
	var engines []engine
	for _, m := range makers() {
		e, err := build(m, u)
		if err != nil {
			return nil, fmt.Errorf("%s: build: %w", m.name, err)
		}
		engines = append(engines, e)
	}
	return engines, nil
}

func closeAll(engines []engine) {
	for _, e := range engines {
		_ = e.close() // the run is over
	}
}

// agree asks the engine every request, one by one, and fails at the first answer that differs from ours.
func agree(e engine, mix []request) error {
	ask, err := e.prepare(mix)
	if err != nil {
		return fmt.Errorf("%s: %w", e.name(), err)
	}
	for i, q := range mix {
		allowed, err := ask(i, 1)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", e.name(), q, err)
		}
		if (allowed == 1) != q.Allowed {
			return fmt.Errorf("%s disagrees: %s", e.name(), q)
		}
	}
	return nil
}

// agreeOnList compares the mini programs that an engine lists with those that the handwritten code allows one by one.
func agreeOnList(e lister, u *universe, member *rbac.Member, action rbac.Action) error {
	run, err := e.list(member, action)
	if err != nil {
		return fmt.Errorf("%s: list of %s: %w", e.name(), member.ID, err)
	}
	got, err := run()
	if err != nil {
		return fmt.Errorf("%s: list of %s: %w", e.name(), member.ID, err)
	}
	want := expectedList(u, member, action)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("%s disagrees: %s may %s %d mini programs, listed %d; the first that differs is %q",
			e.name(), member.ID, action, len(want), len(got), firstDifference(got, want))
	}
	return nil
}

// firstDifference is the first key that two sorted lists do not share.
func firstDifference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return min(a[i], b[i])
		}
	}
	if len(a) > len(b) {
		return a[len(b)]
	}
	return b[len(a)]
}

func expectedList(u *universe, member *rbac.Member, action rbac.Action) []string {
	hand := baseline.NewHandwritten(u.spec)
	var keys []string
	for _, program := range u.programs {
		if hand.Can(*member, action, program) {
			keys = append(keys, programKey(program.Workspace, program.MiniProgram))
		}
	}
	return keys
}
