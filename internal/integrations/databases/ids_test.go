package databases

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// vocabulary is the IDs of a world. Most rows and members have one of the plain IDs, the others an ID that looks like
// one.
type vocabulary struct{ tenants, merchants, programs, people []string }

// The same ID names things of several kinds, so that a comparison of the wrong column is noticed.
var vocabularies = map[string]vocabulary{
	"words": {
		tenants:   []string{"wallet", "bank"},
		merchants: []string{"shop", "Café", "wallet"},
		programs:  append(numbered("mp-", 40), "shop", "straße"),
		people:    []string{"ann", "zoë", "wallet"},
	},
	"numbers": {
		tenants:   []string{"1", "2"},
		merchants: []string{"10", "1", "9007199254740993"},
		programs:  append(numbered("1", 40), "10", "9007199254740993"),
		people:    []string{"7", "-8", "9007199254740992"},
	},
	"uuids": {
		tenants:   []string{"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "b1eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		merchants: []string{"c2eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		programs:  numbered("d3eebc99-9c0b-4ef8-bb6d-6bb9bd380a", 40),
		people:    []string{"e4eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
	},
}

func numbered(prefix string, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s%02d", prefix, i+10)
	}
	return ids
}

// spelledOtherwise is how many of the mini programs have lookalikes.
const spelledOtherwise = 3

// all returns each ID with its lookalikes.
func (v vocabulary) all() []string {
	var ids []string
	for _, plain := range slices.Concat(v.tenants, v.merchants, v.programs[:spelledOtherwise], v.people) {
		ids = append(append(ids, plain), lookalikes(plain)...)
	}
	ids = append(ids, v.programs...)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// lookalikes returns texts that a person, a collation, a type or a piece of SQL may take for the ID.
func lookalikes(id string) []string {
	first, last := id[:1], id[len(id)-1:]
	return []string{
		"", " ", "%", "_", "NULL", "null", "0", "*", "?", "$1", "?1", ":id", "@id",
		strings.ToUpper(id), strings.ToLower(id), strings.ToUpper(first) + id[1:],
		id + " ", id + "   ", " " + id, id + "\t", id + "\n",
		id + "\u00a0", id + "\u200b", id + "\u00ad", "\ufeff" + id,
		"0" + id, "00" + id, "+" + id, id + ".0", id + ".00", id + "e0", id + "x", "-0" + id, "0x" + id,
		id + "%", "_" + id[1:], first + "%",
		id + "'", "'" + id, id + `"`, `"` + id + `"`, id + "`", id + `\`, `\` + id, id + "''", id + `\'`,
		id + "' OR '1'='1", id + "'); DROP TABLE things; --", id + "/*", id + ";", id + "?", id + "$1",
		"{" + id + "}", "[" + id + "]", `["` + id + `"]`, `{"` + id + `"}`, id + "," + id, "urn:uuid:" + id,
		strings.ReplaceAll(id, "-", ""), strings.ReplaceAll(id, "-", "_"), "{" + strings.ToUpper(id) + "}",
		fmt.Sprintf(`\x%x`, id), fmt.Sprintf("%x", id), fmt.Sprintf("x'%x'", id),
		fmt.Sprintf(`\u%04x`, id[0]) + id[1:],
		lettersOfOtherAlphabets.Replace(id), accents.Replace(id), composed.Replace(id), decomposed.Replace(id),
		expanded.Replace(id), id[:len(id)-1] + "\u0301" + last,
		id + "😀", "😀", "🦀", "\ufffd", id + "\ufffd", "\u2028" + id, "\x01" + id, id + "\x1f", "\x7f", "i\u0307", "ǆ",
		id + strings.Repeat("m", 61), id + strings.Repeat("m", 250), id + strings.Repeat("é", 300),
		"\xff", id + "\xff", id + "\xc3", "\xc0\x80" + id, id + "\xed\xa0\x80", "\xe9",
		"\x00", id + "\x00", "\x00" + id, id + "\x00x", id + " \x00",
	}
}

var (
	// The Kelvin sign, a long s, wide, Greek and Cyrillic letters, and a wide digit.
	lettersOfOtherAlphabets = strings.NewReplacer(
		"k", "\u212a", "s", "\u017f", "w", "\uff57", "o", "ο", "a", "а", "1", "\uff11")
	accents    = strings.NewReplacer("a", "à", "é", "e", "ë", "e", "o", "ö", "1", "¹", "ß", "s")
	composed   = strings.NewReplacer("e\u0301", "\u00e9", "e\u0308", "\u00eb")
	decomposed = strings.NewReplacer("\u00e9", "e\u0301", "\u00eb", "e\u0308", "l", "\u006c\u0323")
	expanded   = strings.NewReplacer("ß", "ss", "é", "e\u0301\u0301", "nn", "n\u200dn", "ll", "\u01c9")
)

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

func chance(random *rand.Rand, percent int) bool { return random.IntN(100) < percent }
