package rbac

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac/internal/enum"
	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// Spec is what a policy is made of. It has the same shape in Go and in JSON.
// Several specs make one policy: the platform's Defaults, and what the host adds.
//
// FourEyes compares IDs of members. If a person has another ID in each workspace,
// the host must set Resource.Owner to the ID that the deciding member has.
//
// A spec has at most 16,384 roles and 4,096 actions, and its JSON at most 16 MiB.
// The same limits hold for all specs of a policy together.
type Spec struct {
	Actions   map[Action]Target      // the actions it declares; declaring one twice is an error
	Roles     []Role                 // the roles it defines; defining one twice is an error
	Extend    map[RoleID]Permissions // permissions added to roles that other specs define
	Exclusive [][]RoleID             // no member may hold two roles of one set at one time (static separation of duty)
	FourEyes  []Action               // refused if the member is the resource's Owner, or the Owner is unknown
	AtLeast   map[RoleID]int         // active holders that a workspace must keep; the largest of several specs counts
	AtMost    map[RoleID]int         // active holders that a workspace may have; the smallest of several specs counts
}

// Defaults returns the platform's role tables as a Spec, to which a host adds its
// own: 85 actions, the seven roles of [DefaultRoles], and AtLeast one Workspace
// Admin and one Developer Admin. [Default] returns it as a Policy. The result is a
// fresh copy.
func Defaults() Spec {
	actions := make(map[Action]Target)
	for _, row := range defaultTable() {
		actions[row.action] = row.target
	}
	return Spec{
		Actions: actions,
		Roles:   DefaultRoles(),
		AtLeast: map[RoleID]int{WorkspaceAdmin: 1, DeveloperAdmin: 1},
	}
}

// The limits of a spec, in Go as in JSON.
const (
	mostRoles          = 16_384
	mostActions        = 4_096
	longestRoleName    = 256   // bytes
	longestDescription = 1_024 // bytes
	largestDocument    = 16 << 20
	mostHolders        = math.MaxInt32
)

func moreThan(most int, what string) string { return fmt.Sprintf("more than %d %s", most, what) }

// merge returns the specs as one, in canonical order, or an error with every
// problem.
func merge(specs []Spec) (Spec, error) {
	c, err := check(true, specs...)
	if err != nil {
		return Spec{}, err
	}
	merged := Spec{Actions: c.actions, AtLeast: c.atLeast, AtMost: c.atMost, Extend: make(map[RoleID]Permissions)}
	for _, s := range specs {
		merged.Roles = append(merged.Roles, s.Roles...)
		merged.Exclusive = append(merged.Exclusive, s.Exclusive...)
		merged.FourEyes = append(merged.FourEyes, s.FourEyes...)
		for id, permissions := range s.Extend {
			merged.Extend[id] = merged.Extend[id].Union(permissions)
		}
	}
	for i := range merged.Roles {
		role := &merged.Roles[i]
		role.Permissions = role.Permissions.Union(merged.Extend[role.ID])
	}
	merged.Extend = nil
	maps.DeleteFunc(merged.AtLeast, func(_ RoleID, least int) bool { return least == 0 })
	merged.Exclusive = cloneSets(merged.Exclusive)
	merged = merged.canonical()
	if size := merged.size(); size > largestDocument {
		return Spec{}, tooLarge(size)
	}
	return merged, nil
}

// canonical returns the spec with roles, sets and lists in name order. It sorts in
// place, so the caller clones what is shared.
func (s Spec) canonical() Spec {
	slices.SortFunc(s.Roles, func(a, b Role) int { return cmp.Compare(a.ID, b.ID) })
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
	s.Actions, s.AtLeast, s.AtMost = maps.Clone(s.Actions), maps.Clone(s.AtLeast), maps.Clone(s.AtMost)
	s.FourEyes = slices.Clone(s.FourEyes)
	s.Roles = slices.Clone(s.Roles)
	for i, role := range s.Roles {
		s.Roles[i] = role.clone()
	}
	s.Extend = maps.Clone(s.Extend)
	for id, permissions := range s.Extend {
		s.Extend[id] = maps.Clone(permissions)
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
// from JSON, or several as a whole policy. Only a whole policy must declare every
// name that it uses.
type checker struct {
	problems
	place   string // the spec being checked: "specs[1]." if there are several
	whole   bool
	actions map[Action]Target
	roles   map[RoleID]WorkspaceKind
	atLeast map[RoleID]int
	atMost  map[RoleID]int
}

// checkAlone returns what is wrong with a spec, whatever it is merged with.
func checkAlone(s Spec) error {
	_, err := check(false, s)
	return err
}

// check reads the specs twice, because each may name what another declares.
func check(whole bool, specs ...Spec) (*checker, error) {
	c := &checker{
		whole:   whole,
		actions: make(map[Action]Target),
		roles:   make(map[RoleID]WorkspaceKind),
		atLeast: make(map[RoleID]int),
		atMost:  make(map[RoleID]int),
	}
	c.forEachSpec(specs, c.checkDeclarations)
	c.forEachSpec(specs, c.checkReferences)
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

func (c *checker) checkDeclarations(s Spec) {
	if len(c.actions)+len(s.Actions) > mostActions {
		c.report("actions", moreThan(mostActions, "actions"), "declare fewer")
	}
	if len(c.roles)+len(s.Roles) > mostRoles {
		c.report("roles", moreThan(mostRoles, "roles"), "define fewer")
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
	c.checkName(place, string(action))
	switch {
	case target == 0:
		c.report(place, "no target", "use tenant, developer, miniprogram or several of them")
	case target&^OnAny != 0:
		c.report(place, target.String()+" is not a target", "use tenant, developer, miniprogram or several of them")
	}
	if _, declared := c.actions[action]; declared {
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
	}
	c.checkText(place+".name", role.Name, longestRoleName)
	c.checkText(place+".description", role.Description, longestDescription)
	if _, defined := c.roles[role.ID]; defined {
		c.report(place, fmt.Sprintf("role %s is defined twice", suggest.Quote(string(role.ID))),
			"give it another id, or use extend to add permissions")
		return
	}
	c.roles[role.ID] = role.Kind
}

func (c *checker) checkName(place, name string) {
	if !isName(name) {
		c.report(place, "invalid name "+suggest.Quote(name), `use [a-z][a-z0-9_]* with "." between parts, 64 bytes at most`)
	}
}

func (c *checker) checkText(place, text string, longest int) {
	switch {
	case len(text) > longest:
		c.report(place, fmt.Sprintf("%d bytes are too many", len(text)), fmt.Sprintf("use %d at most", longest))
	case !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError):
		c.report(place, "text that is damaged or not UTF-8", "replace the damaged text")
	}
}

func (c *checker) checkReferences(s Spec) {
	for i := range s.Roles {
		c.checkPermissions(fmt.Sprintf("roles[%d].permissions", i), s.Roles[i].Kind, s.Roles[i].Permissions)
	}
	for _, id := range slices.Sorted(maps.Keys(s.Extend)) {
		place := fmt.Sprintf("extend[%s]", suggest.Quote(string(id)))
		c.checkRole(place, id)
		c.checkPermissions(place, c.roles[id], s.Extend[id])
	}
	for i, set := range s.Exclusive {
		c.checkExclusive(fmt.Sprintf("exclusive[%d]", i), set)
	}
	for i, action := range s.FourEyes {
		c.checkAction(fmt.Sprintf("four_eyes[%d]", i), action)
	}
	c.mergeBounds("at_least", s.AtLeast, c.atLeast, func(a, b int) int { return max(a, b) })
	c.mergeBounds("at_most", s.AtMost, c.atMost, func(a, b int) int { return min(a, b) })
}

func (c *checker) checkRole(place string, id RoleID) {
	if _, defined := c.roles[id]; defined {
		return
	}
	if c.whole {
		c.unknown(c.place+place, "role", string(id), asStrings(maps.Keys(c.roles)), "define it in roles")
	} else {
		c.checkName(place, string(id))
	}
}

func (c *checker) checkAction(place string, action Action) {
	if _, declared := c.actions[action]; declared {
		return
	}
	if c.whole {
		c.unknown(c.place+place, "action", string(action), asStrings(maps.Keys(c.actions)), "declare it in actions")
	} else {
		c.checkName(place, string(action))
	}
}

// checkPermissions looks for problems in map order and sorts only what is wrong,
// because large policies are mostly right.
func (c *checker) checkPermissions(place string, kind WorkspaceKind, permissions Permissions) {
	var wrong []Action
	for action, scope := range permissions {
		target, declared := c.actions[action]
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
		if hint := scopeProblem(kind, c.actions[action], scope); hint != "" {
			c.report(fmt.Sprintf("%s[%s]", place, suggest.Quote(string(action))), problem, hint)
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

func (c *checker) checkExclusive(place string, set []RoleID) {
	distinct := make(map[RoleID]bool, len(set))
	for i, id := range set {
		role := fmt.Sprintf("%s[%d]", place, i)
		c.checkRole(role, id)
		if distinct[id] {
			c.report(role, fmt.Sprintf("role %s is repeated", suggest.Quote(string(id))), "name it once")
		}
		distinct[id] = true
	}
	if len(distinct) < 2 {
		c.report(place, "fewer than two roles", "name the roles of which a member may hold only one")
	}
}

// mergeBounds adds the cardinalities of one spec to those of all. The stricter of
// two counts.
func (c *checker) mergeBounds(field string, bounds, merged map[RoleID]int, stricter func(a, b int) int) {
	for _, id := range slices.Sorted(maps.Keys(bounds)) {
		place := fmt.Sprintf("%s[%s]", field, suggest.Quote(string(id)))
		c.checkRole(place, id)
		bound := bounds[id]
		if bound < 0 || bound > mostHolders {
			c.report(place, fmt.Sprintf("%d holders", bound), fmt.Sprintf("use 0 to %d", mostHolders))
		}
		if other, bounded := merged[id]; bounded {
			bound = stricter(bound, other)
		}
		merged[id] = bound
	}
}

// checkBounds finds cardinalities that no workspace can keep.
func (c *checker) checkBounds() {
	for _, id := range slices.Sorted(maps.Keys(c.atLeast)) {
		if most, bounded := c.atMost[id]; bounded && most < c.atLeast[id] {
			c.report(fmt.Sprintf("at_most[%s]", suggest.Quote(string(id))),
				fmt.Sprintf("at most %d holders, and at least %d", most, c.atLeast[id]), "raise the one or lower the other")
		}
	}
}

// asStrings yields the same names as strings.
func asStrings[S ~string](names iter.Seq[S]) iter.Seq[string] {
	return func(yield func(string) bool) {
		names(func(name S) bool { return yield(string(name)) })
	}
}

// size returns how many bytes the spec has as JSON, without writing it.
func (s *Spec) size() int {
	var fields []int
	field := func(key string, count, total int) {
		if count > 0 {
			fields = append(fields, entrySize(key, sequenceSize(count, total)))
		}
	}
	field("actions", len(s.Actions), sumOfMap(s.Actions, func(t Target) int { return wordsSize(targetNames, uint8(t)) }))
	field("roles", len(s.Roles), sum(s.Roles, Role.size))
	field("extend", len(s.Extend), sumOfMap(s.Extend, Permissions.size))
	field("exclusive", len(s.Exclusive), sum(s.Exclusive, func(set []RoleID) int {
		return sequenceSize(len(set), sum(set, func(id RoleID) int { return quotedSize(string(id)) }))
	}))
	field("four_eyes", len(s.FourEyes), sum(s.FourEyes, func(a Action) int { return quotedSize(string(a)) }))
	field("at_least", len(s.AtLeast), sumOfMap(s.AtLeast, numberSize))
	field("at_most", len(s.AtMost), sumOfMap(s.AtMost, numberSize))
	return sequenceSize(len(fields), sum(fields, func(n int) int { return n }))
}

func (r Role) size() int {
	fields := []int{entrySize("id", quotedSize(string(r.ID))), entrySize("kind", quotedSize(r.Kind.String()))}
	if r.Name != "" {
		fields = append(fields, entrySize("name", textSize(r.Name)))
	}
	if r.Description != "" {
		fields = append(fields, entrySize("description", textSize(r.Description)))
	}
	if len(r.Permissions) > 0 {
		fields = append(fields, entrySize("permissions", r.Permissions.size()))
	}
	return sequenceSize(len(fields), sum(fields, func(n int) int { return n }))
}

func (p Permissions) size() int {
	return sequenceSize(len(p), sumOfMap(p, func(s Scope) int { return wordsSize(scopeNames, uint8(s)) }))
}

// sequenceSize returns the size of an object or a list whose elements have the
// given size in total: it adds brackets and commas.
func sequenceSize(count, total int) int { return len("[]") + total + max(count-1, 0) }

func entrySize(key string, value int) int { return quotedSize(key) + len(":") + value }

// quotedSize returns the size of a text that needs no escapes.
func quotedSize(text string) int { return len(text) + len(`""`) }

// textSize returns the size of a text for people, which may need escapes.
func textSize(text string) int {
	escaped, _ := json.Marshal(text) // no string makes it fail
	return len(escaped)
}

func numberSize(n int) int { return len(strconv.Itoa(n)) }

func wordsSize(names enum.Flags, set uint8) int {
	words := names.Singles(set)
	return sequenceSize(len(words), sum(words, quotedSize))
}

func sum[E any](list []E, size func(E) int) (total int) {
	for _, element := range list {
		total += size(element)
	}
	return total
}

// sumOfMap returns the size of all entries of a map.
func sumOfMap[K ~string, V any](m map[K]V, size func(V) int) (total int) {
	for key, value := range m {
		total += entrySize(string(key), size(value))
	}
	return total
}

func tooLarge(size int) error {
	problem := fmt.Sprintf("the document has %d bytes", size)
	return &ValidationError{"", problem, fmt.Sprintf("%d are the most; define fewer roles", largestDocument)}
}
