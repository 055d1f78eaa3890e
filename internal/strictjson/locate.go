package strictjson

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Locate returns the offset of the value that a place names, such as
// `roles[3].permissions["miniprogram.view"]`, in a document that Read accepts. If it has
// no such value it returns that of the nearest one around it.
func Locate(data []byte, place string) int { return LocateAll(data, []string{place})[0] }

// LocateAll returns for each place what Locate does. It reads the document once, however
// many the places are.
func LocateAll(data []byte, places []string) []int {
	offsets := make([]int, len(places))
	root := &wanted{}
	for i, place := range places {
		node := root
		for place != "" {
			var step segment
			step, place = nextSegment(place)
			node = node.child(step)
		}
		node.places = append(node.places, i)
	}
	r := &Reader{data: data}
	_ = r.resolve(root, offsets)
	return offsets
}

// Position is a place in a text. Both numbers count from 1. Columns count bytes, as those
// of the Go compiler do.
type Position struct{ Line, Column int }

// LineAndColumn returns where an offset is.
func LineAndColumn(data []byte, offset int) (line, column int) {
	p := Positions(data, []int{offset})[0]
	return p.Line, p.Column
}

// Positions returns where each offset is. It reads the document once, however many the
// offsets are.
func Positions(data []byte, offsets []int) []Position {
	order := make([]int, len(offsets))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(offsets[i], offsets[j]) })
	positions := make([]Position, len(offsets))
	at, now := 0, Position{1, 1}
	for _, i := range order {
		passed := data[at:min(offsets[i], len(data))]
		at += len(passed)
		now.Column += len(passed)
		if newlines := bytes.Count(passed, []byte("\n")); newlines > 0 {
			now.Line += newlines
			now.Column = len(passed) - bytes.LastIndexByte(passed, '\n')
		}
		positions[i] = now
	}
	return positions
}

// segment is one step of a place: a key, or an index.
type segment struct {
	key    string
	prefix bool // the key is cut: only its start is known
	index  int  // -1 for a key
}

func nextSegment(place string) (segment, string) {
	place = strings.TrimPrefix(place, ".")
	if !strings.HasPrefix(place, "[") {
		end := strings.IndexAny(place, ".[")
		if end < 0 {
			end = len(place)
		}
		return segment{key: place[:end], index: -1}, place[end:]
	}
	if quoted, err := strconv.QuotedPrefix(place[1:]); err == nil {
		key, _ := strconv.Unquote(quoted)
		rest, cut := strings.CutPrefix(place[1+len(quoted):], "...")
		return segment{key: key, prefix: cut, index: -1}, strings.TrimPrefix(rest, "]")
	}
	inside, rest, _ := strings.Cut(place[1:], "]")
	index, err := strconv.Atoi(inside)
	if err != nil {
		return segment{index: -1}, ""
	}
	return segment{index: index}, rest
}

// wanted is a value that a place names, with what places name in it.
type wanted struct {
	places   []int // that name this value
	keys     map[string]*wanted
	indices  map[int]*wanted
	prefixes []prefixed // keys of which only the start is known
}

type prefixed struct {
	start string
	*wanted
}

func (w *wanted) child(step segment) *wanted {
	switch {
	case step.prefix:
		i := slices.IndexFunc(w.prefixes, func(p prefixed) bool { return p.start == step.key })
		if i < 0 {
			i = len(w.prefixes)
			w.prefixes = append(w.prefixes, prefixed{step.key, &wanted{}})
		}
		return w.prefixes[i].wanted
	case step.index >= 0:
		return childOf(&w.indices, step.index)
	}
	return childOf(&w.keys, step.key)
}

func childOf[K comparable](children *map[K]*wanted, key K) *wanted {
	if *children == nil {
		*children = make(map[K]*wanted)
	}
	if (*children)[key] == nil {
		(*children)[key] = &wanted{}
	}
	return (*children)[key]
}

// key returns what is wanted of the value of a key, or nil.
func (w *wanted) key(key string) *wanted {
	if child := w.keys[key]; child != nil {
		return child
	}
	for _, p := range w.prefixes {
		if strings.HasPrefix(key, p.start) {
			return p.wanted
		}
	}
	return nil
}

// setAll gives the offset to all places that name the value or something in it.
func (w *wanted) setAll(offsets []int, at int) {
	for _, i := range w.places {
		offsets[i] = at
	}
	for _, child := range w.keys {
		child.setAll(offsets, at)
	}
	for _, child := range w.indices {
		child.setAll(offsets, at)
	}
	for _, child := range w.prefixes {
		child.setAll(offsets, at)
	}
}

// resolve reads one value and sets the offsets of the places in it. What is not found
// keeps the offset of the value around it.
func (r *Reader) resolve(w *wanted, offsets []int) error {
	first := r.peek()
	w.setAll(offsets, r.at)
	seen := make(map[*wanted]bool) // of two keys with the same start the first counts
	enter := func(child *wanted) error {
		if child == nil || seen[child] {
			return r.skip()
		}
		seen[child] = true
		return r.resolve(child, offsets)
	}
	switch {
	case first == '{' && (w.keys != nil || w.prefixes != nil):
		return r.keys(func(key string) error { return enter(w.key(key)) })
	case first == '[' && w.indices != nil:
		i := -1
		return r.List(0, "", func(*Reader) error {
			i++
			return enter(w.indices[i])
		})
	}
	return r.skip()
}

// keys reads an object and calls the function at the value of each key.
func (r *Reader) keys(value func(key string) error) error {
	more, err := r.begin('{', '}', "an object")
	for more && err == nil {
		key, _, err := r.key()
		if err != nil {
			return err
		}
		if err := value(string(key)); err != nil {
			return err
		}
		if more, err = r.next('}'); err != nil {
			return err
		}
	}
	return err
}

// skip goes past one value.
func (r *Reader) skip() error {
	depth := 0
	for {
		switch r.peek() {
		case 0:
			return r.unexpected("a value")
		case '"':
			if _, err := r.text(); err != nil {
				return err
			}
		case '{', '[':
			depth++
			r.at++
		case '}', ']':
			depth--
			r.at++
		case ',', ':':
			r.at++
		default:
			for r.at < len(r.data) && !strings.ContainsRune(",:]} \t\r\n", rune(r.data[r.at])) {
				r.at++
			}
		}
		if depth == 0 {
			return nil
		}
	}
}
