package main

import (
	"errors"

	"github.com/miniprogram-platform/rbac"
)

// An engine is one way to answer requests. Everything it can do beforehand is done
// in its constructor and in prepare, outside what is measured.
type engine interface {
	name() string
	// add tells the engine of all its members, once: what a host does at start.
	add(members []rbac.Member) error
	// prepare translates requests into what the engine is asked with.
	prepare(mix []request) (sweep, error)
	close() error
}

// A sweep answers count of the prepared requests, from first on, and says how many
// it allowed. The loop is the engine's own, so that no call through an interface is
// measured along with a check that takes nanoseconds.
type sweep func(first, count int) (allowed int, err error)

// memberless is for engines that hold no members: the host passes its own to each check.
type memberless struct{}

func (memberless) add([]rbac.Member) error { return nil }
func (memberless) loadsNothing()           {}

// A lister is an engine that can say which mini programs a member may do something to.
type lister interface {
	engine
	// list returns a function that answers with the keys of the mini programs.
	list(m *rbac.Member, a rbac.Action) (func() ([]string, error), error)
}

// A maker builds an engine for a universe without its members, who are then added.
type maker struct {
	name string
	make func(*universe) (engine, error)
}

// makers are the engines that check, ours first, in the order of the tables.
func makers() []maker {
	return []maker{
		{oursName, newCan},
		{boundName, newBound},
		{handName, func(u *universe) (engine, error) { return newHandwritten(u), nil }},
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

// listMakers are the listers, by the way in which they list. Ours are the first two.
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

// build makes an engine and adds the members of the universe to it.
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
