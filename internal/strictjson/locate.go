package strictjson

import (
	"strconv"
	"strings"
)

// Locate returns the offset of the value that a place names, such as
// `roles[3].permissions["miniprogram.view"]`, in a document that Read accepts. If it has
// no such value it returns that of the nearest one around it.
func Locate(data []byte, place string) int {
	r := &Reader{data: data}
	r.peek()
	for place != "" {
		var step segment
		step, place = nextSegment(place)
		at := r.at
		if !r.enter(step) {
			return at
		}
		r.peek()
	}
	return r.at
}

// LineAndColumn returns where an offset is, both from 1. Columns count bytes, as those
// of the Go compiler do.
func LineAndColumn(data []byte, offset int) (line, column int) {
	before := string(data[:min(offset, len(data))])
	return 1 + strings.Count(before, "\n"), len(before) - strings.LastIndexByte(before, '\n')
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

// enter goes to the value that a segment names, and reports whether there is one.
func (r *Reader) enter(step segment) bool {
	found := -1
	if step.index >= 0 {
		_ = r.List(0, "", func(r *Reader) error {
			if step.index == 0 {
				found = r.at
			}
			step.index--
			return r.skip()
		})
	} else {
		_ = r.members(0, "", func(key string, _ int) error {
			if found < 0 && (key == step.key || step.prefix && strings.HasPrefix(key, step.key)) {
				r.peek()
				found = r.at
			}
			return r.skip()
		})
	}
	if found < 0 {
		return false
	}
	r.at = found
	return true
}

// skip goes past one value.
func (r *Reader) skip() error {
	depth := 0
	for {
		switch r.peek() {
		case 0:
			return r.unexpected("a value")
		case '"':
			if _, err := r.String(); err != nil {
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
