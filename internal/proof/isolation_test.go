package proof

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// Law 3: a decision depends on nothing outside the member's tenant, nor, for a developer workspace, outside it.
// Law 5: a role held for one mini program never combines with another assignment's mini program.

func TestLaw3Isolation(t *testing.T) {
	t.Parallel()
	strangers, atHome := 0, 0
	worlds(t, 5, 150, wallTime(), func(d dice, w world) {
		w.eachQuestion(d, 12, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			if related(m.Workspace, r.Workspace) {
				return
			}
			strangers++
			if w.policy.Can(m, a, r) {
				t.Errorf("%v: allowed in an unrelated workspace: %s", w, questionText(m, a, r))
			}
			r.Workspace = m.Workspace
			if w.policy.Can(m, a, r) {
				atHome++
			}
		})
	})
	require.GreaterOrEqual(t, strangers, 10_000, "questions about a workspace that the member has no relation to")
	require.GreaterOrEqual(t, atHome, 1_000, "those that would be allowed in the member's own workspace")
}

func related(member, place rbac.Workspace) bool {
	if !isValid(member) || !isValid(place) || member.Tenant != place.Tenant {
		return false
	}
	return member.Kind == rbac.KindTenant || member == place
}

// IDs are compared and nothing else, so renaming everything changes no answer.
func TestLaw3IDsAreOpaque(t *testing.T) {
	t.Parallel()
	renamings := map[string]func(string) string{
		"longer":        func(id string) string { return id + "/" + id },
		"hostile":       func(id string) string { return "' OR 1=1 --\x00" + id },
		"not UTF-8":     func(id string) string { return id + "\xff" },
		"space before":  func(id string) string { return " " + id },
		"other letters": func(id string) string { return strings.Map(func(r rune) rune { return r + 0x400 }, id) },
	}
	var seen tally
	asked := map[string]int{}
	worlds(t, 6, 60, wallTime(), func(d dice, w world) {
		policies := map[string]*rbac.Policy{}
		for name, rename := range renamings {
			policies[name] = w.renamedPolicy(t, rename)
		}
		w.eachQuestion(d, 8, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			want := w.policy.Can(m, a, r)
			seen.count(want)
			for name, rename := range renamings {
				if policies[name] == nil {
					continue
				}
				asked[name]++
				if got := policies[name].Can(renamedMember(m, rename), a, renamedResource(r, rename)); got != want {
					t.Errorf("%v: %s IDs change %v to %v: %s", w, name, want, got, questionText(m, a, r))
				}
			}
		})
	})
	seen.requireBoth(t, 1_000)
	for name := range renamings {
		require.GreaterOrEqual(t, asked[name], 10_000, "questions about %s IDs", name)
	}
}

// renamedPolicy renames the workspaces that own a role. It is nil if no policy can say so, because it holds no IDs
// that are not UTF-8.
func (w world) renamedPolicy(t testing.TB, rename func(string) string) *rbac.Policy {
	t.Helper()
	spec := w.policy.Spec()
	for i, role := range spec.Roles {
		spec.Roles[i].Workspace = renamedWorkspace(role.Workspace, rename)
		if !utf8.ValidString(spec.Roles[i].Workspace.ID) {
			return nil
		}
	}
	return policyOf(t, spec)
}

func renamedMember(m rbac.Member, rename func(string) string) rbac.Member {
	m.ID, m.Workspace = renamedID(m.ID, rename), renamedWorkspace(m.Workspace, rename)
	m.Assignments = slices.Clone(m.Assignments)
	for i, as := range m.Assignments {
		m.Assignments[i].MiniPrograms = nil
		for _, program := range as.MiniPrograms {
			m.Assignments[i].MiniPrograms = append(m.Assignments[i].MiniPrograms, renamedID(program, rename))
		}
	}
	return m
}

func renamedResource(r rbac.Resource, rename func(string) string) rbac.Resource {
	return rbac.Resource{
		Workspace:   renamedWorkspace(r.Workspace, rename),
		MiniProgram: renamedID(r.MiniProgram, rename),
		Owner:       renamedID(r.Owner, rename),
	}
}

func renamedWorkspace(w rbac.Workspace, rename func(string) string) rbac.Workspace {
	return rbac.Workspace{Kind: w.Kind, ID: renamedID(w.ID, rename), Tenant: renamedID(w.Tenant, rename)}
}

func renamedID(id string, rename func(string) string) string {
	if id == "" {
		return ""
	}
	return rename(id)
}

// A member may do what one of the assignments alone allows, and nothing more.
func TestLaw5NoCrossProducts(t *testing.T) {
	t.Parallel()
	var seen tally
	onlyCrossed := 0
	worlds(t, 8, 160, wallTime(), func(d dice, w world) {
		w.eachQuestion(d, 12, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			together := w.policy.Can(m, a, r)
			alone := slices.ContainsFunc(m.Assignments, func(as rbac.Assignment) bool {
				return w.policy.Can(withOnly(m, as), a, r)
			})
			seen.count(together)
			if together != alone {
				t.Errorf("%v: together %v, one by one %v: %s", w, together, alone, questionText(m, a, r))
			}
			onlyCrossed += oneIf(!together && w.policy.Can(crossProduct(m), a, r))
		})
	})
	seen.requireBoth(t, 2_000)
	require.GreaterOrEqual(t, onlyCrossed, 50, "questions that a cross product would have allowed")
}

func withOnly(m rbac.Member, as rbac.Assignment) rbac.Member {
	m.Assignments = []rbac.Assignment{as}
	return m
}

// crossProduct combines what must stay apart: every role with every program, without bounds.
func crossProduct(m rbac.Member) rbac.Member {
	var programs []string
	for _, as := range m.Assignments {
		programs = append(programs, as.MiniPrograms...)
	}
	var all []rbac.Assignment
	for _, as := range m.Assignments {
		all = append(all, rbac.Assignment{Role: as.Role, MiniPrograms: programs})
	}
	m.Assignments = all
	return m
}
