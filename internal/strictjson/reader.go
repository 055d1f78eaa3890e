// Package strictjson reads a JSON document that can have only one meaning. An
// unknown or repeated key, a null, a byte that is not UTF-8 and anything after the
// document are errors that name their place. encoding/json accepts the first four.
//
// The caller says what it expects: an object, a list, a string or a number.
// Nothing else is accepted, so a document is never nested deeper than the code
// that reads it.
package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// Error is what is wrong with a document, and where.
type Error struct {
	Place   string // "roles[3].permissions"; empty for the document itself
	Problem string
	Hint    string
}

func (e *Error) Error() string {
	return strings.TrimPrefix(e.Place+": ", ": ") + e.Problem + "; " + e.Hint
}

// in returns the error with the place of one level up before its own.
func in(place string, err error) error {
	if e, ok := err.(*Error); ok {
		dot := ""
		if e.Place != "" && e.Place[0] != '[' {
			dot = "."
		}
		e.Place = place + dot + e.Place
	}
	return err
}

// Reader reads one document from start to end.
type Reader struct {
	data []byte
	at   int
}

// Read reads a document by the given function. Only white space may follow it.
func Read(data []byte, document func(*Reader) error) error {
	if !utf8.Valid(data) {
		return &Error{"", "the document is not UTF-8", "save it as UTF-8"}
	}
	r := &Reader{data: data}
	if err := document(r); err != nil {
		return err
	}
	if r.peek() != 0 || r.at < len(r.data) {
		return r.unexpected("the end of the document")
	}
	return nil
}

// Fields are the keys of an object, and how to read the value of each.
type Fields map[string]func(*Reader) error

// Object reads an object. A key that is not among the fields is an error.
func (r *Reader) Object(fields Fields) error {
	seen := make(map[string]bool, len(fields))
	return r.members(func(key string) error {
		read, known := fields[key]
		switch {
		case !known:
			known := "known keys: " + strings.Join(slices.Sorted(maps.Keys(fields)), ", ")
			return &Error{"", "unknown key " + suggest.Quote(key), suggest.Hint(key, maps.Keys(fields), known)}
		case seen[key]:
			return repeated(key)
		}
		seen[key] = true
		return in(key, read(r))
	})
}

func repeated(key string) error {
	return &Error{"", fmt.Sprintf("key %s is repeated", suggest.Quote(key)), "keep one of the two"}
}

// Map reads an object with any keys into dst.
func Map[K ~string, V any](r *Reader, dst map[K]V, value func(*Reader) (V, error)) error {
	return r.members(func(key string) error {
		if _, seen := dst[K(key)]; seen {
			return repeated(key)
		}
		v, err := value(r)
		if err != nil {
			return in("["+suggest.Quote(key)+"]", err)
		}
		dst[K(key)] = v
		return nil
	})
}

// members reads an object and calls the function at the value of each key.
func (r *Reader) members(value func(key string) error) error {
	return r.sequence('{', '}', "an object", func(int) error {
		key, err := r.String()
		if err != nil {
			return err
		}
		if r.peek() != ':' {
			return r.unexpected("':' after the key " + suggest.Quote(key))
		}
		r.at++
		return value(key)
	})
}

// List reads a list and calls the function at each element.
func (r *Reader) List(element func(*Reader) error) error {
	return r.sequence('[', ']', "a list", func(i int) error {
		if err := element(r); err != nil {
			return in("["+strconv.Itoa(i)+"]", err)
		}
		return nil
	})
}

func (r *Reader) sequence(opening, closing byte, what string, element func(i int) error) error {
	if r.peek() != opening {
		return r.unexpected(what)
	}
	r.at++
	if r.peek() == closing {
		r.at++
		return nil
	}
	for i := 0; ; i++ {
		if err := element(i); err != nil {
			return err
		}
		switch r.peek() {
		case ',':
			r.at++
		case closing:
			r.at++
			return nil
		default:
			return r.unexpected(fmt.Sprintf("',' or %q", closing))
		}
	}
}

// String reads a string. It refuses U+FFFD, which stands for damaged text, and half
// a surrogate pair, which decodes to U+FFFD.
func (r *Reader) String() (string, error) {
	if r.peek() != '"' {
		return "", r.unexpected("a string")
	}
	for i := r.at + 1; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == '"':
			s := string(r.data[r.at+1 : i])
			r.at = i + 1
			return s, intact(s)
		case c == '\\':
			return r.escaped()
		case c < ' ':
			return "", r.unexpected("a string without control characters")
		}
	}
	return "", r.unexpected("a string that ends")
}

// escaped reads a string that has escapes in it.
func (r *Reader) escaped() (string, error) {
	end := r.at + 1
	for end < len(r.data) && r.data[end] != '"' {
		if r.data[end] == '\\' {
			end++
		}
		end++
	}
	var s string
	if end >= len(r.data) || json.Unmarshal(r.data[r.at:end+1], &s) != nil {
		return "", r.unexpected("a well-formed string")
	}
	r.at = end + 1
	return s, intact(s)
}

func intact(s string) error {
	if strings.ContainsRune(s, utf8.RuneError) {
		return &Error{"", "text with U+FFFD, which stands for damaged text", "replace the damaged text"}
	}
	return nil
}

// Int reads a whole number from 0 to the largest int32.
func (r *Reader) Int() (int, error) {
	r.peek()
	rest := r.data[r.at:]
	digits := rest[:len(rest)-len(bytes.TrimLeft(rest, "0123456789"))]
	next := rest[len(digits):min(len(digits)+1, len(rest))]
	n, err := strconv.ParseInt(string(digits), 10, 32)
	if err != nil || len(digits) > 1 && digits[0] == '0' || bytes.ContainsAny(next, ".eE") {
		return 0, r.unexpected("a whole number, 0 or more")
	}
	r.at += len(digits)
	return int(n), nil
}

// peek skips white space and returns the byte that follows, 0 at the end.
func (r *Reader) peek() byte {
	for r.at < len(r.data) {
		switch c := r.data[r.at]; c {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return c
		}
	}
	return 0
}

func (r *Reader) unexpected(wanted string) error {
	return &Error{"", fmt.Sprintf("found %s at byte %d", r.found(), r.at), "expected " + wanted}
}

// found names what is at the place, and quotes one character of it at most.
func (r *Reader) found() string {
	if r.at >= len(r.data) {
		return "the end"
	}
	rest := r.data[r.at:min(r.at+16, len(r.data))]
	for _, word := range []string{"null", "true", "false"} {
		if bytes.HasPrefix(rest, []byte(word)) {
			return word
		}
	}
	switch c := rest[0]; {
	case c == '{':
		return "an object"
	case c == '[':
		return "a list"
	case c == '"':
		return "a string"
	case c == '-' || '0' <= c && c <= '9':
		return "a number"
	}
	first, _ := utf8.DecodeRune(r.data[r.at:])
	return strconv.QuoteRune(first)
}
