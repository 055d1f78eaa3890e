package proof

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
)

// These tests run a call on a small input and on one 32 times as large, and compare the two times. A call that
// compares everything with everything else would take 1,024 times as long. They do not run in parallel, so that they
// measure the library and not each other.

const (
	smallSize = 250
	largeSize = 32 * smallSize
)

// inProportion is how many times as long the large input may take. It is well above 32, because a large input leaves
// the processor's caches and makes garbage, and well below 1,024.
const inProportion = 256.0

// growth is how many times as long the large input takes. Other work on the machine can make one measurement larger,
// but it never makes a square look like a line in all of them. So the smallest of several counts, and the first that
// is below enough ends the measuring.
func growth(ofSize func(n int) func(), enough float64) float64 {
	small, large := ofSize(smallSize), ofSize(largeSize)
	least := math.Inf(1)
	for attempt := 0; attempt < 6 && least >= enough; attempt++ {
		least = min(least, float64(quickest(large))/float64(max(quickest(small), time.Microsecond)))
	}
	return least
}

func quickest(call func()) time.Duration {
	best := time.Duration(math.MaxInt64)
	for run, begun := 0, time.Now(); run < 7 && time.Since(begun) < time.Second; run++ {
		start := time.Now()
		call()
		best = min(best, time.Since(start))
	}
	return best
}

// manyAssignments is bob with n assignments of one role, each with another mini program.
func manyAssignments(n int) rbac.Member {
	m := bobWith()
	for _, program := range programsTo(n) {
		m.Assignments = append(m.Assignments, inRole(rbac.Developer, program))
	}
	return m
}

// manyPrograms is one assignment with n mini programs.
func manyPrograms(n int) rbac.Assignment { return inRole(rbac.Developer, programsTo(n)...) }

func TestHugeMembersAreCheckedInProportion(t *testing.T) {
	exclusive := rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{
		Exclusive: [][]rbac.RoleID{{rbac.Developer, rbac.Operator}},
	}))
	admin, operator := annWith(inRole(rbac.DeveloperAdmin)), annWith(inRole(rbac.Operator))
	absent := theShop.MiniProgram("mp-none")
	tests := []struct {
		name   string
		ofSize func(n int) func()
	}{
		{"CheckAssign to a huge member", func(n int) func() {
			huge := manyAssignments(n)
			return func() { officePolicy.CheckAssign(admin, huge, inRole(rbac.Operator)) }
		}},
		{"CheckRevoke from a huge member", func(n int) func() {
			huge := manyAssignments(n)
			return func() { officePolicy.CheckRevoke(admin, huge, inRole(rbac.Developer, "mp-none")) }
		}},
		{"CheckManage by a huge member", func(n int) func() {
			huge := manyAssignments(n)
			huge.Assignments = append(huge.Assignments, inRole(rbac.DeveloperAdmin))
			colleague := staff("cy", theShop, inRole(rbac.Developer, "mp-1"))
			return func() { officePolicy.CheckManage(huge, colleague, rbac.BlockMember) }
		}},
		{"WhoCan among huge members", func(n int) func() {
			members := slices.Repeat([]rbac.Member{manyAssignments(n)}, 20)
			return func() { isEmpty(officePolicy.WhoCan(rbac.ReleaseMiniProgram, absent, slices.Values(members))) }
		}},
		{"CheckAssign of a program between huge members", func(n int) func() {
			huge, developer := manyAssignments(n), manyAssignments(n)
			developer.ID = "ann"
			developer.Assignments = append(developer.Assignments, inRole(rbac.Developer, "mp-own"))
			return func() { officePolicy.CheckAssign(developer, huge, inRole(rbac.Developer, "mp-own")) }
		}},
		{"CheckAssign of many programs by an operator, who may not", func(n int) func() {
			many := manyPrograms(n)
			return func() { officePolicy.CheckAssign(operator, bobWith(many), many) }
		}},
		{"CheckRevoke of many programs by an operator, who may not", func(n int) func() {
			many := manyPrograms(n)
			return func() { officePolicy.CheckRevoke(operator, bobWith(many), many) }
		}},
		{"CheckAssign of many programs, each held in an assignment of its own", func(n int) func() {
			many, huge := manyPrograms(n), manyAssignments(n)
			return func() { officePolicy.CheckAssign(operator, huge, many) }
		}},
		{"CheckRevoke of many programs, each held in an assignment of its own", func(n int) func() {
			many, huge := manyPrograms(n), manyAssignments(n)
			return func() { officePolicy.CheckRevoke(operator, huge, many) }
		}},
		{"CheckRevoke of many programs by one who manages them", func(n int) func() {
			many := manyPrograms(n)
			return func() { officePolicy.CheckRevoke(annWith(many), bobWith(many), many) }
		}},
		{"CheckRevoke of one program named many times", func(n int) func() {
			repeated := inRole(rbac.Developer, slices.Repeat([]string{"mp-1"}, n)...)
			return func() { officePolicy.CheckRevoke(annWith(manyPrograms(n)), bobWith(manyPrograms(n)), repeated) }
		}},
		{"CheckManage of an invitation to an exclusive role", func(n int) func() {
			huge := inStatus(rbac.StatusInvited, manyAssignments(n))
			return func() { exclusive.CheckManage(admin, huge, rbac.InviteMember) }
		}},
		{"Explain", func(n int) func() {
			huge := manyAssignments(n)
			return func() { officePolicy.Explain(huge, rbac.ReleaseMiniProgram, absent) }
		}},
		{"Explain of an exclusive role", func(n int) func() {
			huge := manyAssignments(n)
			return func() { exclusive.Explain(huge, rbac.ReleaseMiniProgram, absent) }
		}},
		{"ValidateMember", func(n int) func() {
			huge := manyAssignments(n)
			return func() { _ = officePolicy.ValidateMember(huge) }
		}},
		{"ValidateMember of an exclusive role", func(n int) func() {
			huge := manyAssignments(n)
			return func() { _ = exclusive.ValidateMember(huge) }
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Less(t, growth(test.ofSize, inProportion), inProportion, "times as long for 32 times as much")
		})
	}
}

// Diff compares one set of many roles as a set, and not once for each pair of its roles.
func TestDiffOfManyExclusiveRolesIsInProportion(t *testing.T) {
	ofSize := func(n int) func() {
		spec := rbac.Spec{Exclusive: [][]rbac.RoleID{nil}}
		for i := range n {
			id := rbac.RoleID(fmt.Sprintf("role_%d", i))
			spec.Roles = append(spec.Roles, rbac.Role{ID: id, Kind: rbac.KindTenant})
			spec.Exclusive[0] = append(spec.Exclusive[0], id)
		}
		before, after := policyOf(t, spec), policyOf(t, spec)
		return func() { rbac.Diff(before, after) }
	}
	assert.Less(t, growth(ofSize, inProportion), inProportion, "times as long for 32 times as many roles")
}
