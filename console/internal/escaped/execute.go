package escaped

import (
	"fmt"
	"io"
	"reflect"
	"text/template/parse"
)

// Execute writes a template. What is written before an error is of no use.
func (t *Templates) Execute(w io.Writer, name string, data any) error {
	tree := t.trees[name]
	if tree == nil {
		return fmt.Errorf("escaped: there is no template %q", name)
	}
	e := &execution{templates: t, w: w}
	value := reflect.ValueOf(data)
	e.variables = []variable{{"$", value}}
	if err := e.write(tree.Root, value); err != nil {
		return fmt.Errorf("escaped: template %q: %w", name, err)
	}
	return nil
}

// deepest is how many templates may call each other.
const deepest = 100

type execution struct {
	templates *Templates
	w         io.Writer
	variables []variable // those in scope, the innermost last
	depth     int
}

type variable struct {
	name  string
	value reflect.Value
}

// write executes a node with a value for the dot.
func (e *execution) write(node parse.Node, dot reflect.Value) error {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, child := range n.Nodes {
			if err := e.write(child, dot); err != nil {
				return err
			}
		}
		return nil
	case *parse.TextNode:
		_, err := e.w.Write(n.Text)
		return err
	case *parse.ActionNode:
		return e.writeValue(n.Pipe, dot)
	case *parse.IfNode:
		return e.branch(&n.BranchNode, dot, func(reflect.Value) reflect.Value { return dot })
	case *parse.WithNode:
		return e.branch(&n.BranchNode, dot, func(value reflect.Value) reflect.Value { return value })
	case *parse.RangeNode:
		return e.scoped(func() error { return e.loop(n, dot) })
	case *parse.TemplateNode:
		return e.call(n, dot)
	}
	return fmt.Errorf("%s is not supported", node)
}

// writeValue writes the value of a pipeline, unless it declares a variable.
func (e *execution) writeValue(pipe *parse.PipeNode, dot reflect.Value) error {
	value, err := e.pipeline(pipe, dot)
	if err != nil || len(pipe.Decl) > 0 {
		return err
	}
	_, err = fmt.Fprint(e.w, printed(value))
	return err
}

// scoped forgets the variables that run declares.
func (e *execution) scoped(run func() error) error {
	defer func(n int) { e.variables = e.variables[:n] }(len(e.variables))
	return run()
}

// branch executes one of the two lists of {{if}} and {{with}}. The function says what the
// dot is in the first one.
func (e *execution) branch(n *parse.BranchNode, dot reflect.Value, inner func(reflect.Value) reflect.Value) error {
	return e.scoped(func() error {
		value, err := e.pipeline(n.Pipe, dot)
		switch {
		case err != nil:
			return err
		case truth(value):
			return e.write(n.List, inner(value))
		case n.ElseList != nil:
			return e.write(n.ElseList, dot)
		}
		return nil
	})
}

func (e *execution) loop(n *parse.RangeNode, dot reflect.Value) error {
	value, err := e.ranged(n.Pipe, dot)
	if err != nil {
		return err
	}
	list := indirect(value)
	if kind := list.Kind(); kind != reflect.Slice && kind != reflect.Array && kind != reflect.Invalid {
		return fmt.Errorf("{{range}} over %s is not supported", list.Type())
	}
	if list.Kind() == reflect.Invalid || list.Len() == 0 {
		if n.ElseList == nil {
			return nil
		}
		return e.write(n.ElseList, dot)
	}
	for i := range list.Len() {
		err := e.scoped(func() error {
			e.declare(n.Pipe.Decl, reflect.ValueOf(i), list.Index(i))
			return e.write(n.List, list.Index(i))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ranged returns the value of a pipeline. Its variables are declared for each element.
func (e *execution) ranged(pipe *parse.PipeNode, dot reflect.Value) (reflect.Value, error) {
	return e.commands(pipe.Cmds, dot)
}

// declare declares the variables of {{range}}: the element, or the index and the element.
func (e *execution) declare(names []*parse.VariableNode, index, element reflect.Value) {
	values := []reflect.Value{index, element}
	for i, name := range names {
		e.variables = append(e.variables, variable{name.Ident[0], values[2-len(names)+i]})
	}
}

// call executes another template, which sees none of the variables.
func (e *execution) call(n *parse.TemplateNode, dot reflect.Value) error {
	if e.depth == deepest {
		return fmt.Errorf("more than %d templates call each other", deepest)
	}
	var value reflect.Value
	if n.Pipe != nil {
		var err error
		if value, err = e.pipeline(n.Pipe, dot); err != nil {
			return err
		}
	}
	inner := &execution{templates: e.templates, w: e.w, variables: []variable{{"$", value}}, depth: e.depth + 1}
	return inner.write(e.templates.trees[n.Name].Root, value)
}

// pipeline returns the value of a pipeline, and declares its variables.
func (e *execution) pipeline(pipe *parse.PipeNode, dot reflect.Value) (reflect.Value, error) {
	value, err := e.commands(pipe.Cmds, dot)
	if err != nil {
		return reflect.Value{}, err
	}
	for _, name := range pipe.Decl {
		e.variables = append(e.variables, variable{name.Ident[0], value})
	}
	return value, nil
}

// commands gives the value of each command to the next one as its last argument.
func (e *execution) commands(commands []*parse.CommandNode, dot reflect.Value) (value reflect.Value, err error) {
	for i, command := range commands {
		var last []reflect.Value
		if i > 0 {
			last = []reflect.Value{value}
		}
		if value, err = e.command(command, dot, last); err != nil {
			return reflect.Value{}, err
		}
	}
	return value, nil
}

func (e *execution) command(n *parse.CommandNode, dot reflect.Value, last []reflect.Value) (reflect.Value, error) {
	name, isCall := n.Args[0].(*parse.IdentifierNode)
	if !isCall {
		if len(n.Args) > 1 || len(last) > 0 {
			return reflect.Value{}, fmt.Errorf("%s is no function", n.Args[0])
		}
		return e.value(n.Args[0], dot)
	}
	if name.Ident == "and" || name.Ident == "or" {
		return e.firstThat(name.Ident == "or", n.Args[1:], dot, last)
	}
	var args []reflect.Value
	for _, arg := range n.Args[1:] {
		value, err := e.value(arg, dot)
		if err != nil {
			return reflect.Value{}, err
		}
		args = append(args, value)
	}
	return e.function(name.Ident, append(args, last...))
}

// firstThat returns the first argument that is true, or the first that is not, or the last
// one. Arguments after it are not looked at.
func (e *execution) firstThat(want bool, nodes []parse.Node, dot reflect.Value, last []reflect.Value) (value reflect.Value, err error) {
	for _, node := range nodes {
		if value, err = e.value(node, dot); err != nil || truth(value) == want {
			return value, err
		}
	}
	if len(last) > 0 {
		value = last[0]
	}
	return value, nil
}

// value returns the value of an argument.
func (e *execution) value(node parse.Node, dot reflect.Value) (reflect.Value, error) {
	switch n := node.(type) {
	case *parse.DotNode:
		return dot, nil
	case *parse.FieldNode:
		return field(dot, n.Ident)
	case *parse.VariableNode:
		return e.variable(n)
	case *parse.StringNode:
		return reflect.ValueOf(n.Text), nil
	case *parse.BoolNode:
		return reflect.ValueOf(n.True), nil
	case *parse.NumberNode:
		return reflect.ValueOf(int(n.Int64)), nil
	case *parse.PipeNode:
		return e.pipeline(n, dot)
	case *parse.IdentifierNode:
		return e.function(n.Ident, nil)
	}
	return reflect.Value{}, fmt.Errorf("%s is not supported", node)
}

func (e *execution) variable(n *parse.VariableNode) (reflect.Value, error) {
	for i := len(e.variables) - 1; i >= 0; i-- {
		if e.variables[i].name == n.Ident[0] {
			return field(e.variables[i].value, n.Ident[1:])
		}
	}
	return reflect.Value{}, fmt.Errorf("there is no variable %s", n)
}

// field returns a field of a struct, or of a struct in it.
func field(value reflect.Value, names []string) (reflect.Value, error) {
	for _, name := range names {
		value = indirect(value)
		if value.Kind() != reflect.Struct {
			return reflect.Value{}, fmt.Errorf("no field %s of a value that is no struct", name)
		}
		of := value.Type()
		if value = value.FieldByName(name); !value.IsValid() || !value.CanInterface() {
			return reflect.Value{}, fmt.Errorf("no field %s of %s", name, of)
		}
	}
	return value, nil
}

// indirect returns what pointers and interfaces lead to; the zero Value for nil.
func indirect(value reflect.Value) reflect.Value {
	for value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface {
		value = value.Elem()
	}
	return value
}
