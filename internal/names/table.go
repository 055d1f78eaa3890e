// Package names finds what belongs to a name, in a set of names that is fixed
// when it is built.
//
// A policy looks up an action and a role on every check, so the lookup is most
// of what a check costs. A general-purpose map hashes every byte of a key; the
// names of a policy are told apart by their ends and their length, which two
// loads and one multiplication mix.
package names

import (
	"math/bits"
)

// Table maps each name of a fixed set to a value. The zero Table holds nothing.
// A Table never changes once built, so any number of goroutines may use it.
type Table[V any] struct {
	slots  []slot[V]
	probes int           // the most slots that finding a name takes
	alike  map[string]*V // in place of the slots, where too many names share their ends
}

type slot[V any] struct {
	name  string
	value *V // nil in an empty slot
}

// longestProbe is how many slots a lookup may visit. Names that were chosen to
// collide would need more; they go into a map, whose hash nobody can aim at.
const longestProbe = 16

// slotsPerName keeps probes short: most names stand in the first slot visited.
const slotsPerName = 4

// New returns the table of the given names, each with the value of the same
// position. Of two equal names the first counts.
func New[V any](names []string, values []V) Table[V] {
	if len(names) == 0 {
		return Table[V]{}
	}
	size := 1 << bits.Len(uint(slotsPerName*len(names)-1))
	t := Table[V]{slots: make([]slot[V], size)}
	for i, name := range names {
		if !t.put(name, &values[i]) {
			return Table[V]{alike: mapOf(names, values)}
		}
	}
	return t
}

// put reports whether the name came to stand within the longest probe.
func (t *Table[V]) put(name string, value *V) bool {
	for at, probe := hash(name), 1; probe <= longestProbe; at, probe = at+1, probe+1 {
		s := t.slot(at)
		if s.value == nil {
			*s = slot[V]{name, value}
			t.probes = max(t.probes, probe)
			return true
		}
		if s.name == name {
			return true
		}
	}
	return false
}

func mapOf[V any](names []string, values []V) map[string]*V {
	m := make(map[string]*V, len(names))
	for i, name := range names {
		if m[name] == nil {
			m[name] = &values[i]
		}
	}
	return m
}

// slot returns the slot that a hash, or one counted up from it, leads to. The
// number of slots is a power of two.
func (t *Table[V]) slot(at uint64) *slot[V] { return &t.slots[at&uint64(len(t.slots)-1)] }

// Find returns the value that belongs to a name, and nil for a name that is not
// in the table.
func (t *Table[V]) Find(name string) *V {
	if len(t.slots) == 0 {
		return t.alike[name]
	}
	var head, tail uint64 // what hash returns, written out because the compiler does not inline it
	switch n := len(name); {
	case n >= 8:
		head, tail = first8(name), last8(name)
	case n >= 4:
		head, tail = first4(name), last4(name)
	default:
		head = upTo8(name)
	}
	at := mix(head, tail, len(name))
	if s := t.slot(at); s.name == name {
		return s.value
	}
	return t.search(at, name)
}

// search looks from a slot on, as far as a name can stand from its first.
func (t *Table[V]) search(at uint64, name string) *V {
	for range t.probes {
		if s := t.slot(at); s.name == name || s.value == nil {
			return s.value
		}
		at++
	}
	return nil
}

// hash says at which slot the search for a name starts.
func hash(name string) uint64 {
	switch n := len(name); {
	case n >= 8:
		return mix(first8(name), last8(name), n)
	case n >= 4:
		return mix(first4(name), last4(name), n)
	default:
		return mix(upTo8(name), 0, n)
	}
}

// mix makes a hash of the two ends of a name and its length. The rotation keeps
// ends that overlap from cancelling each other. Both halves of the product
// count: of the lower one, the lower bits know nothing of the higher bits of
// the ends.
func mix(head, tail uint64, length int) uint64 {
	high, low := bits.Mul64(head^bits.RotateLeft64(tail, 23)^uint64(length), 0x9e3779b97f4a7c15)
	return high ^ low
}
