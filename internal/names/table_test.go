package names

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tableOf gives each name its position as the value.
func tableOf(list []string) Table[int] {
	positions := make([]int, len(list))
	for i := range positions {
		positions[i] = i
	}
	return New(list, positions)
}

// position is where the name stands in the list that the table was made of, and -1 for a name that does not.
func position(t *Table[int], name string) int {
	if at := t.Find(name); at != nil {
		return *at
	}
	return -1
}

// requireAgrees holds a table to a plain search of the list, which is what it stands for.
func requireAgrees(t *testing.T, list []string, others ...string) {
	t.Helper()
	table, first := tableOf(list), make(map[string]int)
	for i, name := range list {
		if _, known := first[name]; !known {
			first[name] = i
		}
		require.Equal(t, first[name], position(&table, name), "position of %q among %d names", name, len(list))
	}
	for _, name := range others {
		if _, known := first[name]; !known {
			require.Equal(t, -1, position(&table, name), "position of the unknown %q among %d names", name, len(list))
		}
	}
}

func TestTheZeroTableHoldsNothing(t *testing.T) {
	t.Parallel()
	var zero Table[int]
	for _, table := range []Table[int]{zero, tableOf(nil), tableOf([]string{})} {
		for _, name := range []string{"", "a", "miniprogram.release", strings.Repeat("a", 70)} {
			assert.Nil(t, table.Find(name), "value of %q", name)
		}
	}
}

func TestANameIsFoundWhateverItsLength(t *testing.T) {
	t.Parallel()
	var list, others []string
	for length := range 71 {
		list = append(list, strings.Repeat("a", length))
		others = append(others, strings.Repeat("b", length), strings.Repeat("a", length)+"\x00")
	}
	requireAgrees(t, list, others...)
	for _, name := range list {
		requireAgrees(t, []string{name}, append(others, list...)...)
	}
}

func TestANameDiffersInEveryByte(t *testing.T) {
	t.Parallel()
	for length := 1; length <= 70; length++ {
		name := strings.Repeat("a", length)
		var others []string
		for i := range length {
			others = append(others, name[:i]+"b"+name[i+1:], name[:i]+name[i+1:], name[:i]+"a"+name[i:])
		}
		requireAgrees(t, []string{name}, others...)
		requireAgrees(t, append(others, name))
	}
}

func TestTheEmptyNameIsANameLikeAnyOther(t *testing.T) {
	t.Parallel()
	requireAgrees(t, []string{""}, "a")
	requireAgrees(t, []string{"a", "", "b"}, "c")
	requireAgrees(t, []string{"a", "b"}, "")
}

func TestOfEqualNamesTheFirstCounts(t *testing.T) {
	t.Parallel()
	requireAgrees(t, []string{"a", "b", "a", "c", "b", "a"}, "d")
	requireAgrees(t, append(colliding(100), colliding(100)...), colliding(101)...)
}

// someName is short and of few letters, so that names repeat and resemble each other.
func someName(random *rand.Rand) string {
	name := make([]byte, random.IntN(20))
	for i := range name {
		name[i] = "ab\x00\xff"[random.IntN(4)]
	}
	return string(name)
}

func TestRandomSetsAreFound(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(2, 2))
	for range 300 {
		list, others := make([]string, random.IntN(200)), make([]string, 200)
		for i := range list {
			list[i] = someName(random)
		}
		for i := range others {
			others[i] = someName(random)
		}
		requireAgrees(t, list, others...)
	}
}

// colliding names have the same length and the same ends, which is all that the hash looks at.
func colliding(number int) []string {
	list := make([]string, number)
	for i := range list {
		list[i] = fmt.Sprintf("aaaaaaaa%08dbbbbbbbb", i)
	}
	return list
}

func TestNamesChosenToCollideAreFound(t *testing.T) {
	t.Parallel()
	for number := range 40 {
		requireAgrees(t, colliding(number), colliding(41)...)
	}
	requireAgrees(t, colliding(5_000), colliding(5_100)...)
}

// A hash that multiplies has heads which leave nothing of the tail.
func TestNamesWithAHostileHeadAreFound(t *testing.T) {
	t.Parallel()
	for _, head := range []string{
		"\x15\x7c\x4a\x7f\xb9\x79\x37\x9e", "\x93\xfd\x59\x66\xb8\xfe\xe8\xd6",
		"\x00\x00\x00\x00\x00\x00\x00\x00", "\xff\xff\xff\xff\xff\xff\xff\xff",
	} {
		var list, others []string
		for i := range 1_000 {
			list = append(list, fmt.Sprintf("%s%08d", head, i), fmt.Sprintf("%08d%s", i, head))
			others = append(others, fmt.Sprintf("%s%08d", head, i+1_000))
		}
		requireAgrees(t, list, others...)
		assert.Less(t, tableOf(list).probes, 100, "slots visited for 2,000 names of the head %q", head)
	}
}

func TestNamesChosenToCollideGoIntoAMap(t *testing.T) {
	t.Parallel()
	few := tableOf(colliding(longestProbe))
	assert.Nil(t, few.alike, "%d colliding names find their slots", longestProbe)
	assert.Equal(t, longestProbe, few.probes, "slots visited for %d colliding names", longestProbe)

	many := tableOf(colliding(longestProbe + 1))
	assert.Empty(t, many.slots, "%d colliding names are not in slots", longestProbe+1)
	assert.Len(t, many.alike, longestProbe+1, "%d colliding names are in a map", longestProbe+1)
}

func TestTheNamesOfAPolicyFindTheirSlots(t *testing.T) {
	t.Parallel()
	list := make([]string, 0, 10_000)
	for i := range cap(list) {
		list = append(list, fmt.Sprintf("role_%d", i))
	}
	table := tableOf(list)
	assert.Nil(t, table.alike)
	assert.LessOrEqual(t, table.probes, longestProbe)
	requireAgrees(t, list, "role_10000", "role_", "role_00")
}

// Each byte of the ends of a name has a say in the hash, and so has its length: without it, all of these would start
// their search at the same slot.
func TestEveryByteOfTheEndsTellsNamesApart(t *testing.T) {
	t.Parallel()
	for length := 1; length <= 20; length++ {
		for at := range length {
			if at >= 8 && at < length-8 {
				continue // the hash does not look there
			}
			table := tableOf(alike(length, at))
			assert.Nil(t, table.alike, "64 names that differ in byte %d of %d need a map", at, length)
		}
	}
	var lengths []string
	for length := range 1_000 {
		lengths = append(lengths, strings.Repeat("a", length))
	}
	assert.Nil(t, tableOf(lengths).alike, "1,000 names of one letter and different lengths need a map")
}

// alike are names of that length that differ in one byte.
func alike(length, at int) []string {
	list := make([]string, 64)
	for i := range list {
		name := []byte(strings.Repeat("a", length))
		name[at] = byte(' ' + i)
		list[i] = string(name)
	}
	return list
}

func TestATableIsFourTimesAsLargeAsItsNames(t *testing.T) {
	t.Parallel()
	for number, slots := range map[int]int{
		1: 4, 2: 8, 3: 16, 4: 16, 5: 32, 8: 32, 9: 64, 1_000: 4_096, 1_024: 4_096, 1_025: 8_192,
	} {
		list := make([]string, number)
		for i := range list {
			list[i] = fmt.Sprintf("n%d", i)
		}
		assert.Len(t, tableOf(list).slots, slots, "slots for %d names", number)
	}
}

// Names that should stand in the last slot go on to the first.
func TestASearchGoesOnAtTheStart(t *testing.T) {
	t.Parallel()
	var list []string
	for i := 0; len(list) < 2; i++ {
		name := fmt.Sprintf("name-%d", i)
		if slots := tableOf([]string{name, "other"}).slots; slots[len(slots)-1].name == name {
			list = append(list, name)
		}
	}
	table := tableOf(list)
	require.Equal(t, list[0], table.slots[len(table.slots)-1].name)
	require.Equal(t, list[1], table.slots[0].name)
	requireAgrees(t, list, "1", "2", "")
}

// Where the slots visited are all taken, a search ends after as many as the farthest name needs.
func TestASearchEndsInAFullStretch(t *testing.T) {
	t.Parallel()
	table := tableOf(colliding(longestProbe))
	for _, name := range colliding(longestProbe + 5)[longestProbe:] {
		assert.Nil(t, table.Find(name), "value of %q, which collides and is not there", name)
	}
}

func TestFindAllocatesNothing(t *testing.T) {
	quick, full := tableOf([]string{"miniprogram.release", "short"}), tableOf(colliding(20))
	for name, table := range map[string]*Table[int]{"quick": &quick, "colliding": &full} {
		found := 0
		allocations := testing.AllocsPerRun(100, func() {
			found += position(table, "miniprogram.release") + position(table, "short")
			found += position(table, "aaaaaaaa00000001bbbbbbbb")
		})
		assert.Zero(t, allocations, "allocations of three searches in the %s table", name)
	}
}
