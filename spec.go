package rbac

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// Spec is what a policy is made of. It has the same shape in Go and in JSON.
// Several specs make one policy: the platform's Defaults, and what the host adds.
//
// FourEyes compares IDs of members. If a person has another ID in each workspace,
// the host must set Resource.Owner to the ID that the deciding member has.
//
// If several specs bound a role, the largest AtLeast and the smallest AtMost hold.
//
// A spec has at most 4,096 actions, 16,384 roles and 131,072 exclusive sets. Any other
// list or map of actions has at most 4,096 entries, and one of roles 16,384. The name of
// a role, and the name and group of a label, have at most 256 bytes, and a description
// 1,024. A document has at most 16 MiB; New and Canonical count what json.Marshal writes.
// The same limits hold for the specs of a policy when they are merged.
type Spec struct {
	Actions     map[Action]Target      // the actions it declares; declaring one twice is an error
	Labels      map[Action]Label       // what people call them; decides nothing; of several specs the last one holds
	Roles       []Role                 // the roles it defines; defining one twice is an error
	Extend      map[RoleID]Permissions // permissions added to roles that other specs define
	Administers map[RoleID][]RoleID    // whose holders a role's holders may administer without holding what those hold
	Exclusive   [][]RoleID             // no member may hold two roles of one set at one time (static separation of duty)
	FourEyes    []Action               // refused if the member is the resource's Owner, or the Owner is unknown
	AtLeast     map[RoleID]int         // active holders that a workspace must keep
	AtMost      map[RoleID]int         // active holders that a workspace may have
}

// Defaults returns the platform's role tables as a Spec, to which a host adds its
// own: 85 actions with their labels and the seven roles of [DefaultRoles]. Each of
// the two admins administers the roles of its kind, and a workspace keeps AtLeast
// one of them. [Default] returns it as a Policy. The result is a fresh copy.
func Defaults() Spec {
	s := Spec{
		Actions:     make(map[Action]Target),
		Labels:      make(map[Action]Label),
		Roles:       DefaultRoles(),
		Administers: make(map[RoleID][]RoleID),
		AtLeast:     map[RoleID]int{WorkspaceAdmin: 1, DeveloperAdmin: 1},
	}
	for _, group := range defaultTable() {
		for _, row := range group.rows {
			s.Actions[row.action] = row.target
			s.Labels[row.action] = Label{row.label, group.name}
		}
	}
	admins := map[WorkspaceKind]RoleID{KindTenant: WorkspaceAdmin, KindDeveloper: DeveloperAdmin}
	for _, role := range s.Roles {
		admin := admins[role.Kind]
		s.Administers[admin] = append(s.Administers[admin], role.ID)
	}
	return s
}

// The limits of a spec, in Go as in JSON.
const (
	longestText        = 256   // bytes of a role's name, and of a label's name and group
	longestDescription = 1_024 // bytes
	largestDocument    = 16 << 20
	mostHolders        = math.MaxInt32
)

// limit is the most entries that a list or a map may have, and what they are. What reads
// a spec and what checks one of Go have the same limits.
type limit struct {
	most int
	what string
}

var (
	actionLimit = limit{4_096, "actions"}
	labelLimit  = limit{actionLimit.most, "labels"}
	roleLimit   = limit{16_384, "roles"}
	setLimit    = limit{131_072, "exclusive sets"}
)

func (l limit) problem() string { return fmt.Sprintf("more than %d %s", l.most, l.what) }

// canonical returns the spec with roles, sets and lists in name order. It sorts in
// place, so the caller clones what is shared.
func (s Spec) canonical() Spec {
	slices.SortFunc(s.Roles, func(a, b Role) int { return cmp.Compare(a.ID, b.ID) })
	for id, administered := range s.Administers {
		slices.Sort(administered)
		s.Administers[id] = slices.Compact(administered)
	}
	for _, set := range s.Exclusive {
		slices.Sort(set)
	}
	slices.SortFunc(s.Exclusive, slices.Compare[[]RoleID])
	s.Exclusive = slices.CompactFunc(s.Exclusive, slices.Equal[[]RoleID])
	slices.Sort(s.FourEyes)
	s.FourEyes = slices.Compact(s.FourEyes)
	return s
}

func (s Spec) clone() Spec {
	s.Actions, s.Labels = maps.Clone(s.Actions), maps.Clone(s.Labels)
	s.AtLeast, s.AtMost = maps.Clone(s.AtLeast), maps.Clone(s.AtMost)
	s.FourEyes = slices.Clone(s.FourEyes)
	s.Roles = slices.Clone(s.Roles)
	for i, role := range s.Roles {
		s.Roles[i] = role.clone()
	}
	s.Extend = maps.Clone(s.Extend)
	for id, permissions := range s.Extend {
		s.Extend[id] = maps.Clone(permissions)
	}
	s.Administers = maps.Clone(s.Administers)
	for id, administered := range s.Administers {
		s.Administers[id] = slices.Clone(administered)
	}
	s.Exclusive = cloneSets(s.Exclusive)
	return s
}

func cloneSets(sets [][]RoleID) [][]RoleID {
	sets = slices.Clone(sets)
	for i, set := range sets {
		sets[i] = slices.Clone(set)
	}
	return sets
}

// checker finds what is wrong with specs. It checks one spec by itself, as read
// from JSON, or several as a whole policy, on top of a base if there is one. Only a
// whole policy must declare every name that it uses. While it checks, it merges
// what several specs say of one name.
type checker struct {
	problems
	place       string // the spec being checked: "specs[1]." if there are several
	whole       bool
	base        *Policy // nil if the specs are everything
	actions     map[Action]Target
	roles       map[RoleID]*Role
	extend      map[RoleID]Permissions
	administers map[RoleID][]RoleID
	fourEyes    map[Action]bool
	atLeast     map[RoleID]int
	atMost      map[RoleID]int
}

// checkAlone returns what is wrong with a spec, whatever it is merged with.
func checkAlone(s Spec) error {
	_, err := check(nil, false, s)
	return err
}

// check reads the specs twice, because each may name what another declares.
func check(base *Policy, whole bool, specs ...Spec) (*checker, error) {
	c := &checker{
		whole:       whole,
		base:        base,
		actions:     make(map[Action]Target),
		roles:       make(map[RoleID]*Role),
		extend:      make(map[RoleID]Permissions),
		administers: make(map[RoleID][]RoleID),
		fourEyes:    make(map[Action]bool),
		atLeast:     make(map[RoleID]int),
		atMost:      make(map[RoleID]int),
	}
	c.forEachSpec(specs, c.checkDeclarations)
	c.forEachSpec(specs, c.checkReferences)
	if whole {
		c.forEachSpec(specs, c.checkOwnUnderFourEyes)
	}
	c.checkBounds()
	return c, c.err()
}

func (c *checker) forEachSpec(specs []Spec, check func(Spec)) {
	for i, s := range specs {
		if len(specs) > 1 {
			c.place = fmt.Sprintf("specs[%d].", i)
		}
		check(s)
	}
	c.place = ""
}

// report adds a problem of the spec being checked.
func (c *checker) report(place, problem, hint string) { c.add(c.place+place, problem, hint) }

// target returns the target of an action that the specs or the base declare.
func (c *checker) target(action Action) (Target, bool) {
	if target, declared := c.actions[action]; declared || c.base == nil {
		return target, declared
	}
	if compiled := c.base.actionIndex.Find(string(action)); compiled != nil {
		return compiled.target, true
	}
	return 0, false
}

// role returns a role that the specs or the base define, or nil.
func (c *checker) role(id RoleID) *Role {
	if role := c.roles[id]; role != nil || c.base == nil {
		return role
	}
	return c.base.definition(id)
}

func (c *checker) checkDeclarations(s Spec) {
	if c.base.countActions()+len(c.actions)+len(s.Actions) > actionLimit.most {
		c.report("actions", actionLimit.problem(), "declare fewer")
	}
	if c.base.countRoles()+len(c.roles)+len(s.Roles) > roleLimit.most {
		c.report("roles", roleLimit.problem(), "define fewer")
	}
	for _, action := range slices.Sorted(maps.Keys(s.Actions)) {
		c.declareAction(action, s.Actions[action])
	}
	for i := range s.Roles {
		c.declareRole(fmt.Sprintf("roles[%d]", i), &s.Roles[i])
	}
}

// checkCount reports a list or a map that is longer than what reads a spec allows.
func (c *checker) checkCount(place string, count int, limit limit) {
	if count > limit.most {
		c.report(place, limit.problem(), "leave some out")
	}
}

func (c *checker) declareAction(action Action, target Target) {
	place := placeOf("actions", action)
	c.checkName(place, string(action))
	switch {
	case target == 0:
		c.report(place, "no target", "use tenant, developer, miniprogram or several of them")
	case target&^OnAny != 0:
		c.report(place, target.String()+" is not a target", "use tenant, developer, miniprogram or several of them")
	}
	if _, declared := c.target(action); declared {
		c.report(place, "the action is declared twice", "declare it in one spec only")
		return
	}
	c.actions[action] = target
}

func (c *checker) declareRole(place string, role *Role) {
	c.checkName(place+".id", string(role.ID))
	switch {
	case role.Kind == 0:
		c.report(place+".kind", "no kind", "use tenant or developer")
	case role.Kind != KindTenant && role.Kind != KindDeveloper:
		c.report(place+".kind", role.Kind.String()+" is not a kind", "use tenant or developer")
	case role.Workspace != Workspace{}:
		c.checkRoleWorkspace(place, role)
	}
	c.checkText(place+".name", role.Name, longestText)
	c.checkText(place+".description", role.Description, longestDescription)
	if c.role(role.ID) != nil {
		c.report(place, fmt.Sprintf("role %s is defined twice", suggest.Quote(string(role.ID))),
			"give it another id, or use extend to add permissions")
		return
	}
	c.roles[role.ID] = role
}

func (c *checker) checkRoleWorkspace(place string, role *Role) {
	if problem, ok := role.Workspace.Validate().(*ValidationError); ok {
		c.report(place+"."+problem.Place, problem.Problem, problem.Hint)
		return
	}
	if isDamaged(role.Workspace.ID) || isDamaged(role.Workspace.Tenant) {
		c.report(place+".workspace", damagedID, "use an ID that JSON can hold")
	}
	if role.Workspace.Kind != role.Kind {
		c.report(place+".workspace", fmt.Sprintf("a %s workspace cannot own a %s role", role.Workspace.Kind, role.Kind),
			"give the role the kind of its workspace")
	}
}

func (c *checker) checkName(place, name string) {
	if !isName(name) {
		c.report(place, "invalid name "+suggest.Quote(name), nameHint)
	}
}

// checkText refuses texts for people that are too long, damaged, or written to
// deceive whoever reads them on a screen.
func (c *checker) checkText(place, text string, longest int) {
	switch {
	case len(text) > longest:
		c.report(place, fmt.Sprintf("%d bytes are too many", len(text)), fmt.Sprintf("use %d at most", longest))
	case isDamaged(text):
		c.report(place, "text that is damaged or not UTF-8", "replace the damaged text")
	case strings.ContainsFunc(text, isUnsafe):
		c.report(place, "a control or bidirectional character", "leave it out")
	}
}

// damagedID is the problem of an ID that is no text.
const damagedID = "an ID that is damaged or not UTF-8"

// isDamaged reports whether JSON cannot hold a text: it is not UTF-8, or has U+FFFD, which
// stands for what was damaged.
func isDamaged(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError)
}

// isUnsafe reports whether a character breaks lines or changes the direction of the
// text around it.
func isUnsafe(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// placeOf returns the place of one entry of a map.
func placeOf[S ~string](field string, key S) string {
	return fmt.Sprintf("%s[%s]", field, suggest.Quote(string(key)))
}

func (c *checker) checkReferences(s Spec) {
	c.checkCount("labels", len(s.Labels), labelLimit)
	for _, action := range slices.Sorted(maps.Keys(s.Labels)) {
		place := placeOf("labels", action)
		c.checkAction(place, action)
		c.checkText(place+".name", s.Labels[action].Name, longestText)
		c.checkText(place+".group", s.Labels[action].Group, longestText)
	}
	for i := range s.Roles {
		c.checkPermissions(fmt.Sprintf("roles[%d].permissions", i), s.Roles[i].Kind, s.Roles[i].Permissions)
	}
	c.checkCount("extend", len(s.Extend), roleLimit)
	for _, id := range slices.Sorted(maps.Keys(s.Extend)) {
		place := placeOf("extend", id)
		c.checkPermissions(place, c.checkRole(place, id), s.Extend[id])
		c.extend[id] = c.extend[id].Union(s.Extend[id])
	}
	c.checkCount("administers", len(s.Administers), roleLimit)
	for _, id := range slices.Sorted(maps.Keys(s.Administers)) {
		c.checkAdministers(id, s.Administers[id])
	}
	c.checkCount("exclusive", len(s.Exclusive), setLimit)
	for i, set := range s.Exclusive {
		c.checkExclusive(fmt.Sprintf("exclusive[%d]", i), set)
	}
	c.checkCount("four_eyes", len(s.FourEyes), actionLimit)
	for i, action := range s.FourEyes {
		c.checkAction(fmt.Sprintf("four_eyes[%d]", i), action)
		c.fourEyes[action] = true
	}
	c.mergeBounds("at_least", s.AtLeast, c.atLeast)
	c.mergeBounds("at_most", s.AtMost, c.atMost)
}

// checkRole reports a role that nobody defines, and returns the kind of any other.
func (c *checker) checkRole(place string, id RoleID) WorkspaceKind {
	if role := c.role(id); role != nil {
		return role.Kind
	}
	if c.whole {
		c.unknown(c.place+place, "role", string(id), c.knownRoles(), "define it in roles")
	} else {
		c.checkName(place, string(id))
	}
	return 0
}

func (c *checker) checkAction(place string, action Action) {
	if _, declared := c.target(action); declared {
		return
	}
	if c.whole {
		c.unknown(c.place+place, "action", string(action), c.knownActions(), "declare it in actions")
	} else {
		c.checkName(place, string(action))
	}
}

func (c *checker) knownRoles() iter.Seq[string] {
	return func(yield func(string) bool) {
		for id := range c.roles {
			if !yield(string(id)) {
				return
			}
		}
		c.base.eachRole(func(role *Role, _ *compiledRole) bool { return yield(string(role.ID)) })
	}
}

func (c *checker) knownActions() iter.Seq[string] {
	return func(yield func(string) bool) {
		for action := range c.actions {
			if !yield(string(action)) {
				return
			}
		}
		for action := range c.base.Actions() {
			if !yield(string(action)) {
				return
			}
		}
	}
}

// checkPermissions looks for problems in map order and sorts only what is wrong,
// because large policies are mostly right.
func (c *checker) checkPermissions(place string, kind WorkspaceKind, permissions Permissions) {
	c.checkCount(place, len(permissions), actionLimit)
	var wrong []Action
	for action, scope := range permissions {
		target, declared := c.target(action)
		if !declared && (c.whole || !isName(string(action))) || scopeProblem(kind, target, scope) != "" {
			wrong = append(wrong, action)
		}
	}
	slices.Sort(wrong)
	for _, action := range wrong {
		c.checkAction(place, action)
		scope := permissions[action]
		problem := fmt.Sprintf("scope %s cannot match", scope)
		if scope&^allScopes != 0 {
			problem = scope.String() + " is not a scope"
		}
		target, _ := c.target(action)
		if hint := scopeProblem(kind, target, scope); hint != "" {
			c.report(placeOf(place, action), problem, hint)
		}
	}
}

// scopeProblem returns why a role of the kind cannot use the scope on the target,
// or nothing if it can. An unknown kind or target is reported elsewhere, and no
// problem here.
func scopeProblem(kind WorkspaceKind, target Target, scope Scope) string {
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

func (c *checker) checkAdministers(id RoleID, administered []RoleID) {
	place := placeOf("administers", id)
	c.checkCount(place, len(administered), roleLimit)
	c.checkRole(place, id)
	actor := c.role(id)
	seen := make(map[RoleID]bool, len(administered))
	for i, other := range administered {
		entry := fmt.Sprintf("%s[%d]", place, i)
		c.checkRole(entry, other)
		if seen[other] {
			c.report(entry, fmt.Sprintf("role %s is repeated", suggest.Quote(string(other))), "name it once")
			continue
		}
		seen[other] = true
		if actor != nil && c.role(other) != nil && !canAdminister(actor, c.role(other)) {
			c.report(entry, fmt.Sprintf("role %q never reaches the holders of role %q", id, other),
				"name roles of the same workspaces, or a tenant role over a developer role")
		}
		c.administers[id] = append(c.administers[id], other)
	}
}

// canAdminister reports whether a holder of one role can ever act on a holder of
// the other.
func canAdminister(actor, other *Role) bool {
	if actor.Kind == KindDeveloper {
		return canMeet(actor, other)
	}
	if actor.Workspace == (Workspace{}) || other.Workspace == (Workspace{}) {
		return true
	}
	return actor.Workspace.Tenant == other.Workspace.Tenant
}

// canMeet reports whether one member can hold both roles.
func canMeet(a, b *Role) bool {
	if a.Kind != b.Kind {
		return false
	}
	return a.Workspace == b.Workspace || a.Workspace == Workspace{} || b.Workspace == Workspace{}
}

func (c *checker) checkExclusive(place string, set []RoleID) {
	c.checkCount(place, len(set), roleLimit)
	distinct := make(map[RoleID]bool, len(set))
	var first, own *Role // of the set, and of those that belong to one workspace
	for i, id := range set {
		entry := fmt.Sprintf("%s[%d]", place, i)
		c.checkRole(entry, id)
		if distinct[id] {
			c.report(entry, fmt.Sprintf("role %s is repeated", suggest.Quote(string(id))), "name it once")
		}
		distinct[id] = true
		role := c.role(id)
		if role == nil {
			continue
		}
		for _, other := range []*Role{first, own} {
			if other != nil && !canMeet(other, role) {
				c.report(place, fmt.Sprintf("no member can hold both %q and %q", other.ID, role.ID),
					"name roles of one kind, which one member can hold")
				return
			}
		}
		if first == nil {
			first = role
		}
		if role.Workspace != (Workspace{}) {
			own = role
		}
	}
	if len(distinct) < 2 {
		c.report(place, "fewer than two roles", "name the roles of which a member may hold only one")
	}
}

// checkOwnUnderFourEyes reports roles that grant only ScopeOwn on an action under
// four eyes. The owner never passes four eyes, so nobody could ever do it.
func (c *checker) checkOwnUnderFourEyes(s Spec) {
	for i := range s.Roles {
		role := &s.Roles[i]
		c.checkOwnOnly(fmt.Sprintf("roles[%d].permissions", i), role.ID, role.Permissions)
	}
	for _, id := range slices.Sorted(maps.Keys(s.Extend)) {
		if role := c.role(id); role != nil {
			added := maps.Clone(s.Extend[id]) // what the role has itself is reported there
			maps.DeleteFunc(added, func(action Action, _ Scope) bool { return role.Permissions[action] != 0 })
			c.checkOwnOnly(placeOf("extend", id), id, added)
		}
	}
	if len(s.FourEyes) == 0 {
		return
	}
	onOwn := c.base.rolesOnOwn(c.fourEyes)
	for i, action := range s.FourEyes {
		for _, id := range onOwn[action] {
			if c.granted(id, action) == ScopeOwn {
				c.report(fmt.Sprintf("four_eyes[%d]", i), ownOnly(id, action), "leave it out, or extend the role to a wider scope")
			}
		}
	}
}

func (c *checker) checkOwnOnly(place string, id RoleID, permissions Permissions) {
	var wrong []Action
	for action, scope := range permissions {
		if scope == ScopeOwn && c.underFourEyes(action) && c.granted(id, action) == ScopeOwn {
			wrong = append(wrong, action)
		}
	}
	slices.Sort(wrong)
	for _, action := range wrong {
		c.report(placeOf(place, action), ownOnly(id, action), "grant a wider scope, or leave it out of four_eyes")
	}
}

func ownOnly(id RoleID, action Action) string {
	return fmt.Sprintf("role %q grants %q only on one's own, which four eyes always refuse", id, action)
}

// granted returns what a role grants once all specs are merged.
func (c *checker) granted(id RoleID, action Action) Scope {
	scope := c.extend[id][action]
	if role := c.role(id); role != nil {
		scope |= role.Permissions[action]
	}
	return scope
}

func (c *checker) underFourEyes(action Action) bool {
	return c.fourEyes[action] || c.base.underFourEyes(action)
}

// mergeBounds adds the cardinalities of one spec to those of all and of the base.
// If there are two, the stricter one holds.
func (c *checker) mergeBounds(field string, bounds, merged map[RoleID]int) {
	c.checkCount(field, len(bounds), roleLimit)
	for _, id := range slices.Sorted(maps.Keys(bounds)) {
		place := placeOf(field, id)
		c.checkRole(place, id)
		bound := bounds[id]
		if bound < 0 || bound > mostHolders {
			c.report(place, fmt.Sprintf("%d holders", bound), fmt.Sprintf("use 0 to %d", mostHolders))
		}
		other, bounded := merged[id]
		if !bounded && field == "at_least" {
			other, bounded = c.base.least(id), true
		}
		if !bounded {
			other, bounded = c.base.most(id)
		}
		switch {
		case !bounded:
			merged[id] = bound
		case field == "at_least":
			merged[id] = max(bound, other)
		default:
			merged[id] = min(bound, other)
		}
	}
}

// checkBounds finds cardinalities that no workspace can keep.
func (c *checker) checkBounds() {
	bounded := make(map[RoleID]bool)
	for id := range c.atLeast {
		bounded[id] = true
	}
	for id := range c.atMost {
		bounded[id] = true
	}
	for _, id := range slices.Sorted(maps.Keys(bounded)) {
		if least, most, bounded := c.bounds(id); bounded && least > 0 && most < least {
			c.report(placeOf("at_most", id), fmt.Sprintf("at most %d holders, and at least %d", most, least),
				"raise the one or lower the other")
		}
	}
}

// bounds returns the least holders that all specs and the base allow, and the most if
// there is an upper bound.
func (c *checker) bounds(id RoleID) (least, most int, bounded bool) {
	least, bounded = c.atLeast[id]
	if !bounded {
		least = c.base.least(id)
	}
	most, bounded = c.atMost[id]
	if !bounded {
		most, bounded = c.base.most(id)
	}
	return least, most, bounded
}

// merged returns the specs as one, in canonical order and with nothing left to
// extend. On a base it has only what the specs add: their own roles, and the base's
// roles that they extend.
func (c *checker) merged(specs []Spec) Spec {
	m := Spec{
		Actions:     c.actions,
		Labels:      make(map[Action]Label),
		Administers: c.administers,
		AtLeast:     c.atLeast,
		AtMost:      c.atMost,
	}
	for _, s := range specs {
		maps.Copy(m.Labels, s.Labels)
		m.Exclusive = append(m.Exclusive, s.Exclusive...)
		m.FourEyes = append(m.FourEyes, s.FourEyes...)
	}
	for id, role := range c.roles {
		m.Roles = append(m.Roles, role.extended(c.extend[id]))
	}
	for id, permissions := range c.extend {
		if c.roles[id] == nil {
			m.Roles = append(m.Roles, c.base.definition(id).extended(permissions))
		}
	}
	if c.base == nil { // on a base, an empty label takes the base's away
		m.Labels = withoutEmpty(m.Labels)
	}
	maps.DeleteFunc(m.Administers, func(_ RoleID, administered []RoleID) bool { return len(administered) == 0 })
	maps.DeleteFunc(m.AtLeast, func(_ RoleID, least int) bool { return least == 0 })
	m.Exclusive = cloneSets(m.Exclusive)
	return m.canonical()
}

// withoutEmpty deletes the labels that say nothing.
func withoutEmpty(labels map[Action]Label) map[Action]Label {
	maps.DeleteFunc(labels, func(_ Action, label Label) bool { return label == Label{} })
	return labels
}

// extended returns a copy of the role with further permissions.
func (r Role) extended(permissions Permissions) Role {
	r.Permissions = r.Permissions.Union(permissions)
	return r
}

// asStrings yields the same names as strings.
func asStrings[S ~string](names iter.Seq[S]) iter.Seq[string] {
	return func(yield func(string) bool) {
		names(func(name S) bool { return yield(string(name)) })
	}
}

func tooLarge(size int) error {
	problem := fmt.Sprintf("the document has %d bytes", size)
	return newProblem("", problem, fmt.Sprintf("%d are the most; leave something out", largestDocument))
}
