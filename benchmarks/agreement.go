package main

import (
	"fmt"
	"slices"

	"github.com/miniprogram-platform/rbac"
)

// agree asks the engine every request one by one, and fails on the first that it
// answers otherwise than we do.
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
		if (allowed == 1) != q.allowed {
			return fmt.Errorf("%s disagrees: %s", e.name(), q)
		}
	}
	return nil
}

// agreeOnList compares the mini programs that an engine lists with those that the
// hand-written code allows one by one.
func agreeOnList(e lister, u *universe, m *rbac.Member, a rbac.Action) error {
	run, err := e.list(m, a)
	if err != nil {
		return fmt.Errorf("%s: list of %s: %w", e.name(), m.ID, err)
	}
	got, err := run()
	if err != nil {
		return fmt.Errorf("%s: list of %s: %w", e.name(), m.ID, err)
	}
	want := expectedList(u, m, a)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("%s disagrees: %s may %s %d mini programs, listed %d; the first that differs is %q",
			e.name(), m.ID, a, len(want), len(got), firstDifference(got, want))
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

func expectedList(u *universe, m *rbac.Member, a rbac.Action) []string {
	hand := newHandwritten(u)
	var keys []string
	for _, p := range u.programs {
		if hand.can(*m, a, p) {
			keys = append(keys, programKey(p.Workspace, p.MiniProgram))
		}
	}
	return keys
}
