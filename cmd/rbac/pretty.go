package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/miniprogram-platform/rbac/internal/canonical"
	"github.com/miniprogram-platform/rbac/internal/load"
)

// The order of keys in the form for people. Keys that are not here are names of actions
// and roles, and sorted.
var (
	documentKeys = []string{
		"$schema", "actions", "labels", "roles", "extend", "administers", "exclusive", "four_eyes", "at_least", "at_most",
	}
	roleKeys  = []string{"id", "kind", "workspace", "name", "description", "permissions"}
	labelKeys = []string{"name", "group"}
	placeKeys = []string{"kind", "id", "tenant"}
)

// longestLine is how wide a line may be before a list is broken, with its indentation.
const longestLine = 100

// pretty returns the document in the form for people. It arranges the canonical bytes,
// in which every list has its order already.
func pretty(document *load.Document) ([]byte, error) {
	canonicalForm, err := document.Spec.Canonical()
	if err != nil {
		return nil, err
	}
	root, err := readTree(json.NewDecoder(bytes.NewReader(canonicalForm)))
	if err != nil {
		return nil, err
	}
	if schema := document.Schema(); schema != "" {
		root.keys = append(root.keys, "$schema")
		root.values = append(root.values, &tree{scalar: quote(schema)})
	}
	root.arrange(documentKeys)
	return root.print(), nil
}

// printPretty writes a value in the same form, with its keys sorted.
func (c *call) printPretty(value any) error {
	document, err := json.Marshal(value)
	if err != nil {
		return err
	}
	root, err := readTree(json.NewDecoder(bytes.NewReader(document)))
	if err != nil {
		return err
	}
	c.out.Write(root.print())
	return nil
}

func (t *tree) print() []byte {
	var p printer
	p.value(t, 0, 0)
	p.WriteByte('\n')
	return p.Bytes()
}

func quote(text string) string { return string(canonical.AppendString(nil, text)) }

// tree is a JSON value whose keys have an order.
type tree struct {
	open   byte // '{', '[' or 0 for a scalar
	scalar string
	keys   []string
	values []*tree
}

func readTree(d *json.Decoder) (*tree, error) {
	d.UseNumber()
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case string:
		return &tree{scalar: quote(token)}, nil
	case json.Number:
		return &tree{scalar: token.String()}, nil
	case json.Delim:
		return readContents(d, byte(token))
	}
	return &tree{scalar: fmt.Sprint(token)}, nil // true or false
}

func readContents(d *json.Decoder, open byte) (*tree, error) {
	t := &tree{open: open}
	for d.More() {
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			t.keys = append(t.keys, key.(string))
		}
		value, err := readTree(d)
		if err != nil {
			return nil, err
		}
		t.values = append(t.values, value)
	}
	_, err := d.Token()
	return t, err
}

// arrange puts the keys of an object in the given order, and those of what is known to
// be in it.
func (t *tree) arrange(order []string) {
	keys, values := t.keys, t.values
	t.keys, t.values = nil, nil
	for _, wanted := range order {
		for i, key := range keys {
			if key == wanted {
				t.keys, t.values = append(t.keys, key), append(t.values, values[i])
			}
		}
	}
	for i, key := range t.keys {
		switch value := t.values[i]; key {
		case "labels":
			value.arrangeEach(labelKeys)
		case "roles":
			value.arrangeEach(roleKeys)
		case "workspace":
			value.arrange(placeKeys)
		}
	}
}

func (t *tree) arrangeEach(order []string) {
	for _, value := range t.values {
		value.arrange(order)
	}
}

// printer writes a tree with two spaces for each level.
type printer struct{ bytes.Buffer }

// value writes a value that begins in the given column.
func (p *printer) value(t *tree, level, column int) {
	if line, flat := t.line(); flat && (len(t.values) == 0 || column+len(line) <= longestLine) {
		p.WriteString(line)
		return
	}
	p.WriteByte(t.open)
	for i, value := range t.values {
		if i > 0 {
			p.WriteByte(',')
		}
		indentation := "\n" + strings.Repeat("  ", level+1)
		p.WriteString(indentation)
		key := ""
		if t.open == '{' {
			key = quote(t.keys[i]) + ": "
			p.WriteString(key)
		}
		p.value(value, level+1, len(indentation)+len(key))
	}
	p.WriteString("\n" + strings.Repeat("  ", level))
	p.WriteByte(t.open + 2) // the brackets of ASCII are two apart
}

// line returns a value on one line, if nothing in it is nested.
func (t *tree) line() (string, bool) {
	if t.open == 0 {
		return t.scalar, true
	}
	if len(t.values) == 0 {
		return string([]byte{t.open, t.open + 2}), true
	}
	var parts []string
	for i, value := range t.values {
		if value.open != 0 {
			return "", false
		}
		if t.open == '[' {
			parts = append(parts, value.scalar)
		} else {
			parts = append(parts, quote(t.keys[i])+": "+value.scalar)
		}
	}
	return string(t.open) + strings.Join(parts, ", ") + string(t.open+2), true
}
