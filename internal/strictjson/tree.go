package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac/internal/canonical"
)

// instantMark begins an instant in a document that comes from a tree. JSON has no such
// value, and only Time reads it.
const instantMark = '@'

const (
	deepest = 32       // no document of the library is nested as deep
	largest = 16 << 20 // bytes as JSON, as in every document of the library
)

// ReadTree reads a document that a decoder of YAML has made a tree of: maps, lists,
// texts, numbers, booleans and instants. The same rules hold as for Read.
func ReadTree(tree any, document func(*Reader) error) error {
	data, err := appendTree(nil, tree, 0)
	if err != nil {
		return err
	}
	if len(data) > largest {
		return tooLarge()
	}
	return (&Reader{data: data, tree: true}).document(document)
}

// instant reads the text of an instant, or an instant of a tree.
func (r *Reader) instant() (string, error) {
	if !r.tree || r.peek() != instantMark {
		return r.String()
	}
	end := r.at + 1
	for end < len(r.data) && r.data[end] != instantMark {
		end++
	}
	text := string(r.data[r.at+1 : end])
	r.at = end + 1
	return text, nil
}

func tooLarge() error {
	return &Error{Problem: "the document has more than 16 MiB as JSON", Hint: "leave something out"}
}

func appendTree(to []byte, tree any, depth int) ([]byte, error) {
	switch {
	case depth > deepest:
		return nil, &Error{Problem: "the document is nested too deeply", Hint: "write it as the documentation shows"}
	case len(to) > largest:
		return nil, tooLarge()
	}
	switch v := tree.(type) {
	case nil:
		return append(to, "null"...), nil
	case string:
		if !utf8.ValidString(v) {
			return nil, &Error{Problem: "text that is not UTF-8", Hint: "replace the damaged text"}
		}
		return canonical.AppendString(to, v), nil
	case bool:
		return strconv.AppendBool(to, v), nil
	case int:
		return strconv.AppendInt(to, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(to, v, 10), nil
	case uint64:
		return strconv.AppendUint(to, v, 10), nil
	case float64:
		return appendFloat(to, v), nil
	case time.Time:
		return append(v.AppendFormat(append(to, instantMark), time.RFC3339Nano), instantMark), nil
	case []any:
		return appendList(to, v, depth)
	case map[string]any:
		return appendMap(to, v, depth)
	case map[any]any:
		return appendAnyMap(to, v, depth)
	}
	return nil, &Error{Problem: fmt.Sprintf("a value of type %T", tree), Hint: "write it as the documentation shows"}
}

// appendFloat writes a number so that it is never read as a whole one.
func appendFloat(to []byte, f float64) []byte {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return append(to, "0.5"...)
	}
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return append(to, text...)
}

func appendList(to []byte, list []any, depth int) (_ []byte, err error) {
	to = append(to, '[')
	for i, element := range list {
		if i > 0 {
			to = append(to, ',')
		}
		if to, err = appendTree(to, element, depth+1); err != nil {
			return nil, in("["+strconv.Itoa(i)+"]", 0, err)
		}
	}
	return append(to, ']'), nil
}

func appendMap(to []byte, m map[string]any, depth int) (_ []byte, err error) {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	to = append(to, '{')
	for i, key := range keys {
		if i > 0 {
			to = append(to, ',')
		}
		if to, err = appendTree(to, key, depth+1); err != nil {
			return nil, err
		}
		if to, err = appendTree(append(to, ':'), m[key], depth+1); err != nil {
			return nil, in(key, 0, err)
		}
	}
	return append(to, '}'), nil
}

func appendAnyMap(to []byte, m map[any]any, depth int) ([]byte, error) {
	texts := make(map[string]any, len(m))
	for key, value := range m {
		text, ok := key.(string)
		if !ok {
			return nil, &Error{Problem: fmt.Sprintf("the key %v is no text", key), Hint: "quote it"}
		}
		texts[text] = value
	}
	return appendMap(to, texts, depth)
}

// Tree returns a document in JSON as maps, lists, texts, booleans and whole numbers, for
// an encoder of YAML.
func Tree(document []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	return withInts(tree), nil
}

func withInts(tree any) any {
	switch v := tree.(type) {
	case json.Number:
		n, _ := v.Int64() // the library writes no other numbers
		return n
	case []any:
		for i, element := range v {
			v[i] = withInts(element)
		}
	case map[string]any:
		for key, value := range v {
			v[key] = withInts(value)
		}
	}
	return tree
}
