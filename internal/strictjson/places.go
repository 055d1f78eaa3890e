package strictjson

import (
	"slices"
	"strings"
)

// Raw reads any one value and returns its bytes. It looks only at where the value ends:
// who reads the bytes finds what is wrong inside.
func (r *Reader) Raw() ([]byte, error) {
	first := r.peek()
	start := r.at
	if first != '{' && first != '[' {
		err := r.skip()
		return r.data[start:r.at], err
	}
	depth := 0
	for r.at < len(r.data) {
		switch c := r.data[r.at]; c {
		case '"':
			r.skipString()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		r.at++
		if depth == 0 {
			return r.data[start:r.at], nil
		}
	}
	return nil, r.unexpected("a value that ends")
}

// skipString goes past a string, or to the end of the document.
func (r *Reader) skipString() {
	for r.at++; r.at < len(r.data); r.at++ {
		switch r.data[r.at] {
		case '\\':
			r.at++
		case '"':
			r.at++
			return
		}
	}
	r.at = len(r.data)
}

// Offset returns where the next value starts.
func (r *Reader) Offset() int {
	r.peek()
	return r.at
}

// AtString reports whether the next value is a string.
func (r *Reader) AtString() bool { return r.peek() == '"' }

// LocateAll returns for each place what Locate does. It reads the document once,
// however many the places are.
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
	seen := make(map[*wanted]bool) // of a repeated key the first counts
	enter := func(r *Reader, child *wanted) error {
		if child == nil || seen[child] {
			return r.skip()
		}
		seen[child] = true
		return r.resolve(child, offsets)
	}
	switch {
	case first == '{' && (w.keys != nil || w.prefixes != nil):
		return r.members(0, "", func(key string, _ int) error { return enter(r, w.key(key)) })
	case first == '[' && w.indices != nil:
		i := -1
		return r.List(0, "", func(r *Reader) error {
			i++
			return enter(r, w.indices[i])
		})
	}
	return r.skip()
}

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
