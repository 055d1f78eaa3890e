package main

import (
	"testing"

	"github.com/miniprogram-platform/rbac"
)

// All engines answer every request of the mix as we do.
func TestEnginesAgree(t *testing.T) {
	mix, err := newMix(smallUniverse(t), 4096)
	if err != nil {
		t.Fatal(err)
	}
	agreeAll(t, smallUniverse(t), mix)
}

// They agree on custom roles too, which some of them say in another way.
func TestEnginesAgreeOnCustomRoles(t *testing.T) {
	u, err := newUniverse(size{seed: 4, merchants: 3, programs: 12, members: 200, roles: 40})
	if err != nil {
		t.Fatal(err)
	}
	mix, err := newMix(u, 1024)
	if err != nil {
		t.Fatal(err)
	}
	agreeAll(t, u, mix)
}

func agreeAll(t *testing.T, u *universe, mix []request) {
	t.Helper()
	for _, m := range makers() {
		t.Run(m.name, func(t *testing.T) {
			if err := agree(opened(t, m, u), mix); err != nil {
				t.Error(err)
			}
		})
	}
}

func opened(t *testing.T, m maker, u *universe) engine {
	t.Helper()
	e, err := build(m, u)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// Every engine lists the same mini programs for every member: for those who see a
// whole tenant, a workspace, assigned ones only, and none.
func TestEnginesListAlike(t *testing.T) {
	listAlike(t, smallUniverse(t), rbac.ListMiniPrograms, rbac.ReleaseMiniProgram)
}

// They do with custom roles too.
func TestEnginesListAlikeWithCustomRoles(t *testing.T) {
	u, err := newUniverse(size{seed: 6, merchants: 3, programs: 12, members: 100, roles: 40})
	if err != nil {
		t.Fatal(err)
	}
	listAlike(t, u, rbac.ListMiniPrograms)
}

func listAlike(t *testing.T, u *universe, actions ...rbac.Action) {
	t.Helper()
	for _, m := range listMakers() {
		t.Run(m.name, func(t *testing.T) {
			l := opened(t, m, u).(lister)
			for i := range u.members {
				for _, a := range actions {
					if err := agreeOnList(l, u, &u.members[i], a); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}

func TestFirstDifferenceIsNamed(t *testing.T) {
	for _, c := range []struct {
		a, b []string
		want string
	}{
		{[]string{"a", "b"}, []string{"a", "c"}, "b"},
		{[]string{"a", "c"}, []string{"a", "b", "c"}, "b"},
		{[]string{"a"}, []string{"a", "b"}, "b"},
		{[]string{"a", "b"}, nil, "a"},
	} {
		if got := firstDifference(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %q", c.a, c.b, got)
		}
	}
}

// A disagreement is found: an engine that was told of other members does not pass.
func TestDisagreementIsFound(t *testing.T) {
	u := smallUniverse(t)
	mix, err := newMix(u, 256)
	if err != nil {
		t.Fatal(err)
	}
	none := u.withMembers(nil)
	for _, m := range makers() {
		if m.name == casbinName || m.name == cedarName || m.name == opaName || m.name == fgaName {
			if agree(opened(t, m, none), only(mix, true)) == nil {
				t.Errorf("%s agrees without having heard of any member", m.name)
			}
		}
	}
}
