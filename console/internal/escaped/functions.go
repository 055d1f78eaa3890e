package escaped

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// isEscaper reports whether html/template adds the function to escape a value. Values are
// escaped in texts, in quoted attributes and in titles and text areas. Addresses have more
// functions, and these templates have no address that comes from outside.
func isEscaper(name string) bool {
	switch name {
	case "_html_template_htmlescaper", "_html_template_attrescaper", "_html_template_rcdataescaper":
		return true
	}
	return false
}

// replacer writes the characters that html/template writes otherwise in a text, an
// attribute in quotes, a title and a text area.
var replacer = strings.NewReplacer(
	"\x00", "\uFFFD", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

func (e *execution) function(name string, args []reflect.Value) (reflect.Value, error) {
	if isEscaper(name) && len(args) == 1 {
		return reflect.ValueOf(replacer.Replace(printed(args[0]))), nil
	}
	function, own := e.set.functions[name]
	if !own {
		return builtin(name, args)
	}
	of := function.Type()
	if of.IsVariadic() || of.NumIn() != len(args) || of.NumOut() != 1 {
		return reflect.Value{}, fmt.Errorf("%s does not take %d arguments", name, len(args))
	}
	for i, arg := range args {
		if !arg.IsValid() || !arg.Type().AssignableTo(of.In(i)) {
			return reflect.Value{}, fmt.Errorf("argument %d of %s is no %s", i+1, name, of.In(i))
		}
	}
	return function.Call(args)[0], nil
}

func builtin(name string, args []reflect.Value) (reflect.Value, error) {
	switch {
	case name == "not" && len(args) == 1:
		return reflect.ValueOf(!truth(args[0])), nil
	case name == "len" && len(args) == 1:
		value := indirect(args[0])
		switch value.Kind() {
		case reflect.Slice, reflect.Array, reflect.Map, reflect.String:
			return reflect.ValueOf(value.Len()), nil
		}
	case name == "eq" && len(args) == 2:
		return equal(indirect(args[0]), indirect(args[1]))
	}
	return reflect.Value{}, fmt.Errorf("%s is not supported for %d arguments", name, len(args))
}

var errIncomparable = errors.New("the two values are not comparable")

// equal compares two texts or two numbers.
func equal(a, b reflect.Value) (reflect.Value, error) {
	switch {
	case a.Kind() == reflect.String && b.Kind() == reflect.String:
		return reflect.ValueOf(a.String() == b.String()), nil
	case isNumber(a) && isNumber(b):
		return reflect.ValueOf(number(a) == number(b)), nil
	}
	return reflect.Value{}, errIncomparable
}

func isNumber(value reflect.Value) bool { return value.CanInt() || value.CanUint() }

func number(value reflect.Value) int {
	if value.CanUint() {
		return int(value.Uint())
	}
	return int(value.Int())
}

// truth reports whether a value is neither zero nor empty.
func truth(value reflect.Value) bool {
	value = indirectInterface(value)
	switch value.Kind() {
	case reflect.Invalid:
		return false
	case reflect.Slice, reflect.Map, reflect.Array, reflect.String:
		return value.Len() > 0
	case reflect.Struct:
		return true
	}
	return !value.IsZero()
}

// indirectInterface returns what an interface holds; the zero Value for nil.
func indirectInterface(value reflect.Value) reflect.Value {
	if value.Kind() == reflect.Interface {
		return value.Elem()
	}
	return value
}

// printed returns a value as text.
func printed(value reflect.Value) string {
	if value = indirectInterface(value); !value.IsValid() {
		return ""
	}
	if text, isText := value.Interface().(string); isText {
		return text // much faster
	}
	return fmt.Sprint(value.Interface())
}
