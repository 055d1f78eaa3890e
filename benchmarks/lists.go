package main

import (
	"fmt"

	"github.com/miniprogram-platform/rbac"
)

// A viewer is a member whose list is measured.
type viewer struct {
	title  string
	member *rbac.Member
	sees   int
}

// viewers are someone who sees a whole tenant, a whole workspace, and assigned mini
// programs only: the first holders of three default roles.
func viewers(u *universe) []viewer {
	var all []viewer
	for _, v := range []struct {
		title string
		role  rbac.RoleID
	}{{"Workspace Admin", rbac.WorkspaceAdmin}, {"Developer Admin", rbac.DeveloperAdmin}, {"Developer", rbac.Developer}} {
		for i := range u.members {
			if u.members[i].Assignments[0].Role == v.role {
				all = append(all, viewer{v.title, &u.members[i], len(expectedList(u, &u.members[i], rbac.ListMiniPrograms))})
				break
			}
		}
	}
	return all
}

// listCosts are what one list costs in an engine, for each viewer.
type listCosts struct {
	name  string
	costs []cost
}

// measureLists checks that every lister lists the same, and measures them.
func measureLists(p plan, u *universe, who []viewer) ([]listCosts, error) {
	var all []listCosts
	var tasks []task
	for _, m := range listMakers() {
		e, err := build(m, u)
		if err != nil {
			return nil, err
		}
		defer e.close()
		all = append(all, listCosts{name: m.name})
		for _, v := range who {
			t, err := listing(e.(lister), u, v)
			if err != nil {
				return nil, err
			}
			tasks = append(tasks, t)
		}
	}
	costs, err := p.costs(tasks)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].costs = costs[i*len(who) : (i+1)*len(who)]
	}
	return all, nil
}

func listing(l lister, u *universe, v viewer) (task, error) {
	if err := agreeOnList(l, u, v.member, rbac.ListMiniPrograms); err != nil {
		return task{}, err
	}
	run, err := l.list(v.member, rbac.ListMiniPrograms)
	if err != nil {
		return task{}, fmt.Errorf("%s: list: %w", l.name(), err)
	}
	return task{func(n int) error {
		for range n {
			seen, err := run()
			if err != nil {
				return err
			}
			if len(seen) != v.sees {
				return fmt.Errorf("%s: listed %d for %s while measured, want %d", l.name(), len(seen), v.title, v.sees)
			}
		}
		return nil
	}, 1}, nil
}

// A predicate is our list as one condition for the database that has the rows.
type predicate struct {
	title  string
	make   func() (clause string, args []any, err error)
	clause string
	args   int
	cost   cost
}

var columns = rbac.Columns{Kind: "kind", Tenant: "tenant", Workspace: "workspace", MiniProgram: "id", Owner: "owner"}

// predicates are those of the viewers. With Columns.Array only the last one differs,
// who sees what a list names.
func predicates(u *universe, who []viewer) ([]predicate, error) {
	arrays := columns
	arrays.Array = func(ids []string) any { return ids }
	var all []predicate
	for _, v := range who {
		all = append(all, newPredicate(u, v.title, v, columns))
	}
	last := who[len(who)-1]
	all = append(all, newPredicate(u, last.title+", with Columns.Array", last, arrays))
	for i := range all {
		clause, args, err := all[i].make()
		if err != nil {
			return nil, fmt.Errorf("predicate for %s: %w", all[i].title, err)
		}
		all[i].clause, all[i].args = clause, len(args)
	}
	return all, nil
}

func newPredicate(u *universe, title string, v viewer, c rbac.Columns) predicate {
	return predicate{title: title, make: func() (string, []any, error) {
		return u.policy.Bind(*v.member).Filter(rbac.ListMiniPrograms).Where(c)
	}}
}

// measurePredicates measures how long they take to make, binding included.
func measurePredicates(p plan, all []predicate) error {
	var tasks []task
	for _, one := range all {
		tasks = append(tasks, task{func(n int) error {
			for range n {
				if _, _, err := one.make(); err != nil {
					return err
				}
			}
			return nil
		}, 1})
	}
	costs, err := p.costs(tasks)
	for i := range costs {
		all[i].cost = costs[i]
	}
	return err
}
