package proof

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Law 1: no is the default.

// request is everything that a decision depends on, apart from the time.
type request struct {
	policy   *rbac.Policy
	member   rbac.Member
	action   rbac.Action
	resource rbac.Resource
}

var nowhere rbac.Workspace

// breakages take from a request one thing that every grant needs.
var breakages = map[string]func(q *request){
	"nil policy":                    func(q *request) { q.policy = nil },
	"zero policy":                   func(q *request) { q.policy = &rbac.Policy{} },
	"zero member":                   func(q *request) { q.member = rbac.Member{} },
	"member without ID":             func(q *request) { q.member.ID = "" },
	"owner without ID":              func(q *request) { q.member.ID, q.resource.Owner = "", "" },
	"member without workspace":      func(q *request) { q.member.Workspace = nowhere },
	"member without tenant":         func(q *request) { q.setTenants("") },
	"member of an unknown kind":     func(q *request) { q.member.Workspace.Kind, q.resource.Workspace.Kind = 77, 77 },
	"both without workspace":        func(q *request) { q.member.Workspace, q.resource.Workspace = nowhere, nowhere },
	"zero status":                   func(q *request) { q.member.Status = 0 },
	"invited":                       func(q *request) { q.member.Status = rbac.StatusInvited },
	"blocked":                       func(q *request) { q.member.Status = rbac.StatusBlocked },
	"withdrawn":                     func(q *request) { q.member.Status = rbac.StatusWithdrawn },
	"deleted":                       func(q *request) { q.member.Status = rbac.StatusDeleted },
	"unknown status":                func(q *request) { q.member.Status = 200 },
	"suspended":                     func(q *request) { q.member.Suspended = true },
	"no assignments":                func(q *request) { q.member.Assignments = nil },
	"zero assignments":              func(q *request) { q.member.Assignments = make([]rbac.Assignment, 3) },
	"unknown roles":                 func(q *request) { q.setRoles("nobody") },
	"roles of the other kind":       func(q *request) { q.setRoles(roleOfOtherKind(q.member)) },
	"roles in capital letters":      func(q *request) { q.renameRoles(strings.ToUpper) },
	"roles with a space":            func(q *request) { q.renameRoles(func(s string) string { return s + " " }) },
	"no action":                     func(q *request) { q.action = "" },
	"unknown action":                func(q *request) { q.action += "x" },
	"action in capital letters":     func(q *request) { q.action = rbac.Action(strings.ToUpper(string(q.action))) },
	"action with a space":           func(q *request) { q.action += " " },
	"wildcard action":               func(q *request) { q.action = "*" },
	"zero resource":                 func(q *request) { q.resource = rbac.Resource{} },
	"resource without workspace":    func(q *request) { q.resource.Workspace = nowhere },
	"resource workspace without ID": func(q *request) { q.resource.Workspace.ID = "" },
	"resource workspace, no tenant": func(q *request) { q.resource.Workspace.Tenant = "" },
	"resource workspace, zero kind": func(q *request) { q.resource.Workspace.Kind = 0 },
}

func (q *request) setTenants(id string) {
	q.member.Workspace.Tenant, q.resource.Workspace.Tenant = id, id
}

func (q *request) setRoles(role rbac.RoleID) {
	q.renameRoles(func(string) string { return string(role) })
}

func (q *request) renameRoles(rename func(string) string) {
	q.member.Assignments = slices.Clone(q.member.Assignments)
	for i, as := range q.member.Assignments {
		q.member.Assignments[i].Role = rbac.RoleID(rename(string(as.Role)))
	}
}

func roleOfOtherKind(m rbac.Member) rbac.RoleID {
	if m.Workspace.Kind == rbac.KindTenant {
		return rbac.DeveloperAdmin
	}
	return rbac.WorkspaceAdmin
}

func TestLaw1NoIsTheDefault(t *testing.T) {
	t.Parallel()
	allowed := 0
	worlds(t, 1, 120, wallTime(), func(d dice, w world) {
		w.eachQuestion(d, 10, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			if !w.policy.Can(m, a, r) {
				return
			}
			allowed++
			for name, damage := range breakages {
				q := request{w.policy, m, a, r}
				damage(&q)
				can := q.policy.Can(q.member, q.action, q.resource)
				decision := q.policy.Check(q.member, q.action, q.resource)
				if can || decision.Allowed || decision.Reason == rbac.ReasonGranted {
					t.Errorf("%v: %s: %+v: %s", w, name, decision, questionText(q.member, q.action, q.resource))
				}
			}
		})
	})
	require.GreaterOrEqual(t, allowed, 1_000, "requests that were allowed before they were broken")
}

func TestLaw1ZeroValuesAllowNothing(t *testing.T) {
	t.Parallel()
	admin, bob, view := walletAdmin(), staff("bob", theWallet), rbac.ViewMiniProgram
	program := theWallet.MiniProgram("mp-1")
	require.True(t, rbac.Can(admin, view, program), "the admin may view the program by the default policy")

	var none *rbac.Policy
	members := slices.Values([]rbac.Member{admin})
	for name, allowed := range map[string]bool{
		"the zero decision":                   rbac.Decision{}.Allowed,
		"the error of the zero decision":      rbac.Decision{}.Err() == nil,
		"Can of a nil policy":                 none.Can(admin, view, program),
		"Can of a zero policy":                new(rbac.Policy).Can(admin, view, program),
		"Can of a nil policy's subject":       none.Bind(admin).Can(view, program),
		"Match of a nil policy's filter":      none.Bind(admin).Filter(view).Match(program),
		"Can of a zero subject":               new(rbac.Subject).Can(view, program),
		"Match of a zero subject's filter":    new(rbac.Subject).Filter(view).Match(program),
		"Match of the zero filter":            rbac.Filter{}.Match(program),
		"Match of the zero filter and values": rbac.Filter{}.Match(rbac.Resource{}),
		"None of the zero filter":             !rbac.Filter{}.None(),
		"Actions of a nil policy's subject":   !isEmpty(none.Bind(admin).Actions(program)),
		"WhoCan of a nil policy":              !isEmpty(none.WhoCan(view, program, members)),
		"Explain of a zero subject":           new(rbac.Subject).Explain(view, program).Decision.Allowed,
	} {
		assert.False(t, allowed, name)
	}
	for name, s := range map[string]*rbac.Subject{
		"a nil subject": nil, "a zero subject": {},
		"a nil policy's": none.Bind(admin), "a zero policy's": new(rbac.Policy).Bind(admin),
	} {
		for step, err := range everyStep(s, bob) {
			var denied *rbac.DeniedError
			require.ErrorAs(t, err, &denied, "%s, by %s", step, name)
			assert.Equal(t, rbac.ReasonNoPolicy, denied.Reason, "%s, by %s", step, name)
		}
		assert.True(t, isEmpty(s.Assignable(bob)), "Assignable, by %s", name)
		assert.Empty(t, s.Permissions(), "Permissions, by %s", name)
	}
}

// everyStep takes each step of administration on the member, and returns its error. A step that is denied must return
// the member as it was, and no policy.
func everyStep(s *rbac.Subject, m rbac.Member) map[string]error {
	held := inRole(rbac.Developer, "mp-1")
	if len(m.Assignments) > 0 {
		held = m.Assignments[0]
	}
	errs := map[string]error{"Manage": s.Manage(m, rbac.BlockMember)}
	keep := func(step string, same bool, err error) {
		if err != nil && !same {
			err = fmt.Errorf("%s returns more than an error: %v", step, err)
		}
		errs[step] = err
	}
	for step, take := range map[string]func() (rbac.Member, error){
		"Resend":   func() (rbac.Member, error) { return s.Resend(m) },
		"Withdraw": func() (rbac.Member, error) { return s.Withdraw(m) },
		"Block":    func() (rbac.Member, error) { return s.Block(m) },
		"Unblock":  func() (rbac.Member, error) { return s.Unblock(m) },
		"Delete":   func() (rbac.Member, error) { return s.Delete(m) },
		"Assign":   func() (rbac.Member, error) { return s.Assign(m, inRole(rbac.Operator)) },
		"Revoke":   func() (rbac.Member, error) { return s.Revoke(m, held) },
		"Replace":  func() (rbac.Member, error) { return s.Replace(m, held, inRole(rbac.Operator)) },
	} {
		got, err := take()
		keep(step, reflect.DeepEqual(got, m), err)
	}
	invited, err := s.Invite(m.ID, m.Workspace, held)
	keep("Invite", reflect.DeepEqual(invited, rbac.Member{}), err)
	defined, err := s.Define(newRole(m.Workspace.Kind, nil))
	keep("Define", defined == nil, err)
	undefined, err := s.Undefine("newcomer")
	keep("Undefine", undefined == nil, err)
	return errs
}

// What a member may not do at all comes before anything about the resource, and what is out of sight before anything
// else. So who may do nothing gets one answer, and nobody can tell a hidden resource from a missing one.
func TestLaw1ReasonsComeInOrder(t *testing.T) {
	t.Parallel()
	able, unable := tally{}, map[rbac.Reason]int{}
	worlds(t, 22, 150, wallTime(), func(d dice, w world) {
		w.eachQuestion(d, 8, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			got := w.policy.Check(m, a, r).Reason
			if want := memberReason(m); want != rbac.ReasonGranted {
				unable[want]++
				if got != want {
					t.Errorf("%v: %v instead of %v: %s", w, got, want, questionText(m, a, r))
				}
				return
			}
			able.count(got.Hidden())
			if hidden := !related(m.Workspace, r.Workspace); got.Hidden() != hidden {
				t.Errorf("%v: %v, and the resource is hidden: %v: %s", w, got, hidden, questionText(m, a, r))
			}
			inState := got >= rbac.ReasonInvalidMember && got <= rbac.ReasonSuspended
			if inState || got == rbac.ReasonNoPolicy || got >= rbac.ReasonSelf {
				t.Errorf("%v: %v of an active member: %s", w, got, questionText(m, a, r))
			}
		})
	})
	able.requireBoth(t, 2_000)
	require.Len(t, unable, 7, "reasons of members who may do nothing: %v", unable)
}

// The same members hold the same roles, which are now the own roles of another workspace.
func TestLaw1OwnRolesOfOthersGrantNothing(t *testing.T) {
	t.Parallel()
	allowed := 0
	abroad := rbac.Tenant("abroad")
	worlds(t, 23, 60, wallTime(), func(d dice, w world) {
		spec := w.policy.Spec()
		for i := range spec.Roles {
			spec.Roles[i].Workspace = abroad
			if spec.Roles[i].Kind == rbac.KindDeveloper {
				spec.Roles[i].Workspace = abroad.Developer("abroad")
			}
		}
		elsewhere := policyOf(t, spec)
		w.eachQuestion(d, 10, func(m rbac.Member, a rbac.Action, r rbac.Resource) {
			before, after := w.policy.Can(m, a, r), elsewhere.Check(m, a, r)
			allowed += oneIf(before)
			bound := elsewhere.Bind(m)
			if after.Allowed || bound.Can(a, r) || bound.Filter(a).Match(r) {
				t.Errorf("%v: another workspace's own role grants: %s", w, questionText(m, a, r))
			}
			if before && after.Reason != rbac.ReasonUnknownRole {
				t.Errorf("%v: %v tells of another workspace's own role: %s", w, after.Reason, questionText(m, a, r))
			}
		})
	})
	require.GreaterOrEqual(t, allowed, 1_000, "questions allowed while the roles were everybody's")
}
