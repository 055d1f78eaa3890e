package rbac

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// ValidationError is one problem of a spec, a workspace, a member or the columns
// of a filter, for a person or a tool to point at. Workspace.Validate returns
// one; New, Spec.MarshalJSON, Spec.UnmarshalJSON, Policy.ValidateMember,
// Policy.ValidateWorkspace and Filter.Where join one for each problem they find,
// and after a thousand say no more than that there are others.
type ValidationError struct {
	Place   string // where: "roles[3].permissions"
	Problem string // what is wrong: `unknown action "miniprogram.relase"`
	Hint    string // what to do: `did you mean "miniprogram.release"?`
}

// Error returns place, problem and hint as one sentence.
func (e *ValidationError) Error() string {
	text := "rbac: "
	if e.Place != "" {
		text += e.Place + ": "
	}
	return text + e.Problem + "; " + e.Hint
}

// problems collects what is wrong, in the order it is found.
type problems []error

func (p *problems) add(place, problem, hint string) {
	switch {
	case len(*p) < mostProblems:
		*p = append(*p, &ValidationError{place, problem, hint})
	case len(*p) == mostProblems:
		*p = append(*p, &ValidationError{"", "there are more problems than these", "mend them first"})
	}
}

// mostProblems bounds what is said, so that a hostile document in which
// everything is wrong does not become an error many times its size.
const mostProblems = 1_000

// unknown adds a word that names nothing, with the nearest word that does.
func (p *problems) unknown(place, what, word string, known iter.Seq[string], otherwise string) {
	hint := otherwise
	if len(*p) < mostSuggestions {
		hint = suggest.Hint(word, known, otherwise)
	}
	p.add(place, fmt.Sprintf("unknown %s %s", what, suggest.Quote(word)), hint)
}

// mostSuggestions bounds the search for near words, so that a hostile document
// full of unknown names is refused as fast as any other.
const mostSuggestions = 16

func (p problems) err() error { return errors.Join(p...) }

// The limits of a spec, in Go as in JSON.
const (
	mostRoles          = 16_384
	mostActions        = 4_096
	longestName        = 64 // bytes of a RoleID or an Action
	longestRoleName    = 256
	longestDescription = 1_024
	largestDocument    = 16 << 20
	mostHolders        = math.MaxInt32
)

func moreThan(most int, what string) string { return fmt.Sprintf("more than %d %s", most, what) }

// checker says what is wrong with specs. It checks one spec by itself, as when
// it is read from JSON, or several as one policy, when it also knows what they
// declare together.
type checker struct {
	problems
	place   string // of the spec in hand: "specs[1]." where there are several
	whole   bool   // the specs are a whole policy: every name must be declared
	actions map[Action]Target
	roles   map[RoleID]WorkspaceKind
	atLeast map[RoleID]int
	atMost  map[RoleID]int
}

// checkAlone returns what is wrong with one spec whatever it is merged with.
func checkAlone(s Spec) error {
	_, err := check(false, s)
	return err
}

// check goes through the specs twice, because each may name what another
// declares.
func check(whole bool, specs ...Spec) (*checker, error) {
	c := &checker{
		whole:   whole,
		actions: make(map[Action]Target),
		roles:   make(map[RoleID]WorkspaceKind),
		atLeast: make(map[RoleID]int),
		atMost:  make(map[RoleID]int),
	}
	c.each(specs, c.declarations)
	c.each(specs, c.references)
	c.bounds()
	return c, c.err()
}

func (c *checker) each(specs []Spec, look func(Spec)) {
	for i, s := range specs {
		if len(specs) > 1 {
			c.place = fmt.Sprintf("specs[%d].", i)
		}
		look(s)
	}
	c.place = ""
}

// at adds a problem of the spec in hand.
func (c *checker) at(place, problem, hint string) { c.add(c.place+place, problem, hint) }

func (c *checker) declarations(s Spec) {
	if len(c.actions)+len(s.Actions) > mostActions {
		c.at("actions", moreThan(mostActions, "actions"), "declare fewer")
	}
	if len(c.roles)+len(s.Roles) > mostRoles {
		c.at("roles", moreThan(mostRoles, "roles"), "define fewer")
	}
	for _, action := range slices.Sorted(maps.Keys(s.Actions)) {
		c.declareAction(action, s.Actions[action])
	}
	for i := range s.Roles {
		c.declareRole(fmt.Sprintf("roles[%d]", i), &s.Roles[i])
	}
}

func (c *checker) declareAction(action Action, target Target) {
	place := fmt.Sprintf("actions[%s]", suggest.Quote(string(action)))
	c.name(place, string(action))
	switch {
	case target == 0:
		c.at(place, "no target", "use tenant, developer, miniprogram or several of them")
	case target&^OnAny != 0:
		c.at(place, target.String()+" is not a target", "use tenant, developer, miniprogram or several of them")
	}
	if _, declared := c.actions[action]; declared {
		c.at(place, "the action is declared twice", "declare it in one spec only")
		return
	}
	c.actions[action] = target
}

func (c *checker) declareRole(place string, r *Role) {
	c.name(place+".id", string(r.ID))
	switch {
	case r.Kind == 0:
		c.at(place+".kind", "no kind", "use tenant or developer")
	case r.Kind != KindTenant && r.Kind != KindDeveloper:
		c.at(place+".kind", r.Kind.String()+" is not a kind", "use tenant or developer")
	}
	c.text(place+".name", r.Name, longestRoleName)
	c.text(place+".description", r.Description, longestDescription)
	if _, defined := c.roles[r.ID]; defined {
		c.at(place, fmt.Sprintf("role %s is defined twice", suggest.Quote(string(r.ID))), "give it another id, or use extend to add permissions")
		return
	}
	c.roles[r.ID] = r.Kind
}

func (c *checker) name(place, name string) {
	if !isName(name) {
		c.at(place, "invalid name "+suggest.Quote(name), `use [a-z][a-z0-9_]* with "." between parts, 64 bytes at most`)
	}
}

// isName reports whether the name is made of parts [a-z][a-z0-9_]* joined by
// ".", and not too long.
func isName(name string) bool {
	if len(name) == 0 || len(name) > longestName {
		return false
	}
	start := true
	for i := range len(name) {
		c := name[i]
		switch {
		case 'a' <= c && c <= 'z':
			start = false
		case start:
			return false
		case c == '.':
			start = true
		case c != '_' && (c < '0' || c > '9'):
			return false
		}
	}
	return !start
}

func (c *checker) text(place, text string, longest int) {
	switch {
	case len(text) > longest:
		c.at(place, fmt.Sprintf("%d bytes are too many", len(text)), fmt.Sprintf("use %d at most", longest))
	case !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError):
		c.at(place, "text that is damaged or not UTF-8", "write the text anew")
	}
}

func (c *checker) references(s Spec) {
	for i := range s.Roles {
		c.permissions(fmt.Sprintf("roles[%d].permissions", i), s.Roles[i].Kind, s.Roles[i].Permissions)
	}
	for _, id := range slices.Sorted(maps.Keys(s.Extend)) {
		place := fmt.Sprintf("extend[%s]", suggest.Quote(string(id)))
		c.role(place, id)
		c.permissions(place, c.roles[id], s.Extend[id])
	}
	for i, set := range s.Exclusive {
		c.exclusive(fmt.Sprintf("exclusive[%d]", i), set)
	}
	for i, action := range s.FourEyes {
		c.action(fmt.Sprintf("four_eyes[%d]", i), action)
	}
	c.cardinality("at_least", s.AtLeast, c.atLeast, func(a, b int) int { return max(a, b) })
	c.cardinality("at_most", s.AtMost, c.atMost, func(a, b int) int { return min(a, b) })
}

func (c *checker) role(place string, id RoleID) {
	if _, defined := c.roles[id]; defined {
		return
	}
	if c.whole {
		c.unknown(c.place+place, "role", string(id), texts(maps.Keys(c.roles)), "define it in roles")
	} else {
		c.name(place, string(id))
	}
}

func (c *checker) action(place string, action Action) {
	if _, declared := c.actions[action]; declared {
		return
	}
	if c.whole {
		c.unknown(c.place+place, "action", string(action), texts(maps.Keys(c.actions)), "declare it in actions")
	} else {
		c.name(place, string(action))
	}
}

// permissions checks in whatever order the map has, and says what is wrong in
// the order of names: large policies are mostly right.
func (c *checker) permissions(place string, kind WorkspaceKind, permissions Permissions) {
	var wrong []Action
	for action, scope := range permissions {
		target, declared := c.actions[action]
		if !declared && (c.whole || !isName(string(action))) || misfit(kind, target, scope) != "" {
			wrong = append(wrong, action)
		}
	}
	slices.Sort(wrong)
	for _, action := range wrong {
		c.action(place, action)
		scope := permissions[action]
		problem := fmt.Sprintf("scope %s cannot match", scope)
		if scope&^allScopes != 0 {
			problem = scope.String() + " is not a scope"
		}
		if hint := misfit(kind, c.actions[action], scope); hint != "" {
			c.at(fmt.Sprintf("%s[%s]", place, suggest.Quote(string(action))), problem, hint)
		}
	}
}

// misfit is empty for a scope that a role of the kind can use on the target,
// and otherwise says why it cannot. A kind or a target that is not known is not
// held against the scope.
func misfit(kind WorkspaceKind, target Target, scope Scope) string {
	home := OnWorkspace
	switch kind {
	case KindTenant:
		home = OnTenant
	case KindDeveloper:
		home = OnDeveloper
	}
	switch {
	case scope&^allScopes != 0:
		return "use own, assigned, workspace or tenant"
	case scope&ScopeTenant != 0 && kind == KindDeveloper:
		return "a developer role reaches its own workspace at most"
	case target == 0:
		return ""
	case scope&ScopeAssigned != 0 && target&OnMiniProgram == 0:
		return "only mini programs are assigned, and the action is for " + target.String()
	case scope&(ScopeOwn|ScopeWorkspace) != 0 && target&(home|OnMiniProgram) == 0:
		return fmt.Sprintf("the action is for %s, which the own workspace of a %s role is not", target, kind)
	}
	return ""
}

func (c *checker) exclusive(place string, set []RoleID) {
	distinct := make(map[RoleID]bool, len(set))
	for i, id := range set {
		at := fmt.Sprintf("%s[%d]", place, i)
		c.role(at, id)
		if distinct[id] {
			c.at(at, fmt.Sprintf("role %s stands twice", suggest.Quote(string(id))), "name it once")
		}
		distinct[id] = true
	}
	if len(distinct) < 2 {
		c.at(place, "fewer than two roles", "name the roles of which a member may hold only one")
	}
}

// cardinality merges the bounds of one spec into those of all, the stricter of
// two counting.
func (c *checker) cardinality(field string, bounds, merged map[RoleID]int, stricter func(a, b int) int) {
	for _, id := range slices.Sorted(maps.Keys(bounds)) {
		place := fmt.Sprintf("%s[%s]", field, suggest.Quote(string(id)))
		c.role(place, id)
		bound := bounds[id]
		if bound < 0 || bound > mostHolders {
			c.at(place, fmt.Sprintf("%d holders", bound), fmt.Sprintf("use 0 to %d", mostHolders))
		}
		if other, bounded := merged[id]; bounded {
			bound = stricter(bound, other)
		}
		merged[id] = bound
	}
}

// bounds finds cardinalities that no workspace can keep.
func (c *checker) bounds() {
	for _, id := range slices.Sorted(maps.Keys(c.atLeast)) {
		if most, bounded := c.atMost[id]; bounded && most < c.atLeast[id] {
			c.at(fmt.Sprintf("at_most[%s]", suggest.Quote(string(id))), fmt.Sprintf("at most %d holders, and at least %d", most, c.atLeast[id]), "raise the one or lower the other")
		}
	}
}

// texts yields the same names as plain strings.
func texts[S ~string](names iter.Seq[S]) iter.Seq[string] {
	return func(yield func(string) bool) {
		names(func(name S) bool { return yield(string(name)) })
	}
}

// ValidateMember returns nil for a member that could be stored: an ID, a valid
// workspace, a known status, and assignments of roles that the policy defines
// for that kind of workspace, that name no empty mini program, have their bounds
// in order and do not exclude each other. Otherwise it returns every problem, a
// *ValidationError each, joined.
func (p *Policy) ValidateMember(m Member) error {
	if p == nil || p.rules == nil {
		return &ValidationError{"", "there is no policy", "build one with New"}
	}
	v := &validation{policy: p, now: time.Now()}
	v.member("", &m)
	return v.err()
}

// ValidateWorkspace returns nil for a workspace whose members, as they are
// together, may be stored: each is valid, of this workspace and there once, and
// the number of active members who hold a role now is within AtLeast and AtMost.
// Otherwise it returns every problem, a *ValidationError each, joined.
//
// Members whose invitation was withdrawn or who were deleted are passed over,
// so that the host may hand in all it has; nil members are none. Call it after a change and before the
// transaction ends, with the workspace's members locked or the transaction
// serializable: otherwise two changes at once take the last two admins away.
func (p *Policy) ValidateWorkspace(w Workspace, members iter.Seq[Member]) error {
	if p == nil || p.rules == nil {
		return &ValidationError{"", "there is no policy", "build one with New"}
	}
	if err := w.Validate(); err != nil {
		return err
	}
	v := &validation{policy: p, now: time.Now(), seen: make(map[string]bool), active: make(map[RoleID]int), idle: make(map[RoleID]int)}
	if members != nil {
		for m := range members {
			v.memberOf(w, &m)
		}
	}
	v.cardinalities(w.Kind)
	return v.err()
}

// validation collects what is wrong with one member or with all of a workspace.
type validation struct {
	problems
	policy *Policy
	now    time.Time
	seen   map[string]bool
	active map[RoleID]int // members who hold the role now
	idle   map[RoleID]int // members who hold it and cannot use it now
}

func (v *validation) member(place string, m *Member) {
	if m.ID == "" {
		v.add(place+"id", "the ID is empty", "give the host's ID of the member")
	}
	if problem, ok := m.Workspace.Validate().(*ValidationError); ok {
		v.add(place+problem.Place, problem.Problem, problem.Hint)
	}
	if m.Status < StatusInvited || m.Status > StatusDeleted {
		v.add(place+"status", m.Status.String()+" is not a status", "invite the member with Invite")
	}
	before := v.policy.duties(v.now, nil)
	for i := range m.Assignments {
		a := &m.Assignments[i]
		v.assignment(fmt.Sprintf("%sassignments[%d]", place, i), m, a, before)
		before.add(a)
	}
}

func (v *validation) assignment(place string, m *Member, a *Assignment, before *duties) {
	switch _, reason := v.policy.rank(a.Role, m.Workspace.Kind); reason {
	case ReasonUnknownRole:
		v.unknown(place+".role", "role", string(a.Role), texts(v.policy.roleIDs()), "define it in the policy")
	case ReasonOtherKind:
		v.add(place+".role", fmt.Sprintf("role %q is not held in a %s workspace", a.Role, m.Workspace.Kind), "give a role of that kind")
	}
	if slices.Contains(a.MiniPrograms, "") {
		v.add(place+".mini_programs", "an ID is empty", "leave it out")
	}
	if !a.NotAfter.IsZero() && !a.NotBefore.Before(a.NotAfter) {
		v.add(place+".not_after", "the end is not after the start", "swap the two, or leave one out")
	}
	if other, excluded := before.excluded(a); excluded {
		v.add(place+".role", fmt.Sprintf("role %q excludes %q, which assignments[%d] gives", a.Role, other.assignment.Role, other.position), "keep one of the two")
	}
}

func (v *validation) memberOf(w Workspace, m *Member) {
	if m.Status == StatusWithdrawn || m.Status == StatusDeleted {
		return
	}
	place := fmt.Sprintf("members[%s].", suggest.Quote(m.ID))
	if m.Workspace != w {
		v.add(place+"workspace", "the member belongs to another workspace", "hand in the members of this one")
		return
	}
	if v.seen[m.ID] {
		v.add(strings.TrimSuffix(place, "."), "the member is there twice", "hand in each member once")
		return
	}
	v.seen[m.ID] = true
	v.member(place, m)
	v.count(m)
}

// count counts a member once for each role, however often it is assigned.
func (v *validation) count(m *Member) {
	usable := make(map[RoleID]bool)
	for i := range m.Assignments {
		a := &m.Assignments[i]
		usable[a.Role] = usable[a.Role] || m.standing() == ReasonGranted && a.forceAt(v.now) == ReasonGranted
	}
	for id, now := range usable {
		if now {
			v.active[id]++
		} else {
			v.idle[id]++
		}
	}
}

func (v *validation) cardinalities(kind WorkspaceKind) {
	spec := &v.policy.spec
	for _, role := range spec.Roles {
		if role.Kind != kind {
			continue
		}
		holders := v.active[role.ID]
		if least := spec.AtLeast[role.ID]; holders < least {
			v.add("members", fmt.Sprintf("%d active holders of role %q, and at least %d are needed", holders, role.ID, least), v.tooFew(role.ID))
		}
		if most, bounded := spec.AtMost[role.ID]; bounded && holders > most {
			v.add("members", fmt.Sprintf("%d active holders of role %q, and at most %d are allowed", holders, role.ID, most), "revoke it from the others")
		}
	}
}

func (v *validation) tooFew(id RoleID) string {
	if idle := v.idle[id]; idle > 0 {
		return fmt.Sprintf("%d hold it, but are not active or not within its time", idle)
	}
	return "keep the role with one who holds it, or give it to another first"
}
