package proof

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// damagedText is a document that is changed in one place.
type damagedText struct {
	text  []byte
	lost  string // the key that is gone or empty; an element of a list has that of the list
	twice bool   // an element of a list is repeated
}

// damagesOf are the document with each key lost, renamed, in other letters, repeated and without a value, each word in
// capitals and replaced by a number, and each value replaced by another type's.
func damagesOf(text []byte) []damagedText {
	var all []damagedText
	readNode(text).damage("the document", func(n node, lost string, twice bool) {
		all = append(all, damagedText{n.appendTo(nil), lost, twice})
	})
	return all
}

// node is a value of JSON that keeps the order of its keys, and may have one twice.
type node struct {
	open     byte     // '{', '[', or 0 for any other value
	keys     []string // of an object, as they are written
	children []node
	leaf     string
}

func readNode(text []byte) node {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return nextNode(decoder)
}

func nextNode(decoder *json.Decoder) node {
	token, err := decoder.Token()
	if err != nil {
		panic(err)
	}
	delimiter, isDelimiter := token.(json.Delim)
	if !isDelimiter {
		return node{leaf: encodedLeaf(token)}
	}
	n := node{open: byte(delimiter)}
	for decoder.More() {
		if n.open == '{' {
			n.keys = append(n.keys, nextNode(decoder).leaf)
		}
		n.children = append(n.children, nextNode(decoder))
	}
	if _, err := decoder.Token(); err != nil {
		panic(err)
	}
	return n
}

func encodedLeaf(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (n node) appendTo(text []byte) []byte {
	if n.open == 0 {
		return append(text, n.leaf...)
	}
	text = append(text, n.open)
	for i, child := range n.children {
		if i > 0 {
			text = append(text, ",\n"...)
		}
		if n.open == '{' {
			text = append(append(text, n.keys[i]...), ':')
		}
		text = child.appendTo(text)
	}
	return append(text, n.open+2) // '}' or ']'
}

// with is a copy in which a child has another key and value.
func (n node) with(i int, key string, child node) node {
	n.keys, n.children = slices.Clone(n.keys), slices.Clone(n.children)
	n.children[i] = child
	if n.open == '{' {
		n.keys[i] = key
	}
	return n
}

func (n node) without(i int) node {
	n.children = slices.Delete(slices.Clone(n.children), i, i+1)
	if n.open == '{' {
		n.keys = slices.Delete(slices.Clone(n.keys), i, i+1)
	}
	return n
}

// doubled has a child once more at the end, under the given key.
func (n node) doubled(i int, key string) node {
	n.children = append(slices.Clone(n.children), n.children[i])
	if n.open == '{' {
		n.keys = append(slices.Clone(n.keys), key)
	}
	return n
}

// damage yields the node with each of its damages. The key is the node's own.
func (n node) damage(key string, yield func(n node, lost string, twice bool)) {
	for _, other := range n.replacements(key) {
		lost := ""
		if n.open != 0 && (other == "[]" || other == "{}") {
			lost = key
		}
		yield(node{leaf: other}, lost, false)
	}
	for i, child := range n.children {
		own, ownKey := key, ""
		if n.open == '{' {
			ownKey = n.keys[i]
			own, _ = strconv.Unquote(ownKey)
			n.damageKey(i, own, yield)
		} else {
			yield(n.doubled(i, ""), "", true)
		}
		yield(n.without(i), own, false)
		child.damage(own, func(damaged node, lost string, twice bool) { yield(n.with(i, ownKey, damaged), lost, twice) })
	}
}

func (n node) damageKey(i int, key string, yield func(n node, lost string, twice bool)) {
	long := strings.ReplaceAll(key, "s", "\u017f")
	for _, other := range []string{
		"", key + "s", key + " ", long, strings.ToUpper(key), strings.ToUpper(key[:1]) + key[1:],
	} {
		if other != key {
			yield(n.with(i, strconv.Quote(other), n.children[i]), "", false)
		}
	}
	escaped := `"\u00` + strconv.FormatInt(int64(key[0]), 16) + key[1:] + `"`
	for _, again := range []string{strconv.Quote(key), escaped, strconv.Quote(strings.ToUpper(key))} {
		yield(n.doubled(i, again), "", false)
	}
	yield(n.with(i, escaped, n.children[i]), "", false)
}

// replacements are values of other types, and for a word the word in capitals.
func (n node) replacements(key string) []string {
	switch {
	case n.open != 0:
		return []string{"null", "1", "true", `"x"`, "{}", "[]"}
	case n.leaf[0] != '"':
		return []string{"null", strconv.Quote(n.leaf), n.leaf + ".0", n.leaf + "e0", "[]", "{}"}
	}
	others := []string{"null", "0", "1", "2", "true", `""`, "[]", "{}", "[" + n.leaf + "]"}
	if word := strings.Trim(n.leaf, `"`); key == "role" || slices.Contains(words, word) && !slices.Contains(idKeys, key) {
		others = append(others, strings.ToUpper(n.leaf), strconv.Quote(word+" "))
	}
	return others
}

var (
	words = []string{
		"invited", "active", "blocked", "withdrawn", "deleted", "own", "assigned", "workspace", "tenant", "developer",
		"miniprogram",
	}
	idKeys = []string{"id", "tenant", "mini_program", "mini_programs", "owner"}
)
