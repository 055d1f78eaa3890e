// Package names finds strings in a set that is fixed when it is built.
//
// A policy looks up an action and a role on every check, so the lookup is most
// of what a check costs. A general-purpose map hashes every byte of a key; the
// names of a policy are told apart by their ends and their length, which two
// loads and one multiplication mix.
package names

import (
	"hash/maphash"
	"math/bits"
)

// Table maps each name of a fixed set to its position. The zero Table holds
// nothing. A Table never changes once built, so any number of goroutines may
// use it.
type Table struct {
	slots    []slot
	shift    uint8        // leaves the top bits of a hash: a slot's position
	probes   int          // the most slots that finding a name takes
	thorough bool         // the names share their ends: hash every byte
	seed     maphash.Seed // of the thorough hash
}

type slot struct {
	name     string
	position int32 // 1-based, so that the zero slot is empty
}

// longestProbe is how many slots a lookup may visit. Names that were chosen to
// collide would need more; the table then hashes every byte under a random
// seed, which nobody can aim at.
const longestProbe = 16

// slotsPerName keeps probes short: most names stand in the first slot visited.
const slotsPerName = 4

// New returns the table of the given names. Of two equal names the first
// counts.
func New(names []string) Table {
	if len(names) == 0 {
		return Table{}
	}
	size := bits.Len(uint(slotsPerName*len(names) - 1))
	t := Table{slots: make([]slot, 1<<size), shift: uint8(64 - size)}
	if t.fill(names, longestProbe) {
		return t
	}
	t.thorough, t.seed = true, maphash.MakeSeed()
	t.fill(names, len(names))
	return t
}

// fill puts the names into the slots, emptied, and reports whether each came to stand
// within the given number of probes.
func (t *Table) fill(names []string, limit int) bool {
	clear(t.slots)
	t.probes = 0
	for i, name := range names {
		if !t.put(name, int32(i+1), limit) {
			return false
		}
	}
	return true
}

func (t *Table) put(name string, position int32, limit int) bool {
	at := t.hash(name) >> t.shift
	for probe := 1; probe <= limit; probe++ {
		s := &t.slots[at&uint64(len(t.slots)-1)]
		if s.position == 0 {
			*s = slot{name, position}
			t.probes = max(t.probes, probe)
			return true
		}
		if s.name == name {
			return true
		}
		at++
	}
	return false
}

// Find returns the position of a name, and -1 for a name that is not in the
// table.
func (t *Table) Find(name string) int {
	var at uint64
	if !t.thorough && len(name) >= 8 {
		at = mix(word(name), word(name[len(name)-8:]), len(name)) // t.hash, inlined where it counts
	} else {
		at = t.hash(name)
	}
	at >>= t.shift & 63
	for range t.probes {
		s := &t.slots[at&uint64(len(t.slots)-1)]
		if s.name == name {
			return int(s.position) - 1
		}
		if s.position == 0 {
			return -1
		}
		at++
	}
	return -1
}

// hash says by its top bits at which slot the search for a name starts.
func (t *Table) hash(name string) uint64 {
	switch {
	case t.thorough:
		return maphash.String(t.seed, name)
	case len(name) >= 8:
		return mix(word(name), word(name[len(name)-8:]), len(name))
	}
	return mix(short(name), 0, len(name))
}

// mix makes a hash of the two ends of a name and its length. The product carries
// what differs towards the top bits, of which the table takes its slot; the
// rotation keeps ends that overlap from cancelling each other.
func mix(head, tail uint64, length int) uint64 {
	return (head ^ bits.RotateLeft64(tail, 23) ^ uint64(length)) * 0x9e3779b97f4a7c15
}

// short packs a name of fewer than eight bytes into one word.
func short(s string) (packed uint64) {
	for i := range len(s) {
		packed = packed<<8 | uint64(s[i])
	}
	return packed
}

// word reads eight bytes of a string as binary.LittleEndian.Uint64 does of a
// slice; the compiler makes one load of it.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
