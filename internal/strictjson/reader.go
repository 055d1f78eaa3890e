// Package strictjson reads a JSON document that can have only one meaning. These are
// errors that name their place: an unknown key, a repeated key, a null, invalid UTF-8,
// and anything after the document. encoding/json accepts all of these but the last.
//
// The caller says what it expects: an object, a list, a string, a whole number, a boolean
// or an instant. So a document is never nested deeper than the code that reads it. Raw
// reads any value, and leaves its content to the caller.
package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// Error is what is wrong with a document, and where.
type Error struct {
	Place   string // "roles[3].permissions"; empty for the document itself
	Problem string
	Hint    string
	Offset  int // of the first byte that is wrong
}

func (e *Error) Error() string {
	return strings.TrimPrefix(e.Place+": ", ": ") + e.Problem + "; " + e.Hint
}

// in returns the error with the place of one level up before its own. An error that
// has no offset yet is at the start of the value.
func in(place string, start int, err error) error {
	if e, ok := err.(*Error); ok {
		dot := ""
		if e.Place != "" && e.Place[0] != '[' {
			dot = "."
		}
		e.Place = place + dot + e.Place
		if e.Offset == 0 {
			e.Offset = start
		}
	}
	return err
}

// Reader reads one document from start to end.
type Reader struct {
	data []byte
	at   int
	tree bool // the document was written by ReadTree: it may have instants, and nobody sees its bytes
}

// Read reads a document by the given function. Only white space may follow it.
func Read(data []byte, document func(*Reader) error) error {
	if !utf8.Valid(data) {
		return &Error{Problem: "the document is not UTF-8", Hint: "save it as UTF-8", Offset: FirstInvalid(data)}
	}
	return (&Reader{data: data}).document(document)
}

func (r *Reader) document(read func(*Reader) error) error {
	if err := read(r); err != nil {
		return err
	}
	if r.peek() != 0 || r.at < len(r.data) {
		return r.unexpected("the end of the document")
	}
	return nil
}

// FirstInvalid returns the offset of the first byte that is not UTF-8, or the length.
func FirstInvalid(data []byte) int {
	for i := 0; i < len(data); {
		rune, size := utf8.DecodeRune(data[i:])
		if rune == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return len(data)
}

// Keys are the keys of an object: 64 at most.
type Keys struct{ Required, Optional []string }

// at returns the key at a position, the required ones first.
func (k *Keys) at(i int) string {
	if i < len(k.Required) {
		return k.Required[i]
	}
	return k.Optional[i-len(k.Required)]
}

// find returns the position of a key, or -1.
func (k *Keys) find(key []byte) int {
	for i := range len(k.Required) + len(k.Optional) {
		if k.at(i) == string(key) {
			return i
		}
	}
	return -1
}

// Object reads an object and calls the function at the value of each key. Any other key
// is an error, and so is a required one that is not there.
func (r *Reader) Object(keys *Keys, value func(key string) error) error {
	r.peek()
	start := r.at
	var seen uint64 // a bit for each key
	more, err := r.begin('{', '}', "an object")
	for more && err == nil {
		key, at, err := r.key()
		if err != nil {
			return err
		}
		i := keys.find(key)
		switch {
		case i < 0:
			return unknownKey(string(key), at, keys)
		case seen>>i&1 != 0:
			return repeated(string(key), at)
		}
		seen |= 1 << i
		r.peek()
		from := r.at
		if err := value(keys.at(i)); err != nil {
			return in(keys.at(i), from, err)
		}
		if more, err = r.next('}'); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	for i, key := range keys.Required {
		if seen>>i&1 == 0 {
			return &Error{Problem: "no " + key, Hint: "it is required", Offset: start}
		}
	}
	return nil
}

func unknownKey(key string, at int, keys *Keys) error {
	known := slices.Sorted(slices.Values(slices.Concat(keys.Required, keys.Optional)))
	hint := suggest.Hint(key, slices.Values(known), "known keys: "+strings.Join(known, ", "))
	return &Error{Problem: "unknown key " + suggest.Quote(key), Hint: hint, Offset: at}
}

func repeated(key string, at int) error {
	return &Error{Problem: fmt.Sprintf("key %s is repeated", suggest.Quote(key)), Hint: "keep one of the two", Offset: at}
}

// Map reads an object with any keys into dst, of which it may have no more than most, or
// any number if most is zero. What says what they are, for the error.
func Map[K ~string, V any](r *Reader, dst map[K]V, most int, what string, value func(*Reader) (V, error)) error {
	more, err := r.begin('{', '}', "an object")
	for i := 0; more && err == nil; i++ {
		if most > 0 && i == most {
			return r.tooMany(most, what)
		}
		key, at, err := r.key()
		if err != nil {
			return err
		}
		if _, seen := dst[K(key)]; seen {
			return repeated(string(key), at)
		}
		r.peek()
		start := r.at
		v, err := value(r)
		if err != nil {
			return in("["+suggest.Quote(string(key))+"]", start, err)
		}
		dst[K(key)] = v
		if more, err = r.next('}'); err != nil {
			return err
		}
	}
	return err
}

// List reads a list and calls the function at each element. There may be no more than
// most, or any number if most is zero. What says what they are, for the error.
func (r *Reader) List(most int, what string, element func(*Reader) error) error {
	more, err := r.begin('[', ']', "a list")
	for i := 0; more && err == nil; i++ {
		if most > 0 && i == most {
			return r.tooMany(most, what)
		}
		r.peek()
		start := r.at
		if err := element(r); err != nil {
			return in("["+strconv.Itoa(i)+"]", start, err)
		}
		more, err = r.next(']')
	}
	return err
}

// ListOf reads a list whose elements the function reads. An empty one is nil.
func ListOf[E any](r *Reader, most int, what string, element func(*Reader) (E, error)) (all []E, err error) {
	err = r.List(most, what, func(r *Reader) error {
		e, err := element(r)
		if all == nil {
			all = make([]E, 0, 4) // most lists are short
		}
		all = append(all, e)
		return err
	})
	return all, err
}

// begin reads the start of an object or a list, and reports whether an element follows.
func (r *Reader) begin(opening, closing byte, what string) (bool, error) {
	if r.peek() != opening {
		return false, r.unexpected(what)
	}
	r.at++
	if r.peek() == closing {
		r.at++
		return false, nil
	}
	return true, nil
}

// next reads what comes after an element, and reports whether another follows.
func (r *Reader) next(closing byte) (bool, error) {
	switch r.peek() {
	case ',':
		r.at++
		return true, nil
	case closing:
		r.at++
		return false, nil
	}
	return false, r.unexpected(fmt.Sprintf("',' or %q", closing))
}

func (r *Reader) tooMany(most int, what string) error {
	r.peek()
	return &Error{Problem: fmt.Sprintf("more than %d %s", most, what), Hint: "leave some out", Offset: r.at}
}

// key reads a key of an object and the colon after it. It returns the offset of the key,
// too.
func (r *Reader) key() (key []byte, at int, err error) {
	r.peek()
	at = r.at
	key, err = r.text()
	if err != nil {
		return nil, at, in("", at, err)
	}
	if r.peek() != ':' {
		return nil, at, r.unexpected("':' after the key " + suggest.Quote(string(key)))
	}
	r.at++
	return key, at, nil
}

// String reads a string. It refuses U+FFFD, which stands for damaged text, and half
// a surrogate pair, which decodes to U+FFFD.
func (r *Reader) String() (string, error) {
	text, err := r.text()
	return string(text), err
}

// text is String without a copy.
func (r *Reader) text() ([]byte, error) {
	if r.peek() != '"' {
		return nil, r.unexpected("a string")
	}
	ascii := true
	for i := r.at + 1; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == '"':
			text := r.data[r.at+1 : i]
			r.at = i + 1
			if ascii {
				return text, nil
			}
			return text, intact(text)
		case c == '\\':
			return r.escaped()
		case c < ' ':
			return nil, r.unexpected("a string without control characters")
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return nil, r.unexpected("a string that ends")
}

// escaped reads a string that has escapes in it.
func (r *Reader) escaped() ([]byte, error) {
	end := r.at + 1
	for end < len(r.data) && r.data[end] != '"' {
		if r.data[end] == '\\' {
			end++
		}
		end++
	}
	var s string
	if end >= len(r.data) || json.Unmarshal(r.data[r.at:end+1], &s) != nil {
		return nil, r.unexpected("a well-formed string")
	}
	r.at = end + 1
	return []byte(s), intact([]byte(s))
}

func intact(text []byte) error {
	if bytes.ContainsRune(text, utf8.RuneError) {
		return &Error{Problem: "text with U+FFFD, which stands for damaged text", Hint: "replace the damaged text"}
	}
	return nil
}

// Bool reads true or false.
func (r *Reader) Bool() (bool, error) {
	switch r.peek(); {
	case bytes.HasPrefix(r.data[r.at:], []byte("true")):
		r.at += len("true")
		return true, nil
	case bytes.HasPrefix(r.data[r.at:], []byte("false")):
		r.at += len("false")
		return false, nil
	}
	return false, r.unexpected("true or false")
}

// Time reads an instant as RFC 3339 writes it. It refuses a fraction of more than nine
// digits, which would be cut.
func (r *Reader) Time() (t time.Time, err error) {
	text, err := r.instant()
	if err != nil {
		return time.Time{}, err
	}
	if t.UnmarshalText([]byte(text)) != nil || !isRFC3339(text) {
		return time.Time{}, &Error{Problem: suggest.Quote(text) + " is no instant", Hint: "write it as 2027-01-31T00:00:00Z"}
	}
	return t, nil
}

// isRFC3339 refuses what package time reads beyond RFC 3339 (go.dev/issue/54580): an hour
// of one digit, a comma, an offset of a day and more. It refuses a tenth digit, too.
func isRFC3339(text string) bool {
	const seconds = "2006-01-02T15:04:05"
	if text[len("2006-01-02T15")] != ':' {
		return false
	}
	zone := strings.TrimLeft(text[len(seconds):], ".0123456789")
	digits := len(text) - len(seconds) - len(".") - len(zone)
	return digits <= 9 && zone[0] != ',' && (zone == "Z" || zone[1:3] < "24" && zone[4:] < "60")
}

// Int reads a whole number from 0 to the largest int32.
func (r *Reader) Int() (int, error) {
	r.peek()
	rest := r.data[r.at:]
	digits := rest[:len(rest)-len(bytes.TrimLeft(rest, "0123456789"))]
	next := rest[len(digits):min(len(digits)+1, len(rest))]
	n, err := strconv.ParseInt(string(digits), 10, 32)
	if err != nil || len(digits) > 1 && digits[0] == '0' || bytes.ContainsAny(next, ".eE") {
		return 0, r.unexpected("a whole number from 0 to 2147483647")
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
	problem := "found " + r.found()
	if !r.tree {
		problem += " at byte " + strconv.Itoa(r.at)
	}
	return &Error{Problem: problem, Hint: "expected " + wanted, Offset: r.at}
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
	case c == instantMark && r.tree:
		return "an instant"
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
