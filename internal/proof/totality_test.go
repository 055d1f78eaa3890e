package proof

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
)

// Law 10: no input panics, recurses or grows without bound. The time that calls take is in growth_test.go.

func TestLaw10Total(t *testing.T) {
	t.Parallel()
	var seen tally
	ref := matrix(t)
	policies := []*rbac.Policy{nil, {}, rbac.Default()}
	for i := range 1_200 {
		d := seeded(17, uint64(i))
		p, m, a, r := pick(d, policies), hostileMember(d), hostileAction(d), hostileResource(d)
		if chance(d, 60) {
			p, r = rbac.Default(), nearbyResource(d, m)
		}
		e := entryPointsNow(time.Now(), p, m)
		for _, a := range []rbac.Action{a, rbac.ViewMiniProgram, rbac.ViewRequest, rbac.SetMemberRole} {
			want := rbac.Decision{Action: a, Reason: rbac.ReasonNoPolicy}
			if p == rbac.Default() {
				want = ref.decide(time.Now(), m, a, r)
			}
			seen.count(want.Allowed)
			e.compare(t, want, a, r)
		}
		callAdministration(d, p, m)
		callReview(d, p, m, a, r)
		callSpec(t, d)
	}
	seen.requireBoth(t, 50)
}

// callAdministration and callReview ignore the answers. It is enough that each call returns.
func callAdministration(d dice, p *rbac.Policy, m rbac.Member) {
	other, as := hostileMember(d), hostileAssignment(d)
	s := p.BindAt(hostileTime(d), m)
	for _, s := range []*rbac.Subject{s, p.Bind(m), nil, {}} {
		for _, target := range []rbac.Member{other, m, {}} {
			everyStep(s, target)
			callSteps(d, s, target, as)
		}
		_, _ = s.Define(hostileRole(d))
		_, _ = s.Undefine(hostileRoleID(d))
	}
	_ = p.ValidateMemberAt(hostileTime(d), m)
	members, place := []rbac.Member{m, other, m}, hostileWorkspace(d)
	_ = p.ValidateWorkspaceAt(hostileTime(d), place, slices.Values(members))
	_ = p.ValidateChangeAt(hostileTime(d), place, slices.Values(members), nil)
	_ = p.ValidateChange(place, nil, slices.Values(members))
	_, _ = m.Accept(hostileTime(d))
	_, _ = m.Resend(hostileTime(d))
	for _, step := range []func() (rbac.Member, error){m.Withdraw, m.Block, m.Unblock, m.Delete} {
		_, _ = step()
	}
}

func callSteps(d dice, s *rbac.Subject, m rbac.Member, as rbac.Assignment) {
	_, _ = s.Invite(pick(d, hostileStrings), hostileWorkspace(d), as, rbac.Assignment{})
	_, _ = s.Assign(m, as)
	_, _ = s.Revoke(m, as)
	_, _ = s.Replace(m, as, hostileAssignment(d))
	if len(m.Assignments) > 0 {
		_, _ = s.Revoke(m, pick(d, m.Assignments))
		_, _ = s.Replace(m, pick(d, m.Assignments), as)
	}
	_ = s.Manage(m, hostileAction(d))
	for range s.Assignable(m) {
		break
	}
}

func callReview(d dice, p *rbac.Policy, m rbac.Member, a rbac.Action, r rbac.Resource) {
	p.Bind(m).Permissions()
	for _, remedy := range p.Bind(m).Explain(a, r).Remedies {
		remedy.Apply(m)
	}
	_ = p.Bind(m).Explain(a, r).String()
	p.Warnings()
	p.Own()
	p.Role(rbac.RoleID(pick(d, hostileStrings)))
	p.Label(a)
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
	for _, change := range slices.Concat(rbac.Diff(p, nil), rbac.Diff(nil, p)) {
		_ = change.String()
	}
	columns := rbac.Columns{
		Dialect: rbac.Dialect(d.IntN(5)), Offset: d.IntN(9) - 4,
		Kind: pick(d, hostileStrings), Tenant: pick(d, hostileStrings),
	}
	filter := p.Bind(m).Filter(a)
	_, _, _ = filter.Or(filter).Where(columns)
	_, _, _ = filter.Where(allColumns)
	_ = filter.Terms()
	holders := p.HoldersAt(hostileTime(d), a, r)
	_, _, _ = holders.Where(rbac.MemberColumns{Dialect: columns.Dialect, ID: columns.Kind, Offset: columns.Offset})
	_ = holders.Match(m)
	_ = r.Workspace.Validate()
	_ = p.Check(m, a, r).Err()
	_ = p.Check(m, a, r).LogValue().String()
}

func callSpec(t testing.TB, d dice) {
	t.Helper()
	spec := hostileSpec(d)
	if policy, err := rbac.New(rbac.Defaults(), spec); (policy == nil) == (err == nil) {
		t.Errorf("New returns both a policy and an error, or neither: %v, %v", policy, err)
	}
	for _, p := range []*rbac.Policy{nil, {}, rbac.Default(), officePolicy} {
		if layered, err := p.With(spec); (layered == nil) == (err == nil) {
			t.Errorf("With returns both a policy and an error, or neither: %v, %v", layered, err)
		}
	}
	_, _ = json.Marshal(spec)
	_ = spec.UnmarshalJSON([]byte(pick(d, hostileStrings)))
}

// A document that nests or repeats without end is refused.
func TestLaw10NothingGrowsWithoutBound(t *testing.T) {
	t.Parallel()
	deep := 1_000_000
	rows := map[string]string{
		"nested arrays":            strings.Repeat("[", deep),
		"nested objects":           strings.Repeat(`{"roles":`, deep),
		"closed nested arrays":     strings.Repeat("[", deep) + strings.Repeat("]", deep),
		"nested under a key":       `{"exclusive":` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + `}`,
		"nested in an unknown key": `{"unknown":` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + `}`,
		"17 MiB of spaces":         strings.Repeat(" ", 17<<20) + `{}`,
		"one long name":            `{"four_eyes":["` + strings.Repeat("a", 1<<20) + `"]}`,
		"too many actions":         `{"actions":{` + numbered(5_000, `"a%d":["any"]`) + `}}`,
		"too many roles":           `{"roles":[` + numbered(17_000, `{"id":"r%d","kind":"tenant"}`) + `]}`,
		"an unfinished document":   `{"roles":[`,
		"100,000 empty roles":      `{"roles":[` + strings.Repeat(`{},`, 100_000) + `{}]}`,
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

// A member with thousands of assignments gets the same answers as any other.
func TestLaw10HugeMembers(t *testing.T) {
	t.Parallel()
	var programs []string
	for i := range 5_000 {
		programs = append(programs, fmt.Sprintf("mp-%d", i%2_500))
	}
	many := slices.Repeat([]rbac.Assignment{{Role: "nobody"}, {Role: rbac.Operator, MiniPrograms: programs[:3]}}, 5_000)
	ann := staff("ann", theShop, append(many, rbac.Assignment{Role: rbac.Developer, MiniPrograms: programs})...)
	ref, now := matrix(t), time.Now()
	e := entryPointsNow(now, rbac.Default(), ann)
	var seen tally
	for _, program := range []string{"mp-0", "mp-2499", "mp-2500", ""} {
		for _, a := range []rbac.Action{rbac.ReleaseMiniProgram, rbac.ViewMetrics, rbac.DeleteMember} {
			want := ref.decide(now, ann, a, theShop.MiniProgram(program))
			seen.count(want.Allowed)
			e.compare(t, want, a, theShop.MiniProgram(program))
		}
	}
	seen.requireBoth(t, 4)
}
