package rbac_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// request is everything that a decision is made of.
type request struct {
	policy   *rbac.Policy
	member   rbac.Member
	action   rbac.Action
	resource rbac.Resource
}

// spoiled are the ways to take one needed thing from a request. None of them leaves anything to allow.
var spoiled = map[string]func(q *request){
	"nil policy":                       func(q *request) { q.policy = nil },
	"zero policy":                      func(q *request) { q.policy = &rbac.Policy{} },
	"zero member":                      func(q *request) { q.member = rbac.Member{} },
	"member without ID":                func(q *request) { q.member.ID = "" },
	"member without ID who owns it":    func(q *request) { q.member.ID, q.resource.Owner = "", "" },
	"member without workspace":         func(q *request) { q.member.Workspace = rbac.Workspace{} },
	"member and thing of no workspace": func(q *request) { q.member.Workspace, q.resource.Workspace = rbac.Workspace{}, rbac.Workspace{} },
	"member of an unknown kind":        func(q *request) { q.member.Workspace.Kind, q.resource.Workspace.Kind = 77, 77 },
	"member without tenant":            func(q *request) { q.member.Workspace.Tenant, q.resource.Workspace.Tenant = "", "" },
	"zero status":                      func(q *request) { q.member.Status = 0 },
	"invited":                          func(q *request) { q.member.Status = rbac.StatusInvited },
	"blocked":                          func(q *request) { q.member.Status = rbac.StatusBlocked },
	"withdrawn":                        func(q *request) { q.member.Status = rbac.StatusWithdrawn },
	"deleted":                          func(q *request) { q.member.Status = rbac.StatusDeleted },
	"unknown status":                   func(q *request) { q.member.Status = 200 },
	"no assignments":                   func(q *request) { q.member.Assignments = nil },
	"zero assignment":                  func(q *request) { q.member.Assignments = make([]rbac.Assignment, 3) },
	"unknown roles":                    func(q *request) { q.member = withRoles(q.member, "nobody") },
	"roles in capital letters":         func(q *request) { q.member = withRoleNames(q.member, strings.ToUpper) },
	"roles with a blank":               func(q *request) { q.member = withRoleNames(q.member, func(s string) string { return s + " " }) },
	"roles of the other kind":          func(q *request) { q.member = withRoles(q.member, aRoleOfTheOtherKind(q.member)) },
	"no action":                        func(q *request) { q.action = "" },
	"unknown action":                   func(q *request) { q.action += "x" },
	"action in capital letters":        func(q *request) { q.action = rbac.Action(strings.ToUpper(string(q.action))) },
	"action with a blank":              func(q *request) { q.action += " " },
	"any action":                       func(q *request) { q.action = "*" },
	"zero resource":                    func(q *request) { q.resource = rbac.Resource{} },
	"thing of no workspace":            func(q *request) { q.resource.Workspace = rbac.Workspace{} },
	"thing of a workspace without ID":  func(q *request) { q.resource.Workspace.ID = "" },
	"thing of nobody's tenant":         func(q *request) { q.resource.Workspace.Tenant = "" },
	"thing of a workspace of no kind":  func(q *request) { q.resource.Workspace.Kind = 0 },
}

func withRoles(m rbac.Member, role rbac.RoleID) rbac.Member {
	return withRoleNames(m, func(string) string { return string(role) })
}

func withRoleNames(m rbac.Member, rename func(string) string) rbac.Member {
	m.Assignments = slices.Clone(m.Assignments)
	for i := range m.Assignments {
		m.Assignments[i].Role = rbac.RoleID(rename(string(m.Assignments[i].Role)))
	}
	return m
}

func aRoleOfTheOtherKind(m rbac.Member) rbac.RoleID {
	if m.Workspace.Kind == rbac.KindTenant {
		return rbac.DeveloperAdmin
	}
	return rbac.WorkspaceAdmin
}

func TestLaw1NoIsTheDefault(t *testing.T) {
	t.Parallel()
	allowed := 0
	worlds(t, 1, 120, wallClock(), func(d dice, w world) {
		w.eachQuestion(d, 10, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			if !w.policy.Can(m, a, r) {
				return
			}
			allowed++
			for name, spoil := range spoiled {
				q := request{w.policy, m, a, r}
				spoil(&q)
				decision := q.policy.Check(q.member, q.action, q.resource)
				if decision.Allowed || decision.Reason == rbac.ReasonGranted || q.policy.Can(q.member, q.action, q.resource) {
					t.Errorf("%v: %s: %+v: %s", w, name, decision, question(q.member, q.action, q.resource))
				}
			}
		})
	})
	require.GreaterOrEqual(t, allowed, 1_000, "too few requests were allowed for their spoiling to mean anything")
}

func TestLaw1ZeroValuesAllowNothing(t *testing.T) {
	t.Parallel()
	admin, bob := staff("ann", theWallet, rbac.Assignment{Role: rbac.WorkspaceAdmin}), staff("bob", theWallet)
	program := rbac.Resource{Workspace: theWallet, MiniProgram: "mp-1"}
	require.True(t, rbac.Can(admin, rbac.ViewMiniProgram, program), "the admin may view the program by the default policy")

	var nobody *rbac.Policy
	none := map[string]bool{
		"the zero decision":             rbac.Decision{}.Allowed,
		"no error of the zero decision": rbac.Decision{}.Err() == nil,
		"a nil policy":                  nobody.Can(admin, rbac.ViewMiniProgram, program),
		"a zero policy":                 new(rbac.Policy).Can(admin, rbac.ViewMiniProgram, program),
		"a nil policy's subject":        nobody.Bind(admin).Can(rbac.ViewMiniProgram, program),
		"a nil policy's filter":         nobody.Bind(admin).Filter(rbac.ViewMiniProgram).Match(program),
		"a zero subject":                new(rbac.Subject).Can(rbac.ViewMiniProgram, program),
		"a zero subject's filter":       new(rbac.Subject).Filter(rbac.ViewMiniProgram).Match(program),
		"the zero filter":               rbac.Filter{}.Match(program),
		"the zero filter, to the zero":  rbac.Filter{}.Match(rbac.Resource{}),
		"something in the zero filter":  !rbac.Filter{}.None(),
		"a nil policy's actions":        !isEmpty(nobody.Bind(admin).Actions(program)),
		"a nil policy's members":        !isEmpty(nobody.WhoCan(rbac.ViewMiniProgram, program, slices.Values([]rbac.Member{admin}))),
		"a nil policy's assigning":      nobody.CheckAssign(admin, bob, rbac.Assignment{}).Allowed,
		"a nil policy's defining":       nobody.CheckDefine(admin, rbac.Role{ID: "new", Kind: rbac.KindTenant}).Allowed,
	}
	for name, allowed := range none {
		assert.False(t, allowed, name)
	}
}

func TestLaw2OneTruth(t *testing.T) {
	t.Parallel()
	t.Run("with the clock on the wall", func(t *testing.T) {
		t.Parallel()
		compareDoors(t, 2, 160, wallClock(), entranceNow)
	})
	t.Run("at the very instant of a bound", func(t *testing.T) {
		t.Parallel()
		compareDoors(t, 3, 160, givenClock(), entranceAt)
	})
}

func compareDoors(t *testing.T, seed uint64, number int, c clock, enter func(time.Time, *rbac.Policy, rbac.Member) entrance) {
	t.Helper()
	var seen tally
	compared := 0
	worlds(t, seed, number, c, func(d dice, w world) {
		actions := w.someActions(d, 12)
		for _, m := range w.members {
			e := enter(w.now, w.policy, m)
			e.label = w.label + ": "
			for _, r := range w.resources {
				for _, a := range actions {
					want := w.ref.allows(w.now, m, a, r)
					compared += e.compare(t, want, a, r)
					seen.count(want)
				}
			}
		}
	})
	t.Logf("%d decisions compared: %d questions", compared, seen.yes+seen.no)
	seen.requireBoth(t, 3_000)
}

func TestLaw2WhoCanKeepsThoseWhoCan(t *testing.T) {
	t.Parallel()
	var seen tally
	worlds(t, 4, 80, wallClock(), func(d dice, w world) {
		for _, a := range w.someActions(d, 12) {
			for _, r := range w.resources {
				want := slices.DeleteFunc(slices.Clone(w.members), func(m rbac.Member) bool { return !w.policy.Can(m, a, r) })
				got := slices.Collect(w.policy.WhoCan(a, r, slices.Values(w.members)))
				if !assert.ElementsMatch(t, want, got, "%v: who can %q: %+q", w, a, r) {
					return
				}
				seen.count(len(want) > 0)
			}
		}
	})
	seen.requireBoth(t, 500)
}

// What databases make of the clause, with their NULLs and their collations, is tested where there are databases; here
// it is read by three-valued logic alone.
func TestLaw2WhereKeepsTheSameRows(t *testing.T) {
	t.Parallel()
	columns := rbac.Columns{Kind: "kind", Tenant: "tenant_id", Workspace: "workspace_id", MiniProgram: "program_id", Owner: "owner_id"}
	kindless, arrays := columns, columns
	kindless.Kind = ""
	arrays.Array = func(ids []string) any { return ids }
	var seen tally
	worlds(t, 18, 150, givenClock(), func(d dice, w world) {
		for _, m := range w.members {
			for _, a := range w.someActions(d, 12) {
				for _, c := range []rbac.Columns{columns, kindless, arrays} {
					compared := w.compareWhere(t, d, m, a, c)
					seen.yes += compared.yes
					seen.no += compared.no
				}
			}
		}
	})
	t.Logf("%d rows compared", seen.yes+seen.no)
	seen.requireBoth(t, 5_000)
}

// A remedy is held to Can as well: with it, the denied is allowed.
func TestLaw2RemediesAllow(t *testing.T) {
	t.Parallel()
	remedies := 0
	worlds(t, 19, 40, wallClock(), func(d dice, w world) {
		w.eachQuestion(d, 6, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			explained := w.policy.Explain(m, a, r)
			if explained.Decision != w.policy.Check(m, a, r) {
				t.Errorf("%v: Explain decides %+v, not as Check does: %s", w, explained.Decision, question(m, a, r))
			}
			for _, remedy := range explained.Remedies {
				remedies++
				if mended := remedy.Apply(m); explained.Decision.Allowed || !w.policy.Can(mended, a, r) {
					t.Errorf("%v: %q does not help, or nothing needs help: %s", w, remedy, question(m, a, r))
				}
			}
		})
	})
	require.GreaterOrEqual(t, remedies, 2_000, "remedies applied")
}

// eachQuestion asks about every member and resource, and some of the actions.
func (w world) eachQuestion(d dice, others int, ask func(m rbac.Member, a rbac.Action, r rbac.Resource)) {
	actions := w.someActions(d, others)
	for _, m := range w.members {
		for _, r := range w.resources {
			for _, a := range actions {
				ask(m, a, r)
			}
		}
	}
}

func TestLaw3Isolation(t *testing.T) {
	t.Parallel()
	strangers, athome := 0, 0
	worlds(t, 5, 150, wallClock(), func(d dice, w world) {
		w.eachQuestion(d, 12, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			if related(m.Workspace, r.Workspace) {
				return
			}
			strangers++
			if w.policy.Can(m, a, r) {
				t.Errorf("%v: a stranger is allowed: %s", w, question(m, a, r))
			}
			r.Workspace = m.Workspace
			if w.policy.Can(m, a, r) {
				athome++
			}
		})
	})
	require.GreaterOrEqual(t, strangers, 10_000, "too few strangers")
	require.GreaterOrEqual(t, athome, 1_000, "too few of the strangers would have been allowed the same at home")
}

func related(member, thing rbac.Workspace) bool {
	if !sound(member) || !sound(thing) || member.Tenant != thing.Tenant {
		return false
	}
	return member.Kind == rbac.KindTenant || member == thing
}

// IDs are only ever compared: calling everything by another name changes no answer.
func TestLaw3IDsAreOpaque(t *testing.T) {
	t.Parallel()
	renamings := map[string]func(string) string{
		"longer":        func(id string) string { return id + "/" + id },
		"hostile":       func(id string) string { return "' OR 1=1 --\x00" + id },
		"not UTF-8":     func(id string) string { return id + "\xff" },
		"blank before":  func(id string) string { return " " + id },
		"other letters": func(id string) string { return strings.Map(func(r rune) rune { return r + 0x400 }, id) },
	}
	var seen tally
	worlds(t, 6, 60, wallClock(), func(d dice, w world) {
		w.eachQuestion(d, 8, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			want := w.policy.Can(m, a, r)
			seen.count(want)
			for name, rename := range renamings {
				if got := w.policy.Can(renamedMember(m, rename), a, renamedResource(r, rename)); got != want {
					t.Errorf("%v: %s IDs change %v to %v: %s", w, name, want, got, question(m, a, r))
				}
			}
		})
	})
	seen.requireBoth(t, 1_000)
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

func TestLaw4Monotone(t *testing.T) {
	t.Parallel()
	kept, gained := 0, map[string]int{}
	worlds(t, 7, 120, wallClock(), func(d dice, w world) {
		extended := w.extendedPolicy(t, d)
		w.eachQuestion(d, 10, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			before := w.policy.Can(m, a, r)
			more := map[string]bool{
				"a further assignment": w.policy.Can(withOneMore(d, w, m), a, r),
				"a further program":    w.policy.Can(withProgram(d, m, r.MiniProgram), a, r),
				"a further permission": extended.Can(m, a, r),
			}
			for what, after := range more {
				if before && !after {
					t.Errorf("%v: %s takes a right away: %s", w, what, question(m, a, r))
				}
				kept += count(before && after)
				gained[what] += count(after && !before)
			}
		})
	})
	require.GreaterOrEqual(t, kept, 3_000, "too few rights to lose")
	require.Len(t, gained, 3)
	for what, times := range gained {
		require.GreaterOrEqual(t, times, 100, "%s gave something too seldom", what)
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// extendedPolicy grants more of everything to each role.
func (w world) extendedPolicy(t testing.TB, d dice) *rbac.Policy {
	t.Helper()
	extend := map[rbac.RoleID]rbac.Permissions{}
	for _, role := range w.roles {
		extend[role] = anyPermissions(d, w.ref, w.kinds[role])
	}
	return policyOf(t, append(slices.Clone(w.specs), rbac.Spec{Extend: extend})...)
}

func withOneMore(d dice, w world, m rbac.Member) rbac.Member {
	m.Assignments = slices.Insert(slices.Clone(m.Assignments), d.IntN(len(m.Assignments)+1), w.anyAssignment(d, w.clock, m.Workspace.Kind))
	return m
}

func withProgram(d dice, m rbac.Member, program string) rbac.Member {
	if len(m.Assignments) == 0 {
		return m
	}
	m.Assignments = slices.Clone(m.Assignments)
	as := &m.Assignments[d.IntN(len(m.Assignments))]
	as.MiniPrograms = slices.Insert(slices.Clone(as.MiniPrograms), d.IntN(len(as.MiniPrograms)+1), program)
	return m
}

// A member may do exactly what the assignments allow one by one: together they allow nothing more.
func TestLaw5NoCrossProducts(t *testing.T) {
	t.Parallel()
	var seen tally
	tempting := 0
	worlds(t, 8, 160, wallClock(), func(d dice, w world) {
		w.eachQuestion(d, 12, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			together := w.policy.Can(m, a, r)
			alone := slices.ContainsFunc(m.Assignments, func(as rbac.Assignment) bool { return w.policy.Can(withOnly(m, as), a, r) })
			seen.count(together)
			if together != alone {
				t.Errorf("%v: together the assignments allow %v, one by one %v: %s", w, together, alone, question(m, a, r))
			}
			tempting += count(!together && w.policy.Can(crossed(m), a, r))
		})
	})
	seen.requireBoth(t, 2_000)
	require.GreaterOrEqual(t, tempting, 50, "too few members for whom a cross product would have allowed more")
}

func withOnly(m rbac.Member, as rbac.Assignment) rbac.Member {
	m.Assignments = []rbac.Assignment{as}
	return m
}

// crossed is the mistake: every role with every program, at all times.
func crossed(m rbac.Member) rbac.Member {
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

func shuffled[T any](d dice, list []T) []T {
	list = slices.Clone(list)
	for i := len(list) - 1; i > 0; i-- {
		j := d.IntN(i + 1)
		list[i], list[j] = list[j], list[i]
	}
	return list
}

func TestLaw6OrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	var seen tally
	worlds(t, 9, 120, wallClock(), func(d dice, w world) {
		others := map[string]*rbac.Policy{
			"specs in another order of their slices": policyOf(t, shuffledSpecs(d, w.specs)...),
			"JSON in another order of its keys":      policyOf(t, parsed(t, shuffledJSON(d, encoded(t, w.policy.Spec())))),
		}
		for what, other := range others {
			assert.Equal(t, string(encoded(t, w.policy.Spec())), string(encoded(t, other.Spec())), "%v: %s: the JSON", w, what)
			assert.Equal(t, w.policy.Fingerprint(), other.Fingerprint(), "%v: %s: the fingerprint", w, what)
		}
		w.eachQuestion(d, 10, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			want := w.policy.Check(m, a, r)
			seen.count(want.Allowed)
			for what, other := range others {
				if got := other.Check(m, a, r); got != want {
					t.Errorf("%v: %s: %+v instead of %+v: %s", w, what, got, want, question(m, a, r))
				}
			}
			if got := w.policy.Check(shuffledMember(d, m), a, r); got.Allowed != want.Allowed || got.Reason != want.Reason {
				t.Errorf("%v: assignments in another order: %+v instead of %+v: %s", w, got, want, question(m, a, r))
			}
		})
	})
	seen.requireBoth(t, 2_000)
}

func encoded(t testing.TB, spec rbac.Spec) []byte {
	t.Helper()
	text, err := json.Marshal(spec)
	require.NoError(t, err)
	return text
}

func parsed(t testing.TB, text []byte) rbac.Spec {
	t.Helper()
	var spec rbac.Spec
	require.NoError(t, json.Unmarshal(text, &spec), "%s", text)
	return spec
}

func shuffledMember(d dice, m rbac.Member) rbac.Member {
	m.Assignments = shuffled(d, m.Assignments)
	for i := range m.Assignments {
		m.Assignments[i].MiniPrograms = shuffled(d, m.Assignments[i].MiniPrograms)
	}
	return m
}

func shuffledSpecs(d dice, specs []rbac.Spec) []rbac.Spec {
	specs = slices.Clone(specs)
	for i := range specs {
		specs[i].Roles = shuffled(d, specs[i].Roles)
		specs[i].FourEyes = shuffled(d, specs[i].FourEyes)
		specs[i].Exclusive = shuffled(d, specs[i].Exclusive)
		for j := range specs[i].Exclusive {
			specs[i].Exclusive[j] = shuffled(d, specs[i].Exclusive[j])
		}
	}
	return specs
}

// shuffledJSON is the same document with its keys, and the lists that are sets, in another order.
func shuffledJSON(d dice, text []byte) []byte {
	var document any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		panic(err)
	}
	return appendShuffled(d, nil, document)
}

func appendShuffled(d dice, to []byte, value any) []byte {
	switch value := value.(type) {
	case map[string]any:
		return appendShuffledObject(d, to, value)
	case []any:
		return appendShuffledArray(d, to, value)
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return append(to, text...)
}

func appendShuffledObject(d dice, to []byte, object map[string]any) []byte {
	to = append(to, '{')
	for i, key := range shuffled(d, slices.Sorted(maps.Keys(object))) {
		if i > 0 {
			to = append(to, ", \n"...)
		}
		to = appendShuffled(d, to, key)
		to = append(to, " :\t"...)
		to = appendShuffled(d, to, object[key])
	}
	return append(to, '}')
}

func appendShuffledArray(d dice, to []byte, array []any) []byte {
	to = append(to, '[')
	for i, item := range shuffled(d, array) {
		if i > 0 {
			to = append(to, ',')
		}
		to = appendShuffled(d, to, item)
	}
	return append(to, ']')
}

// society is a world whose members change each other, as far as the library allows.
type society struct {
	world
	held     []holding            // what all who could act at the start held between them
	expected map[string][]holding // what was each one's own at the start, now or later
}

func (w world) society() *society {
	s := &society{world: w, expected: map[string][]holding{}}
	for _, m := range w.members {
		s.held = append(s.held, w.ref.powers(w.now, m)...)
		if m.Status == rbac.StatusActive {
			s.expected[key(m)] = w.ref.prospects(w.now, m)
		}
	}
	return s
}

func key(m rbac.Member) string { return fmt.Sprintf("%v %q", m.Workspace, m.ID) }

// risen is what the member has, or will have, that neither the member nor anyone who could act had at the start.
func (s *society) risen(m rbac.Member) []holding {
	if m.Status != rbac.StatusActive {
		return nil
	}
	return uncovered(s.held, uncovered(s.expected[key(m)], s.ref.prospects(s.now, m)))
}

// change is one act of administration. may is what the library says, should what law 7 says, and done what follows.
type change struct {
	what      string
	by        rbac.Member
	target    rbac.Member
	may       rbac.Decision
	should    bool
	perform   func()
	afterward func() rbac.Member
}

func (c change) String() string {
	return fmt.Sprintf("%s\n  by %s\n  on %s", c.what, memberText(c.by), memberText(c.target))
}

var changes = []struct {
	name string
	make func(s *society, d dice) change
}{
	{"assign", (*society).anAssignment},
	{"assign a program", (*society).aProgram},
	{"revoke", (*society).aRevocation},
	{"manage", (*society).aStep},
	{"invite", (*society).anInvitation},
	{"define", (*society).aRole},
}

// pair is an actor and the position of a target, mostly one within the actor's sight.
func (s *society) pair(d dice) (by rbac.Member, at int) {
	by = pick(d, s.members)
	for range 4 {
		at = d.IntN(len(s.members))
		if related(by.Workspace, s.members[at].Workspace) && key(by) != key(s.members[at]) {
			break
		}
	}
	return by, at
}

func (s *society) anAssignment(d dice) change {
	by, at := s.pair(d)
	return s.assigning(by, at, s.anyAssignment(d, s.clock, s.members[at].Workspace.Kind))
}

// aProgram is a further program for a role that the member holds already, mostly one that the actor works on.
func (s *society) aProgram(d dice) change {
	by, at := s.pair(d)
	as := oneOf(d, s.members[at].Assignments, rbac.Assignment{Role: rbac.Developer})
	as.MiniPrograms = oneOf(d, by.Assignments, rbac.Assignment{}).MiniPrograms
	if len(as.MiniPrograms) == 0 || chance(d, 30) {
		as.MiniPrograms = anyPrograms(d)
	}
	return s.assigning(by, at, as)
}

func (s *society) assigning(by rbac.Member, at int, as rbac.Assignment) change {
	to := s.members[at]
	return change{
		what: "assign " + assignmentText(as), by: by, target: to,
		may:    s.policy.CheckAssign(by, to, as),
		should: s.ref.mayAssign(s.now, by, to, as),
		perform: func() {
			s.members[at].Assignments = append(slices.Clone(to.Assignments), as)
			if !s.ref.mayGive(s.now, by, to, as) {
				s.members[at].Assignments = merged(to.Assignments, as)
			}
		},
		afterward: func() rbac.Member { return s.members[at] },
	}
}

// merged adds the programs to what is held of the role for longest, of all that they could be added to.
func merged(held []rbac.Assignment, added rbac.Assignment) []rbac.Assignment {
	held = slices.Clone(held)
	longest := -1
	for i, as := range held {
		if as.Role == added.Role && contains(as, added) && (longest < 0 || lasts(as.NotAfter, held[longest].NotAfter)) {
			longest = i
		}
	}
	held[longest].MiniPrograms = slices.Concat(held[longest].MiniPrograms, added.MiniPrograms)
	return held
}

func (s *society) aRevocation(d dice) change {
	by, at := s.pair(d)
	from := s.members[at]
	as := s.anyAssignment(d, s.clock, from.Workspace.Kind)
	if len(from.Assignments) > 0 && chance(d, 90) {
		as = pick(d, from.Assignments)
		as.MiniPrograms = as.MiniPrograms[:d.IntN(len(as.MiniPrograms)+1)]
	}
	return change{
		what: "revoke " + assignmentText(as), by: by, target: from,
		may:       s.policy.CheckRevoke(by, from, as),
		should:    s.ref.mayRevoke(s.now, by, from, as),
		perform:   func() { s.members[at].Assignments = without(from.Assignments, as) },
		afterward: func() rbac.Member { return s.members[at] },
	}
}

// without takes the programs away, or the role where no programs are named.
func without(held []rbac.Assignment, gone rbac.Assignment) []rbac.Assignment {
	held = slices.Clone(held)
	at := slices.IndexFunc(held, func(as rbac.Assignment) bool {
		return as.Role == gone.Role && len(missing(as.MiniPrograms, gone.MiniPrograms)) == 0
	})
	if len(gone.MiniPrograms) == 0 {
		return slices.Delete(held, at, at+1)
	}
	held[at].MiniPrograms = missing(gone.MiniPrograms, held[at].MiniPrograms)
	return held
}

// steps are what the actions of administration do to a member's status.
var steps = []struct {
	action rbac.Action
	take   func(m rbac.Member, now time.Time) (rbac.Member, error)
}{
	{rbac.BlockMember, func(m rbac.Member, _ time.Time) (rbac.Member, error) { return m.Block() }},
	{rbac.BlockMember, func(m rbac.Member, _ time.Time) (rbac.Member, error) { return m.Unblock() }},
	{rbac.DeleteMember, func(m rbac.Member, _ time.Time) (rbac.Member, error) { return m.Delete() }},
	{rbac.WithdrawInvitation, func(m rbac.Member, _ time.Time) (rbac.Member, error) { return m.Withdraw() }},
	{rbac.ResendInvitation, resendAndAccept},
}

// resendAndAccept goes on to the acceptance, because only an active member can have risen.
func resendAndAccept(m rbac.Member, now time.Time) (rbac.Member, error) {
	m, err := m.Resend(now)
	if err != nil {
		return m, err
	}
	return m.Accept(now)
}

func (s *society) aStep(d dice) change {
	by, at := s.pair(d)
	step, target := pick(d, steps), s.members[at]
	next, err := step.take(target, s.now)
	if err != nil {
		next = target
	}
	return change{
		what: "manage: " + string(step.action), by: by, target: target,
		may:       s.policy.CheckManage(by, target, step.action),
		should:    s.ref.mayManage(s.now, by, target, step.action),
		perform:   func() { s.members[at] = next },
		afterward: func() rbac.Member { return s.members[at] },
	}
}

func (s *society) anInvitation(d dice) change {
	by := pick(d, s.members)
	place := by.Workspace
	if chance(d, 30) {
		place = soundWorkspace(d)
	}
	as := s.anyAssignment(d, s.clock, place.Kind)
	if chance(d, 10) {
		as.Role = anyNewRole(d) // which may be defined later on
	}
	guest := rbac.Invite(fmt.Sprintf("guest %d", len(s.members)), place, s.now, as)
	next, err := guest.Accept(s.now)
	if err != nil {
		next = guest
	}
	return change{
		what: "invite", by: by, target: guest,
		may:       s.policy.CheckManage(by, guest, rbac.InviteMember),
		should:    s.ref.mayManage(s.now, by, guest, rbac.InviteMember),
		perform:   func() { s.members = append(s.members, next) },
		afterward: func() rbac.Member { return next },
	}
}

func (s *society) aRole(d dice) change {
	by := pick(d, s.members)
	role := rbac.Role{ID: anyNewRole(d), Kind: pick(d, kinds)}
	role.Permissions = anyPermissions(d, s.ref, role.Kind)
	if held := s.ref.powers(s.now, by); len(held) > 0 && chance(d, 60) {
		role.Permissions = somePermissions(d, held)
	}
	return change{
		what: fmt.Sprintf("define %+v", role), by: by, target: by,
		may:       s.policy.CheckDefine(by, role),
		should:    s.ref.mayDefine(s.now, by, role),
		perform:   func() { s.define(role) },
		afterward: func() rbac.Member { return by },
	}
}

func anyNewRole(d dice) rbac.RoleID { return rbac.RoleID(fmt.Sprintf("new_role_%d", d.IntN(20))) }

// somePermissions are some of what is held.
func somePermissions(d dice, held []holding) rbac.Permissions {
	all, some := rbac.Permissions{}, rbac.Permissions{}
	for _, h := range held {
		all[h.action] |= h.scope
	}
	for _, action := range picks(d, 5, slices.Sorted(maps.Keys(all))) {
		some[action] = all[action]
	}
	return some
}

func (s *society) define(role rbac.Role) {
	spec := rbac.Spec{Roles: []rbac.Role{role}}
	policy, err := rbac.New(s.policy.Spec(), spec)
	if err != nil {
		panic(fmt.Sprintf("%v: CheckDefine allowed what New refuses: %+v: %v", s, role, err))
	}
	s.policy, s.ref = policy, s.ref.with(spec)
	s.names = namesOf(s.ref)
}

// adminSpec adds those who can pass on a lot: an admin of the whole tenant, and deputies of both kinds.
func adminSpec(d dice, known reference) rbac.Spec {
	chain, wallet, shop := rbac.Permissions{}, rbac.Permissions{}, rbac.Permissions{}
	for _, action := range namesOf(known).actions {
		if chance(d, 97) {
			chain[action] = rbac.ScopeTenant
		}
		wallet[action] = known.grants[rbac.WorkspaceAdmin][action]
		shop[action] = known.grants[rbac.DeveloperAdmin][action]
		if chance(d, 5) {
			wallet[action], shop[action] = 0, 0
		}
	}
	return rbac.Spec{Roles: []rbac.Role{
		{ID: "chain_admin", Kind: rbac.KindTenant, Permissions: chain},
		{ID: "wallet_deputy", Kind: rbac.KindTenant, Permissions: wallet},
		{ID: "shop_deputy", Kind: rbac.KindDeveloper, Permissions: shop},
	}}
}

var rolesOfSociety = []rbac.RoleID{
	rbac.WorkspaceAdmin, rbac.WorkspaceDeveloper, rbac.WorkspaceOperator, "chain_admin", "wallet_deputy",
	rbac.DeveloperAdmin, rbac.Developer, rbac.Operator, "shop_deputy",
}

// newSociety has the default roles and further ones, and members who are mostly what they seem.
func newSociety(t testing.TB, d dice, defaults reference) *society {
	t.Helper()
	w := world{clock: wallClock(), ref: defaults, specs: []rbac.Spec{rbac.Defaults()}}
	w.add(adminSpec(d, w.ref))
	custom := anySpec(d, "custom", w.ref)
	custom.FourEyes = nil // four eyes aside, as the law says
	custom.Exclusive = append(custom.Exclusive, []rbac.RoleID{rbac.DeveloperAdmin, rbac.Operator})
	w.add(custom)
	w.policy, w.names = policyOf(t, w.specs...), namesOf(w.ref)
	for i := range 8 {
		w.members = append(w.members, w.aColleague(d, i))
	}
	return w.society()
}

func (w world) aColleague(d dice, number int) rbac.Member {
	m := rbac.Member{
		ID:        fmt.Sprintf("%s %d", pick(d, memberIDs), number),
		Workspace: pick(d, []rbac.Workspace{theWallet, theWallet, theShop, theShop, namesakeOfWallet, namesakeOfShop}),
		Status:    anyStatus(d),
		InvitedAt: w.now.Add(-time.Hour),
	}
	fitting := slices.DeleteFunc(slices.Clone(rolesOfSociety), func(id rbac.RoleID) bool { return w.kinds[id] != m.Workspace.Kind })
	for range d.IntN(3) {
		as := w.anyAssignment(d, w.clock, m.Workspace.Kind)
		if chance(d, 75) {
			as.Role = pick(d, fitting)
		}
		m.Assignments = append(m.Assignments, as)
	}
	return m
}

func TestLaw7NoEscalation(t *testing.T) {
	t.Parallel()
	defaults := matrix(t)
	seen := map[string]*tally{"move a program without setting roles": {}}
	exclusive := 0
	for _, kind := range changes {
		seen[kind.name] = &tally{}
	}
	for i := range 250 {
		d := seeded(10, uint64(i))
		s := newSociety(t, d, defaults)
		s.label = fmt.Sprintf("world %d of seed 10", i)
		for range 120 {
			kind := pick(d, changes)
			c := kind.make(s, d)
			seen[kind.name].count(c.may.Allowed)
			exclusive += count(c.may.Reason == rbac.ReasonExclusive)
			if !s.policy.Can(c.by, rbac.SetMemberRole, c.target.Workspace.Resource()) && kind.name == "assign a program" {
				seen["move a program without setting roles"].count(c.may.Allowed)
			}
			s.requireNoEscalation(t, c)
		}
	}
	for name, both := range seen {
		t.Logf("%s: %d allowed, %d refused", name, both.yes, both.no)
		both.requireBoth(t, 30)
	}
	require.GreaterOrEqual(t, exclusive, 30, "changes refused for exclusive roles")
}

// requireNoEscalation performs an allowed change and looks at what became of the one who was changed.
func (s *society) requireNoEscalation(t testing.TB, c change) {
	t.Helper()
	if c.may.Allowed != c.should {
		t.Fatalf("%v: the library says %+v, law 7 says %v: %v", s, c.may, c.should, c)
	}
	if c.may.Allowed != (c.may.Reason == rbac.ReasonGranted) {
		t.Fatalf("%v: allowed and reason contradict each other: %+v: %v", s, c.may, c)
	}
	if !c.may.Allowed {
		return
	}
	c.perform()
	if risen := s.risen(c.afterward()); len(risen) > 0 {
		t.Fatalf("%v: nobody held before what the member has now: %+v: %v", s, risen[0], c)
	}
}

func TestLaw7NobodyActsOnThemselves(t *testing.T) {
	t.Parallel()
	defaults := matrix(t)
	onTwins := 0
	for i := range 60 {
		d := seeded(11, uint64(i))
		s := newSociety(t, d, defaults)
		for _, m := range s.members {
			as := rbac.Assignment{Role: pick(d, rolesOfSociety), MiniPrograms: []string{"mp-1"}}
			assert.False(t, s.policy.CheckAssign(m, m, as).Allowed, "world %d of seed 11: gives itself %s: %s", i, assignmentText(as), memberText(m))
			twin := m
			twin.ID += "'s twin"
			onTwins += count(s.policy.CheckAssign(m, twin, as).Allowed)
			for _, held := range m.Assignments {
				assert.False(t, s.policy.CheckRevoke(m, m, held).Allowed, "world %d of seed 11: takes from itself %s: %s", i, assignmentText(held), memberText(m))
			}
		}
	}
	require.GreaterOrEqual(t, onTwins, 10, "changes of another who holds the same")
}

// It is the ID and the workspace that make a member oneself, and not what else is said of it.
func TestLaw7OneselfIsToldByIDAndWorkspace(t *testing.T) {
	t.Parallel()
	admin := staff("ann", theWallet, rbac.Assignment{Role: rbac.WorkspaceAdmin})
	rows := map[string]struct {
		target  rbac.Member
		allowed bool
	}{
		"herself":                    {admin, false},
		"herself, told without role": {staff("ann", theWallet), false},
		"herself, told as invited":   {inStatus(rbac.StatusInvited, staff("ann", theWallet)), false},
		"another spelling":           {staff("Ann", theWallet), true},
		"somebody else":              {staff("bob", theWallet), true},
	}
	for name, row := range rows {
		decision := rbac.Default().CheckAssign(admin, row.target, rbac.Assignment{Role: rbac.WorkspaceOperator})
		assert.Equal(t, row.allowed, decision.Allowed, "an admin gives a role to %s: %+v", name, decision)
	}
}

// The stronger one is safe whatever the status, and before the strength is in force.
func TestLaw7NobodyActsOnTheStronger(t *testing.T) {
	t.Parallel()
	reads := rbac.Permissions{rbac.ViewTemplates: rbac.ScopeWorkspace}
	policy := policyOf(t, rbac.Defaults(), rbac.Spec{Roles: []rbac.Role{
		{ID: "tenant_reader", Kind: rbac.KindTenant, Permissions: reads},
		{ID: "developer_reader", Kind: rbac.KindDeveloper, Permissions: reads},
		{ID: "registrar", Kind: rbac.KindTenant, Permissions: rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeTenant,
			rbac.BlockMember:   rbac.ScopeTenant,
			rbac.ViewTemplates: rbac.ScopeTenant,
		}},
	}})
	registrar := staff("reg", theWallet, rbac.Assignment{Role: "registrar"})
	reader := rbac.Assignment{Role: "tenant_reader"}
	admin := rbac.Assignment{Role: rbac.WorkspaceAdmin}
	now := time.Now()
	rows := map[string]struct {
		target  rbac.Member
		allowed bool
	}{
		"one who holds nothing":            {staff("bob", theWallet), true},
		"one who holds as little":          {staff("bob", theWallet, reader), true},
		"an admin":                         {staff("bob", theWallet, admin), false},
		"an admin among lesser roles":      {staff("bob", theWallet, reader, admin, reader), false},
		"an admin of tomorrow":             {staff("bob", theWallet, between(admin, now.Add(day), time.Time{})), false},
		"an admin until tomorrow":          {staff("bob", theWallet, between(admin, time.Time{}, now.Add(day))), false},
		"an admin until yesterday":         {staff("bob", theWallet, between(admin, time.Time{}, now.Add(-day))), true},
		"an admin never":                   {staff("bob", theWallet, between(admin, now.Add(2*day), now.Add(day))), true},
		"a blocked admin":                  {inStatus(rbac.StatusBlocked, staff("bob", theWallet, admin)), false},
		"an invited admin":                 {inStatus(rbac.StatusInvited, staff("bob", theWallet, admin)), false},
		"one of another tenant":            {staff("bob", namesakeOfShop), false},
		"a merchant's who holds nothing":   {staff("bob", theShop), true},
		"a merchant's admin":               {staff("bob", theShop, rbac.Assignment{Role: rbac.DeveloperAdmin}), false},
		"one of a contradictory workspace": {staff("bob", rbac.Workspace{Kind: rbac.KindDeveloper, ID: "shop"}), false},
		"one whose ID is empty":            {staff("", theWallet), false},
	}
	for name, row := range rows {
		as := rbac.Assignment{Role: rbac.RoleID(row.target.Workspace.Kind.String()) + "_reader"}
		assert.Equal(t, row.allowed, policy.CheckAssign(registrar, row.target, as).Allowed, "assign to %s", name)
		assert.Equal(t, row.allowed, policy.CheckManage(registrar, row.target, rbac.BlockMember).Allowed, "block %s", name)
	}
}

const day = 24 * time.Hour

func between(as rbac.Assignment, from, until time.Time) rbac.Assignment {
	as.NotBefore, as.NotAfter = from, until
	return as
}

// A temporary admin makes no permanent one, nor one for an instant longer.
func TestLaw7NobodyGivesBeyondTheirEnd(t *testing.T) {
	t.Parallel()
	end, never := time.Now().Add(day), time.Time{}
	admin := rbac.Assignment{Role: rbac.WorkspaceAdmin}
	temporary := staff("ann", theWallet, between(admin, never, end))
	rows := map[string]struct {
		by      rbac.Member
		until   time.Time
		allowed bool
	}{
		"for ever":                               {temporary, never, false},
		"for an instant longer":                  {temporary, end.Add(1), false},
		"to the same instant":                    {temporary, end, true},
		"to the same instant in another zone":    {temporary, end.In(zones[1]), true},
		"for an instant less":                    {temporary, end.Add(-1), true},
		"for ever, being admin again later":      {staff("ann", theWallet, between(admin, never, end), between(admin, end, never)), never, false},
		"for an hour, being admin later":         {staff("ann", theWallet, between(admin, end, never)), time.Now().Add(time.Hour), false},
		"for ever, being admin for ever as well": {staff("ann", theWallet, between(admin, never, end), admin), never, true},
	}
	for name, row := range rows {
		as := between(rbac.Assignment{Role: rbac.WorkspaceOperator}, never, row.until)
		decision := rbac.Default().CheckAssign(row.by, staff("bob", theWallet), as)
		assert.Equal(t, row.allowed, decision.Allowed, "give %s: %+v", name, decision)
	}
	role := rbac.Role{ID: "reader", Kind: rbac.KindTenant, Permissions: rbac.Permissions{rbac.ViewTemplates: rbac.ScopeWorkspace}}
	assert.True(t, rbac.Default().CheckDefine(staff("ann", theWallet, admin), role).Allowed, "an admin defines a role")
	assert.False(t, rbac.Default().CheckDefine(temporary, role).Allowed, "a temporary admin defines a role, which has no end")
}

// A merchant's Developer adds a program to what a colleague holds, or takes it away, and does nothing else.
func TestLaw7DevelopersMoveTheirPrograms(t *testing.T) {
	t.Parallel()
	policy := policyOf(t, rbac.Defaults(), rbac.Spec{Roles: []rbac.Role{{
		ID: "registrar", Kind: rbac.KindDeveloper, Permissions: rbac.Permissions{
			rbac.SetMemberRole: rbac.ScopeWorkspace, rbac.AssignMiniPrograms: rbac.ScopeWorkspace,
		},
	}}})
	tomorrow, never := time.Now().Add(day), time.Time{}
	developer := func(programs ...string) rbac.Assignment {
		return rbac.Assignment{Role: rbac.Developer, MiniPrograms: programs}
	}
	of := func(role rbac.RoleID, programs ...string) rbac.Assignment {
		return rbac.Assignment{Role: role, MiniPrograms: programs}
	}
	ann := staff("ann", theShop, developer("mp-1"))
	temporary := staff("ann", theShop, between(developer("mp-1"), never, tomorrow))
	colleague := func(held rbac.Assignment) rbac.Member { return staff("bob", theShop, held) }
	rows := map[string]struct {
		by, to    rbac.Member
		as        rbac.Assignment
		mayAssign bool
		mayRevoke bool
	}{
		"a program to a developer":                  {ann, colleague(developer("mp-2")), developer("mp-1"), true, false},
		"a program to an operator":                  {ann, colleague(of(rbac.Operator)), of(rbac.Operator, "mp-1"), true, false},
		"a program to the stronger, who gains none": {ann, colleague(of(rbac.DeveloperAdmin)), of(rbac.DeveloperAdmin, "mp-1"), true, false},
		"a program that is there":                   {ann, colleague(developer("mp-1", "mp-2")), developer("mp-1"), false, true},
		"a program of the stronger":                 {ann, colleague(of(rbac.DeveloperAdmin, "mp-1")), of(rbac.DeveloperAdmin, "mp-1"), false, true},
		"the role":                                  {ann, colleague(developer("mp-1")), developer(), false, false},
		"another's program":                         {ann, colleague(developer("mp-3")), developer("mp-2"), false, false},
		"another's program that is there":           {ann, colleague(developer("mp-2")), developer("mp-2"), false, false},
		"another's program beside the own":          {ann, colleague(developer("mp-3")), developer("mp-1", "mp-2"), false, false},
		"another role":                              {ann, colleague(of(rbac.Operator)), developer("mp-1"), false, false},
		"to one without roles":                      {ann, staff("bob", theShop), developer("mp-1"), false, false},
		"to oneself":                                {ann, ann, developer("mp-1"), false, false},
		"to another merchant's":                     {ann, staff("bob", walletCafe, developer("mp-2")), developer("mp-1"), false, false},
		"for longer than the role is held":          {ann, colleague(between(developer("mp-2"), never, tomorrow)), developer("mp-1"), false, false},
		"sooner than the role is held":              {ann, colleague(between(developer("mp-2"), tomorrow, never)), developer("mp-1"), false, false},
		"for as long as the role is held": {
			ann, colleague(between(developer("mp-2"), never, tomorrow)), between(developer("mp-1"), never, tomorrow), true, false,
		},
		"for longer than one manages it":           {temporary, colleague(developer("mp-2")), developer("mp-1"), false, false},
		"a program of an unknown role":             {ann, colleague(of("nobody", "mp-2")), of("nobody", "mp-1"), false, false},
		"a program of a role of the other kind":    {ann, colleague(of(rbac.WorkspaceDeveloper)), of(rbac.WorkspaceDeveloper, "mp-1"), false, false},
		"a program by one who may set roles, too":  {staff("ann", theShop, developer("mp-1"), of("registrar")), colleague(developer("mp-2")), developer("mp-1"), true, false},
		"a program by one who is a developer only": {staff("ann", theShop, developer("mp-9")), colleague(developer("mp-2")), developer("mp-1"), false, false},
	}
	for name, row := range rows {
		decision := policy.CheckAssign(row.by, row.to, row.as)
		assert.Equal(t, row.mayAssign, decision.Allowed, "give %s: %+v", name, decision)
		decision = policy.CheckRevoke(row.by, row.to, row.as)
		assert.Equal(t, row.mayRevoke, decision.Allowed, "take %s: %+v", name, decision)
	}
}

func TestLaw8RoundTrip(t *testing.T) {
	t.Parallel()
	var seen tally
	worlds(t, 12, 120, wallClock(), func(d dice, w world) {
		flat := policyOf(t, w.policy.Spec())
		read := policyOf(t, parsed(t, encoded(t, w.policy.Spec())))
		apart := policyOf(t, eachParsed(t, w.specs)...)
		text := encoded(t, w.policy.Spec())
		for what, other := range map[string]*rbac.Policy{"the flattened spec": flat, "its JSON": read, "each spec's JSON": apart} {
			assert.Equal(t, string(text), string(encoded(t, other.Spec())), "%v: the canonical JSON of %s", w, what)
			assert.Equal(t, w.policy.Fingerprint(), other.Fingerprint(), "%v: the fingerprint of %s", w, what)
			assert.Empty(t, rbac.Diff(w.policy, other), "%v: the difference to %s", w, what)
		}
		assert.Equal(t, string(text), string(encoded(t, parsed(t, text))), "%v: what is written is read and written the same", w)
		w.eachQuestion(d, 10, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			want := w.policy.Check(m, a, r)
			seen.count(want.Allowed)
			if flat.Check(m, a, r) != want || read.Check(m, a, r) != want || apart.Check(m, a, r) != want {
				t.Errorf("%v: a policy that was written and read decides otherwise: %s", w, question(m, a, r))
			}
		})
	})
	seen.requireBoth(t, 2_000)
}

func eachParsed(t testing.TB, specs []rbac.Spec) []rbac.Spec {
	t.Helper()
	var read []rbac.Spec
	for _, spec := range specs {
		read = append(read, parsed(t, encoded(t, spec)))
	}
	return read
}

// Different policies have different fingerprints.
func TestLaw8FingerprintsTellPoliciesApart(t *testing.T) {
	t.Parallel()
	documents := map[string]string{}
	worlds(t, 13, 100, wallClock(), func(_ dice, w world) {
		text := string(encoded(t, w.policy.Spec()))
		if other, seen := documents[w.policy.Fingerprint()]; seen && other != text {
			t.Errorf("%v: one fingerprint of two policies:\n%s\n%s", w, text, other)
		}
		documents[w.policy.Fingerprint()] = text
	})
	require.GreaterOrEqual(t, len(documents), 90, "different policies")
}

// What Go code may not say, JSON may not say either: it fails when it is read or when a policy is built of it.
func TestLaw8OneSetOfChecks(t *testing.T) {
	t.Parallel()
	developer := func(p rbac.Permissions) rbac.Spec {
		return rbac.Spec{Roles: []rbac.Role{{ID: "new", Kind: rbac.KindDeveloper, Permissions: p}}}
	}
	rows := map[string]struct {
		spec rbac.Spec
		text string
	}{
		"an unknown action": {
			developer(rbac.Permissions{"miniprogram.relase": rbac.ScopeWorkspace}),
			`{"roles":[{"id":"new","kind":"developer","permissions":{"miniprogram.relase":["workspace"]}}]}`,
		},
		"a merchant's role over the tenant": {
			developer(rbac.Permissions{rbac.ViewMiniProgram: rbac.ScopeTenant}),
			`{"roles":[{"id":"new","kind":"developer","permissions":{"miniprogram.view":["tenant"]}}]}`,
		},
		"assigned without programs": {
			developer(rbac.Permissions{rbac.ManageWorkspace: rbac.ScopeAssigned}),
			`{"roles":[{"id":"new","kind":"developer","permissions":{"workspace.manage":["assigned"]}}]}`,
		},
		"a scope that is none": {
			developer(rbac.Permissions{rbac.ViewMiniProgram: 1 << 7}),
			`{"roles":[{"id":"new","kind":"developer","permissions":{"miniprogram.view":["all"]}}]}`,
		},
		"a role without kind": {
			rbac.Spec{Roles: []rbac.Role{{ID: "new"}}},
			`{"roles":[{"id":"new"}]}`,
		},
		"a role without ID": {
			rbac.Spec{Roles: []rbac.Role{{Kind: rbac.KindTenant}}},
			`{"roles":[{"kind":"tenant"}]}`,
		},
		"a role defined again": {
			rbac.Spec{Roles: []rbac.Role{{ID: "developer", Kind: rbac.KindDeveloper}}},
			`{"roles":[{"id":"developer","kind":"developer"}]}`,
		},
		"an action declared again": {
			rbac.Spec{Actions: map[rbac.Action]rbac.Target{rbac.ViewMiniProgram: rbac.OnMiniProgram}},
			`{"actions":{"miniprogram.view":["miniprogram"]}}`,
		},
		"an action on nothing": {
			rbac.Spec{Actions: map[rbac.Action]rbac.Target{"a.b": 0}},
			`{"actions":{"a.b":[]}}`,
		},
		"a wildcard": {
			rbac.Spec{Actions: map[rbac.Action]rbac.Target{"miniprogram.*": rbac.OnMiniProgram}},
			`{"actions":{"miniprogram.*":["miniprogram"]}}`,
		},
		"capital letters": {
			rbac.Spec{Actions: map[rbac.Action]rbac.Target{"MiniProgram.view": rbac.OnMiniProgram}},
			`{"actions":{"MiniProgram.view":["miniprogram"]}}`,
		},
		"an unknown role extended": {
			rbac.Spec{Extend: map[rbac.RoleID]rbac.Permissions{"nobody": {rbac.ViewMiniProgram: rbac.ScopeAssigned}}},
			`{"extend":{"nobody":{"miniprogram.view":["assigned"]}}}`,
		},
		"an exclusive set of one": {
			rbac.Spec{Exclusive: [][]rbac.RoleID{{rbac.Developer}}},
			`{"exclusive":[["developer"]]}`,
		},
		"four eyes on an unknown action": {
			rbac.Spec{FourEyes: []rbac.Action{"a.b"}},
			`{"four_eyes":["a.b"]}`,
		},
		"a cardinality of an unknown role": {
			rbac.Spec{AtLeast: map[rbac.RoleID]int{"nobody": 1}},
			`{"at_least":{"nobody":1}}`,
		},
	}
	for name, row := range rows {
		policy, err := rbac.New(rbac.Defaults(), row.spec)
		assert.Error(t, err, "%s, in Go", name)
		assert.Nil(t, policy, "%s, in Go", name)
		policy, err = readAndBuild(row.text)
		assert.Error(t, err, "%s, in JSON", name)
		assert.Nil(t, policy, "%s, in JSON", name)
	}
}

func readAndBuild(text string) (*rbac.Policy, error) {
	var spec rbac.Spec
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		return nil, err
	}
	return rbac.New(rbac.Defaults(), spec)
}

func TestLaw9Immutable(t *testing.T) {
	t.Parallel()
	var seen tally
	worlds(t, 14, 60, wallClock(), func(d dice, w world) {
		fingerprint, text := w.policy.Fingerprint(), string(encoded(t, w.policy.Spec()))
		answers := w.answers()
		seen.yes += answers.yes
		seen.no += answers.no
		for _, spec := range append(w.specs, w.policy.Spec(), rbac.Defaults()) {
			spoil(spec)
		}
		spoilRoles(rbac.DefaultRoles())
		spoilRoles(slices.Collect(w.policy.Roles()))
		for _, m := range w.members {
			clear(w.policy.Permissions(m))
			giveAll(w.policy.Permissions(m))
		}
		assert.Equal(t, fingerprint, w.policy.Fingerprint(), "%v: the fingerprint", w)
		assert.Equal(t, text, string(encoded(t, w.policy.Spec())), "%v: the JSON", w)
		assert.Equal(t, answers, w.answers(), "%v: the number of answers that are yes", w)
		if after := w.disagreements(); after > 0 {
			t.Errorf("%v: %d answers have changed", w, after)
		}
	})
	seen.requireBoth(t, 2_000)
	assert.Equal(t, policyOf(t, rbac.Defaults()).Fingerprint(), rbac.Default().Fingerprint(), "the default policy, after all")
}

// answers are those of the policy on all actions.
func (w world) answers() tally {
	var seen tally
	for _, m := range w.members {
		for _, r := range w.resources {
			for _, a := range w.actions {
				seen.count(w.policy.Can(m, a, r))
			}
		}
	}
	return seen
}

func (w world) disagreements() int {
	different := 0
	for _, m := range w.members {
		for _, r := range w.resources {
			for _, a := range w.actions {
				different += count(w.policy.Can(m, a, r) != w.ref.allows(w.now, m, a, r))
			}
		}
	}
	return different
}

// spoil writes into everything of a spec that can be written into.
func spoil(spec rbac.Spec) {
	spoilRoles(spec.Roles)
	for _, permissions := range spec.Extend {
		giveAll(permissions)
	}
	for action := range spec.Actions {
		spec.Actions[action] = rbac.OnAny
	}
	for _, set := range spec.Exclusive {
		clear(set)
	}
	clear(spec.Exclusive)
	clear(spec.FourEyes)
	clear(spec.AtLeast)
	clear(spec.AtMost)
}

func spoilRoles(roles []rbac.Role) {
	for i := range roles {
		giveAll(roles[i].Permissions)
		roles[i].ID, roles[i].Kind = "spoiled", rbac.KindTenant
	}
}

func giveAll(permissions rbac.Permissions) {
	for action := range permissions {
		permissions[action] = rbac.ScopeTenant | rbac.ScopeWorkspace
	}
}

func TestLaw9SubjectsAreImmutable(t *testing.T) {
	t.Parallel()
	programs := []string{"mp-1", "mp-2"}
	ann := staff("ann", theShop, rbac.Assignment{Role: rbac.Developer, MiniPrograms: programs}, rbac.Assignment{Role: rbac.Operator})
	subject := rbac.Default().Bind(ann)
	filter := subject.Filter(rbac.ReleaseMiniProgram)
	first, other := theShop.MiniProgram("mp-1"), theShop.MiniProgram("mp-9")
	refusal := subject.Check(rbac.ReleaseMiniProgram, other)

	programs[0] = "mp-9"
	ann.Assignments[0].MiniPrograms[1] = "mp-9"
	ann.Assignments[0] = rbac.Assignment{}
	ann.Assignments[1].Role = rbac.DeveloperAdmin

	assert.True(t, subject.Can(rbac.ReleaseMiniProgram, first), "the subject as it was bound")
	assert.Equal(t, refusal, subject.Check(rbac.ReleaseMiniProgram, other), "the subject and the caller's later program")
	assert.False(t, subject.Can(rbac.ManageMiniProgramMembers, theShop.MiniProgram("mp-3")), "the subject and the caller's later role")
	for _, filter := range []rbac.Filter{filter, subject.Filter(rbac.ReleaseMiniProgram)} {
		assert.True(t, filter.Match(first), "a filter as the subject was bound")
		assert.False(t, filter.Match(other), "a filter and the caller's later program")
	}
}

func TestLaw9PassedInIsLeftAlone(t *testing.T) {
	t.Parallel()
	worlds(t, 15, 20, wallClock(), func(d dice, w world) {
		w.specs = shuffledSpecs(d, w.specs) // New has seen the others already
		before := fmt.Sprintf("%+v %+v", w.specs, w.members)
		policyOf(t, w.specs...)
		for _, m := range w.members {
			w.policy.Bind(m).Filter(pick(d, w.actions))
			w.policy.CheckAssign(m, pick(d, w.members), w.anyAssignment(d, w.clock, m.Workspace.Kind))
			w.policy.Explain(m, pick(d, w.actions), pick(d, w.resources))
		}
		assert.Equal(t, before, fmt.Sprintf("%+v %+v", w.specs, w.members), "%v: what was passed in", w)
	})
}

// Readers on all cores while a writer swaps the policy: every answer is the old policy's or the new one's.
func TestLaw9PoliciesAreSwapped(t *testing.T) {
	t.Parallel()
	action := rbac.Action("report.export")
	specs := func(scope rbac.Scope) []rbac.Spec {
		return []rbac.Spec{rbac.Defaults(), {
			Actions: map[rbac.Action]rbac.Target{action: rbac.OnMiniProgram},
			Extend:  map[rbac.RoleID]rbac.Permissions{rbac.Developer: {action: scope, rbac.ReleaseMiniProgram: scope}},
		}}
	}
	ann := staff("ann", theShop, rbac.Assignment{Role: rbac.Developer, MiniPrograms: []string{"mp-1"}})
	first, second := theShop.MiniProgram("mp-1"), theShop.MiniProgram("mp-2")
	narrow, wide := policyOf(t, specs(rbac.ScopeAssigned)...), policyOf(t, specs(rbac.ScopeWorkspace)...)
	answer := func(p *rbac.Policy) [4]rbac.Decision {
		s := p.Bind(ann)
		return [4]rbac.Decision{
			p.Check(ann, action, first), p.Check(ann, rbac.ReleaseMiniProgram, second), s.Check(action, second), s.Check(action, first),
		}
	}
	possible := map[[4]rbac.Decision]bool{answer(narrow): true, answer(wide): true}
	require.Len(t, possible, 2, "the two policies must answer differently")

	var current atomic.Pointer[rbac.Policy]
	current.Store(narrow)
	var working sync.WaitGroup
	var done atomic.Bool
	var changes atomic.Int64 // of the answer, as readers saw it
	for range runtime.GOMAXPROCS(0) {
		working.Go(func() {
			for last := answer(narrow); !done.Load(); {
				got := answer(current.Load())
				if !possible[got] {
					t.Errorf("an answer of neither policy: %+v", got)
					return
				}
				changes.Add(int64(count(got != last)))
				last = got
			}
		})
	}
	working.Go(func() {
		defer done.Store(true)
		for i := 0; i < 10_000 && changes.Load() < 100; i++ {
			scope := []rbac.Scope{rbac.ScopeAssigned, rbac.ScopeWorkspace}[i%2]
			next, err := rbac.New(specs(scope)...)
			if err != nil {
				t.Errorf("a policy to swap in: %v", err)
				return
			}
			current.Store(next)
		}
	})
	working.Wait()
	require.GreaterOrEqual(t, changes.Load(), int64(100), "times that a reader saw the policy change")
}

// One policy, one subject and one filter serve any number of goroutines.
func TestLaw9SharedWithoutLocks(t *testing.T) {
	t.Parallel()
	w := world{policy: listing, clock: givenClock(), resources: listedResources(), members: listedMembers()[:6], names: names{actions: slices.Sorted(maps.Keys(listing.Spec().Actions))}}
	want := w.answers()
	ann := listed(rbac.KindDeveloper, ownOrAssigned, "mp-2", "mp-1", "mp-2")
	subject, apart := w.policy.Bind(ann), w.policy.Bind(ann)
	matches := w.matches(apart, apart.Filter("on.any"))
	want.requireBoth(t, 100)
	require.Positive(t, matches)
	var working sync.WaitGroup
	for range 2 * runtime.GOMAXPROCS(0) {
		working.Go(func() {
			if got := w.answers(); got != want {
				t.Errorf("%+v answers instead of %+v", got, want)
			}
			if got := w.matches(subject, subject.Filter("on.any")); got != matches {
				t.Errorf("%d matches of a shared subject and its filter instead of %d", got, matches)
			}
			w.policy.Fingerprint()
			w.policy.Spec()
			w.policy.Bind(w.members[0])
		})
	}
	working.Wait()
}

func (w world) matches(s *rbac.Subject, f rbac.Filter) int {
	matched := 0
	for _, r := range w.resources {
		matched += count(f.Match(r))
		for range s.Actions(r) {
			matched++
		}
	}
	return matched
}

// hostile strings are what an ID, a name or a word may turn out to be.
var hostile = []string{
	"", " ", "\x00", "\xff\xfe", "mp-1\x00", "*", "%", "_", "?", "$1", "'", "\"", ");--", "mp-1", "wallet", "\u212a", "e\u0301", "\u00e9",
	"01", "1", "null", "NULL", "tenant", "..", "a..b", ".a", strings.Repeat("a", 65), strings.Repeat("\u00e9", 1<<16),
}

func hostileWorkspace(d dice) rbac.Workspace {
	if chance(d, 50) {
		return pick(d, []rbac.Workspace{theWallet, theShop})
	}
	return rbac.Workspace{Kind: rbac.WorkspaceKind(d.IntN(256)), ID: pick(d, hostile), Tenant: pick(d, hostile)}
}

func hostileMember(d dice) rbac.Member {
	m := rbac.Member{ID: pick(d, hostile), Workspace: hostileWorkspace(d), Status: rbac.Status(d.IntN(256)), InvitedAt: hostileTime(d)}
	if chance(d, 70) {
		m.Status = rbac.StatusActive
	}
	for range d.IntN(5) {
		m.Assignments = append(m.Assignments, hostileAssignment(d))
	}
	return m
}

func hostileAssignment(d dice) rbac.Assignment {
	as := rbac.Assignment{Role: rbac.RoleID(pick(d, hostile)), MiniPrograms: picks(d, 6, hostile)}
	as.NotBefore, as.NotAfter = hostileTime(d), hostileTime(d)
	if chance(d, 60) {
		as.Role = pick(d, []rbac.RoleID{rbac.WorkspaceAdmin, rbac.WorkspaceDeveloper, rbac.DeveloperAdmin, rbac.Developer})
	}
	return as
}

func hostileTime(d dice) time.Time {
	if chance(d, 60) {
		return time.Time{}
	}
	return pick(d, []time.Time{time.Unix(1<<62, 0), time.Unix(-1<<62, 0), time.Unix(0, -1), time.Now(), time.Now().Add(1<<63 - 1)})
}

func hostileResource(d dice) rbac.Resource {
	return rbac.Resource{Workspace: hostileWorkspace(d), MiniProgram: pick(d, hostile), Owner: pick(d, hostile)}
}

// near is a resource that a hostile member may have to do with after all.
func near(d dice, m rbac.Member) rbac.Resource {
	r := rbac.Resource{Workspace: m.Workspace, Owner: m.ID}
	if len(m.Assignments) > 0 {
		r.MiniProgram = oneOf(d, pick(d, m.Assignments).MiniPrograms, "mp-1")
	}
	return r
}

func hostileAction(d dice) rbac.Action {
	if chance(d, 50) {
		return pick(d, []rbac.Action{rbac.ViewMiniProgram, rbac.SetMemberRole, rbac.ViewRequest, rbac.DecideRelease})
	}
	return rbac.Action(pick(d, hostile))
}

func hostileSpec(d dice) rbac.Spec {
	spec := rbac.Spec{
		Actions:   map[rbac.Action]rbac.Target{hostileAction(d): rbac.Target(d.IntN(256))},
		Extend:    map[rbac.RoleID]rbac.Permissions{rbac.RoleID(pick(d, hostile)): {hostileAction(d): rbac.Scope(d.IntN(256))}},
		Exclusive: [][]rbac.RoleID{nil, {rbac.RoleID(pick(d, hostile))}},
		FourEyes:  []rbac.Action{hostileAction(d)},
		AtLeast:   map[rbac.RoleID]int{rbac.RoleID(pick(d, hostile)): d.IntN(9) - 4},
		AtMost:    map[rbac.RoleID]int{rbac.RoleID(pick(d, hostile)): -1 << 63},
	}
	for range d.IntN(3) {
		spec.Roles = append(spec.Roles, hostileRole(d))
	}
	return spec
}

func hostileRole(d dice) rbac.Role {
	return rbac.Role{
		ID: rbac.RoleID(pick(d, hostile)), Kind: rbac.WorkspaceKind(d.IntN(256)), Name: pick(d, hostile), Description: pick(d, hostile),
		Permissions: rbac.Permissions{hostileAction(d): rbac.Scope(d.IntN(256))},
	}
}

func TestLaw10Total(t *testing.T) {
	t.Parallel()
	var seen tally
	ref := matrix(t)
	policies := []*rbac.Policy{nil, {}, rbac.Default()}
	for i := range 1_200 {
		d := seeded(17, uint64(i))
		p, m, a, r := pick(d, policies), hostileMember(d), hostileAction(d), hostileResource(d)
		if chance(d, 60) {
			p, r = rbac.Default(), near(d, m)
		}
		e := entranceNow(time.Now(), p, m)
		for _, a := range []rbac.Action{a, rbac.ViewMiniProgram, rbac.ViewRequest, rbac.SetMemberRole} {
			want := p == rbac.Default() && ref.allows(time.Now(), m, a, r)
			seen.count(want)
			e.compare(t, want, a, r)
		}
		pokeAdministration(d, p, m)
		pokeReview(d, p, m, a, r)
		pokeSpec(t, d)
	}
	seen.requireBoth(t, 50)
}

// pokeAdministration and pokeReview look at no answer: that there is one is enough.
func pokeAdministration(d dice, p *rbac.Policy, m rbac.Member) {
	other, as := hostileMember(d), hostileAssignment(d)
	p.CheckAssign(m, other, as)
	p.CheckRevoke(m, other, as)
	p.CheckManage(m, other, hostileAction(d))
	p.CheckDefine(m, hostileRole(d))
	_ = p.ValidateMember(m)
	_ = p.ValidateWorkspace(hostileWorkspace(d), slices.Values([]rbac.Member{m, other, m}))
	for _, step := range steps {
		_, _ = step.take(m, hostileTime(d))
	}
}

func pokeReview(d dice, p *rbac.Policy, m rbac.Member, a rbac.Action, r rbac.Resource) {
	p.Permissions(m)
	for _, remedy := range p.Explain(m, a, r).Remedies {
		remedy.Apply(m)
	}
	for range p.RolesWith(a, rbac.Scope(d.IntN(256))) {
		break
	}
	for range p.Roles() {
		break
	}
	for range p.Actions() {
		break
	}
	for range p.Bind(m).Actions(r) {
		break
	}
	rbac.Diff(p, nil)
	rbac.Diff(nil, p)
	_, _, _ = p.Bind(m).Filter(a).Where(rbac.Columns{Kind: pick(d, hostile), Tenant: pick(d, hostile), Offset: d.IntN(9) - 4})
	_ = r.Workspace.Validate()
	_ = p.Check(m, a, r).Err()
	_ = p.Check(m, a, r).LogValue().String()
}

func pokeSpec(t testing.TB, d dice) {
	t.Helper()
	spec := hostileSpec(d)
	if policy, err := rbac.New(rbac.Defaults(), spec); (policy == nil) == (err == nil) {
		t.Errorf("a policy and an error, or neither: %v, %v", policy, err)
	}
	_, _ = json.Marshal(spec)
	_ = spec.UnmarshalJSON([]byte(pick(d, hostile)))
}

// What is nested or repeated without end is refused, and not followed.
func TestLaw10NothingGrowsWithoutBound(t *testing.T) {
	t.Parallel()
	deep := 1_000_000
	rows := map[string]string{
		"nested arrays":          strings.Repeat("[", deep),
		"nested objects":         strings.Repeat(`{"roles":`, deep),
		"closed nested arrays":   strings.Repeat("[", deep) + strings.Repeat("]", deep),
		"nested under a key":     `{"exclusive":` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + `}`,
		"nested in an unknown":   `{"unknown":` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + `}`,
		"17 MiB of blanks":       strings.Repeat(" ", 17<<20) + `{}`,
		"one long name":          `{"four_eyes":["` + strings.Repeat("a", 1<<20) + `"]}`,
		"too many actions":       `{"actions":{` + numbered(5_000, `"a%d":["any"]`) + `}}`,
		"too many roles":         `{"roles":[` + numbered(17_000, `{"id":"r%d","kind":"tenant"}`) + `]}`,
		"an unfinished document": `{"roles":[`,
		"a role for each byte":   `{"roles":[` + strings.Repeat(`{},`, 100_000) + `{}]}`,
	}
	for name, text := range rows {
		var spec rbac.Spec
		assert.Error(t, spec.UnmarshalJSON([]byte(text)), name)
		assert.Empty(t, spec, "%s: the receiver", name)
	}
}

func numbered(number int, format string) string {
	items := make([]string, number)
	for i := range items {
		items[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(items, ",")
}

// A member with thousands of assignments is decided like any other.
func TestLaw10HugeMembers(t *testing.T) {
	t.Parallel()
	var programs []string
	for i := range 5_000 {
		programs = append(programs, fmt.Sprintf("mp-%d", i%2_500))
	}
	many := slices.Repeat([]rbac.Assignment{{Role: "nobody"}, {Role: rbac.Operator, MiniPrograms: programs[:3]}}, 5_000)
	ann := staff("ann", theShop, append(many, rbac.Assignment{Role: rbac.Developer, MiniPrograms: programs})...)
	ref, now := matrix(t), time.Now()
	e := entranceNow(now, rbac.Default(), ann)
	var seen tally
	for _, program := range []string{"mp-0", "mp-2499", "mp-2500", ""} {
		for _, a := range []rbac.Action{rbac.ReleaseMiniProgram, rbac.ViewMetrics, rbac.DeleteMember} {
			want := ref.allows(now, ann, a, theShop.MiniProgram(program))
			seen.count(want)
			e.compare(t, want, a, theShop.MiniProgram(program))
		}
	}
	seen.requireBoth(t, 4)
}
