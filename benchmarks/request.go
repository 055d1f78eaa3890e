package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/miniprogram-platform/rbac"
)

// A request is one question: may this member do this to that?
type request struct {
	member   *rbac.Member
	action   rbac.Action
	resource rbac.Resource
	allowed  bool
}

func (q request) String() string {
	return fmt.Sprintf("may %s %+v %s %+v? we say %t", q.member.ID, *q.member, q.action, q.resource, q.allowed)
}

// A class is why a request is answered as it is. The mix holds as many of each as
// it can, so that no engine is measured on one path only.
type class string

const (
	allowedOwn       class = "allowed, own"
	allowedAssigned  class = "allowed, assigned"
	allowedWorkspace class = "allowed, workspace"
	allowedTenant    class = "allowed, tenant"
	deniedStatus     class = "denied, not active"
	deniedTarget     class = "denied, wrong target"
	deniedAction     class = "denied, no role grants it"
	deniedTenant     class = "denied, other tenant"
	deniedWorkspace  class = "denied, other workspace"
	deniedUnassigned class = "denied, not assigned"
	deniedOwner      class = "denied, not the owner"
)

var (
	allowedClasses = []class{allowedOwn, allowedAssigned, allowedWorkspace, allowedTenant}
	deniedClasses  = []class{deniedStatus, deniedTarget, deniedAction, deniedTenant, deniedWorkspace, deniedUnassigned, deniedOwner}
)

// newMix draws n different requests, half of them allowed, each half spread over
// its classes as evenly as the universe allows.
func newMix(u *universe, n int) ([]request, error) {
	d := drawer{
		u: u, rng: rand.New(rand.NewPCG(uint64(n), 'q')), hand: newHandwritten(u),
		all: sortedActions(u.spec.Actions), granted: map[string][]rbac.Action{}, seen: map[string]bool{}, have: map[class]int{},
	}
	if err := d.draw(allowedClasses, n/2); err != nil {
		return nil, err
	}
	if err := d.draw(deniedClasses, n-n/2); err != nil {
		return nil, err
	}
	d.rng.Shuffle(len(d.drawn), func(i, j int) { d.drawn[i], d.drawn[j] = d.drawn[j], d.drawn[i] })
	return d.drawn, nil
}

type drawer struct {
	u       *universe
	rng     *rand.Rand
	hand    *handwritten
	all     []rbac.Action
	granted map[string][]rbac.Action // by member, what some role of theirs grants
	seen    map[string]bool
	have    map[class]int
	drawn   []request
}

// draw takes an even share of every class first, and fills up with any of them.
func (d *drawer) draw(classes []class, n int) error {
	share := n / len(classes)
	left := n
	for tries := 0; left > 0; tries++ {
		if tries > 4_000*n {
			return fmt.Errorf("mix: %d of %d requests drawn of %v", n-left, n, classes)
		}
		if tries > 400*n {
			share = n
		}
		if d.take(classes, share) {
			left--
		}
	}
	return nil
}

// take draws one request and keeps it where its class still wants it.
func (d *drawer) take(classes []class, share int) bool {
	q := d.candidate()
	c := d.classify(q)
	if !slices.Contains(classes, c) || d.have[c] >= share {
		return false
	}
	key := fmt.Sprint(q.member.ID, q.action, q.resource)
	if d.seen[key] {
		return false
	}
	d.seen[key] = true
	d.have[c]++
	q.allowed = slices.Contains(allowedClasses, c)
	q.resource = fresh(q.resource)
	d.drawn = append(d.drawn, q)
	return true
}

func (d *drawer) candidate() request {
	m := &d.u.members[d.rng.IntN(len(d.u.members))]
	a := pick(d.rng, d.all)
	if d.rng.IntN(2) == 0 && len(m.Assignments) > 0 {
		a = pick(d.rng, d.grantedTo(m))
	}
	w := d.place(m)
	r := w.Resource()
	if d.rng.IntN(3) > 0 {
		r = w.MiniProgram(d.program(m))
	}
	return request{member: m, action: a, resource: d.owned(m, r)}
}

func (d *drawer) grantedTo(m *rbac.Member) []rbac.Action {
	actions, known := d.granted[m.ID]
	if !known {
		actions = d.hand.grantedTo(*m)
		d.granted[m.ID] = actions
	}
	return actions
}

// place is where the resource is: mostly the member's own workspace, else one that
// shares the tenant, or a name, with it.
func (d *drawer) place(m *rbac.Member) rbac.Workspace {
	switch d.rng.IntN(6) {
	case 0:
		return pick(d.rng, d.u.workspaces)
	case 1:
		return rbac.Tenant(m.Workspace.Tenant)
	case 2:
		return rbac.Tenant(m.Workspace.Tenant).Developer(merchantID(d.rng.IntN(d.u.merchants)))
	default:
		return m.Workspace
	}
}

func (d *drawer) program(m *rbac.Member) string {
	as := pick(d.rng, m.Assignments)
	if len(as.MiniPrograms) > 0 && d.rng.IntN(2) == 0 {
		return pick(d.rng, as.MiniPrograms)
	}
	return pick(d.rng, d.u.programs).MiniProgram
}

func (d *drawer) owned(m *rbac.Member, r rbac.Resource) rbac.Resource {
	switch d.rng.IntN(3) {
	case 0:
		return r.OwnedBy(m.ID)
	case 1:
		return r.OwnedBy(pick(d.rng, d.u.members).ID)
	default:
		return r
	}
}

// fresh copies the strings of a resource: a host reads them from a row or a URL, and
// not from the memory that holds the member.
func fresh(r rbac.Resource) rbac.Resource {
	r.Workspace.ID = strings.Clone(r.Workspace.ID)
	r.Workspace.Tenant = strings.Clone(r.Workspace.Tenant)
	r.MiniProgram = strings.Clone(r.MiniProgram)
	r.Owner = strings.Clone(r.Owner)
	return r
}

// classify says why the hand-written code answers as it does.
func (d *drawer) classify(q request) class {
	if c := d.allowedBy(q); c != "" {
		return c
	}
	active := *q.member
	active.Status = rbac.StatusActive
	if d.hand.can(active, q.action, q.resource) {
		return deniedStatus
	}
	if d.hand.targets[q.action]&targetFlag(&q.resource) == 0 {
		return deniedTarget
	}
	held := d.hand.scope(active, q.action)
	if held == 0 {
		return deniedAction
	}
	return deniedAt(q, held)
}

func (d *drawer) allowedBy(q request) class {
	if !d.hand.can(*q.member, q.action, q.resource) {
		return ""
	}
	held := d.hand.scope(*q.member, q.action)
	if held&rbac.ScopeTenant != 0 {
		return allowedTenant
	}
	if held&rbac.ScopeWorkspace != 0 {
		return allowedWorkspace
	}
	if held&rbac.ScopeAssigned != 0 {
		return allowedAssigned
	}
	return allowedOwn
}

func deniedAt(q request, held rbac.Scope) class {
	if q.resource.Workspace.Tenant != q.member.Workspace.Tenant {
		return deniedTenant
	}
	if q.resource.Workspace != q.member.Workspace {
		return deniedWorkspace
	}
	if held&rbac.ScopeAssigned != 0 {
		return deniedUnassigned
	}
	return deniedOwner
}

// only keeps the requests that we allow, or those that we deny.
func only(mix []request, allowed bool) []request {
	var kept []request
	for _, q := range mix {
		if q.allowed == allowed {
			kept = append(kept, q)
		}
	}
	return kept
}
