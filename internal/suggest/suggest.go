// Package suggest finds the known word that a misspelt one was meant to be, for
// the hint at the end of an error.
package suggest

import (
	"fmt"
	"iter"
)

// longest bounds the work on a hostile word, in bytes; no name of the library is
// longer.
const longest = 64

// Hint returns "did you mean ...?" with the known word nearest to the given
// one, and otherwise where no known word is near. Of two that are equally near
// the one that sorts first is named, so that the hint does not depend on order.
func Hint(word string, known iter.Seq[string], otherwise string) string {
	nearest, best := "", min(len(word)/3+1, 4)
	for k := range known {
		if d := distance(word, k, best); d < best || d == best && (nearest == "" || k < nearest) {
			nearest, best = k, d
		}
	}
	if nearest == "" {
		return otherwise
	}
	return fmt.Sprintf("did you mean %q?", nearest)
}

// Quote quotes a word that may be anything, and no more of it than the longest
// name has.
func Quote(word string) string {
	if len(word) > longest {
		return fmt.Sprintf("%q...", word[:longest])
	}
	return fmt.Sprintf("%q", word)
}

// distance is the number of letters to change, insert, drop or swap with their
// neighbour, and something above the limit for all that is farther.
func distance(a, b string, limit int) int {
	if len(a) > longest || len(b) > longest || len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	var before, last, row [longest + 1]int
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+differ(a[i], b[j]))
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

func differ(a, b byte) int {
	switch {
	case a == b:
		return 0
	case a|0x20 == b|0x20 && 'a' <= a|0x20 && a|0x20 <= 'z':
		return 0 // a mis-cased word is as good as found
	}
	return 1
}
