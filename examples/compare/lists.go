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
	var names []string
	var tasks []task
	for _, m := range makers() {
		if !m.lists {
			continue
		}
		e, err := build(m, u)
		if err != nil {
			return nil, err
		}
		defer e.close()
		names = append(names, m.name)
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
	var all []listCosts
	for i, name := range names {
		all = append(all, listCosts{name, costs[i*len(who) : (i+1)*len(who)]})
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
	}}, nil
}

// A predicate is our list as the database answers it.
type predicate struct {
	title  string
	clause string
	args   []any
	cost   cost
}

var columns = rbac.Columns{Kind: "kind", Tenant: "tenant", Workspace: "workspace", MiniProgram: "id", Owner: "owner"}

// measurePredicates makes the SQL predicate for each viewer, binding included.
func measurePredicates(p plan, u *universe, who []viewer) ([]predicate, error) {
	var all []predicate
	var tasks []task
	for _, v := range who {
		where := func() (string, []any, error) {
			return u.policy.Bind(*v.member).Filter(rbac.ListMiniPrograms).Where(columns)
		}
		clause, args, err := where()
		if err != nil {
			return nil, fmt.Errorf("predicate for %s: %w", v.title, err)
		}
		all = append(all, predicate{title: v.title, clause: clause, args: args})
		tasks = append(tasks, task{func(n int) error {
			for range n {
				if _, _, err := where(); err != nil {
					return err
				}
			}
			return nil
		}})
	}
	costs, err := p.costs(tasks)
	for i := range costs {
		all[i].cost = costs[i]
	}
	return all, err
}
