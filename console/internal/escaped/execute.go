package escaped

import (
	"fmt"
	"io"
	"reflect"
	"slices"
)

// Set is templates that can be executed. Any number of goroutines may use it.
type Set struct {
	templates []Template
	functions map[string]reflect.Value
}

// NewSet returns a set of templates. The functions are those with which they were parsed.
func NewSet(templates []Template, functions map[string]any) *Set {
	s := &Set{templates, make(map[string]reflect.Value)}
	for name, function := range functions {
		s.functions[name] = reflect.ValueOf(function)
	}
	return s
}

// Execute writes a template. What is written before an error is of no use.
func (s *Set) Execute(w io.Writer, name string, data any) error {
	if err := s.execute(w, name, reflect.ValueOf(data), 0); err != nil {
		return fmt.Errorf("escaped: template %q: %w", name, err)
	}
	return nil
}

// deepest is how many templates may call each other.
const deepest = 100

func (s *Set) execute(w io.Writer, name string, data reflect.Value, depth int) error {
	i := slices.IndexFunc(s.templates, func(t Template) bool { return t.Name == name })
	if i < 0 {
		return fmt.Errorf("there is no template %q", name)
	}
	e := &execution{s, w, []variable{{"$", data}}, depth}
	return e.write(s.templates[i].Nodes, data)
}

// execution is one template that is executed.
type execution struct {
	set       *Set
	w         io.Writer
	variables []variable // those in scope, the innermost last
	depth     int
}

type variable struct {
	name  string
	value reflect.Value
}

// write executes nodes with a value for the dot.
func (e *execution) write(list []Node, dot reflect.Value) error {
	for i := range list {
		if err := e.writeNode(&list[i], dot); err != nil {
			return err
		}
	}
	return nil
}

func (e *execution) writeNode(n *Node, dot reflect.Value) error {
	switch n.Kind {
	case textNode:
		_, err := io.WriteString(e.w, n.Text)
		return err
	case valueNode:
		return e.writeValue(&n.Pipe, dot)
	case ifNode, withNode:
		return e.scoped(func() error { return e.branch(n, dot) })
	case rangeNode:
		return e.loop(n, dot)
	case templateNode:
		return e.call(n, dot)
	}
	return fmt.Errorf("the node %q is not supported", n.Kind)
}

// writeValue writes the value of a pipeline, unless it declares a variable.
func (e *execution) writeValue(p *Pipe, dot reflect.Value) error {
	value, err := e.pipeline(p, dot)
	if err != nil || len(p.Declare) > 0 {
		return err
	}
	_, err = io.WriteString(e.w, printed(value))
	return err
}

// scoped forgets the variables that run declares.
func (e *execution) scoped(run func() error) error {
	defer func(n int) { e.variables = e.variables[:n] }(len(e.variables))
	return run()
}

func (e *execution) branch(n *Node, dot reflect.Value) error {
	value, err := e.pipeline(&n.Pipe, dot)
	switch {
	case err != nil:
		return err
	case !truth(value):
		return e.write(n.Else, dot)
	case n.Kind == withNode:
		return e.write(n.List, value)
	}
	return e.write(n.List, dot)
}

func (e *execution) loop(n *Node, dot reflect.Value) error {
	value, err := e.commands(n.Pipe.Commands, dot)
	if err != nil {
		return err
	}
	list := indirect(value)
	if kind := list.Kind(); kind != reflect.Slice && kind != reflect.Array && kind != reflect.Invalid {
		return fmt.Errorf("{{range}} over %s is not supported", list.Type())
	}
	if list.Kind() == reflect.Invalid || list.Len() == 0 {
		return e.write(n.Else, dot)
	}
	for i := range list.Len() {
		err := e.scoped(func() error {
			e.declare(n.Pipe.Declare, reflect.ValueOf(i), list.Index(i))
			return e.write(n.List, list.Index(i))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// declare declares the variables of {{range}}: the element, or the index and the element.
func (e *execution) declare(names []string, index, element reflect.Value) {
	values := []reflect.Value{index, element}
	for i, name := range names {
		e.variables = append(e.variables, variable{name, values[len(values)-len(names)+i]})
	}
}

// call executes another template, which sees none of the variables.
func (e *execution) call(n *Node, dot reflect.Value) (err error) {
	if e.depth == deepest {
		return fmt.Errorf("more than %d templates call each other", deepest)
	}
	var data reflect.Value
	if len(n.Pipe.Commands) > 0 {
		if data, err = e.pipeline(&n.Pipe, dot); err != nil {
			return err
		}
	}
	return e.set.execute(e.w, n.Text, data, e.depth+1)
}

// pipeline returns the value of a pipeline, and declares its variables.
func (e *execution) pipeline(p *Pipe, dot reflect.Value) (reflect.Value, error) {
	value, err := e.commands(p.Commands, dot)
	if err != nil {
		return reflect.Value{}, err
	}
	for _, name := range p.Declare {
		e.variables = append(e.variables, variable{name, value})
	}
	return value, nil
}

// commands gives the value of each command to the next one as its last argument.
func (e *execution) commands(commands [][]Operand, dot reflect.Value) (value reflect.Value, err error) {
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

func (e *execution) command(operands []Operand, dot reflect.Value, last []reflect.Value) (reflect.Value, error) {
	first := &operands[0]
	if first.Kind != functionOperand {
		return e.value(first, dot)
	}
	name := first.Names[0]
	if name == "and" || name == "or" {
		return e.andOr(name == "or", operands[1:], dot, last)
	}
	var args []reflect.Value
	for i := range operands[1:] {
		value, err := e.value(&operands[i+1], dot)
		if err != nil {
			return reflect.Value{}, err
		}
		args = append(args, value)
	}
	return e.function(name, append(args, last...))
}

// andOr returns the first argument that is true, or the first that is not, or the last
// one. Arguments after it are not looked at.
func (e *execution) andOr(
	want bool, operands []Operand, dot reflect.Value, last []reflect.Value,
) (value reflect.Value, err error) {
	for i := range operands {
		if value, err = e.value(&operands[i], dot); err != nil || truth(value) == want {
			return value, err
		}
	}
	if len(last) > 0 {
		value = last[0]
	}
	return value, nil
}

func (e *execution) value(o *Operand, dot reflect.Value) (reflect.Value, error) {
	switch o.Kind {
	case dotOperand:
		return dot, nil
	case fieldOperand:
		return field(dot, o.Names)
	case variableOperand:
		return e.variable(o.Names)
	case textOperand:
		return reflect.ValueOf(o.Text), nil
	case intOperand:
		return reflect.ValueOf(o.Int), nil
	case boolOperand:
		return reflect.ValueOf(o.True), nil
	case pipeOperand:
		return e.pipeline(&o.Pipe, dot)
	case functionOperand:
		return e.function(o.Names[0], nil)
	}
	return reflect.Value{}, fmt.Errorf("the operand %q is not supported", o.Kind)
}

func (e *execution) variable(names []string) (reflect.Value, error) {
	for i := len(e.variables) - 1; i >= 0; i-- {
		if e.variables[i].name == names[0] {
			return field(e.variables[i].value, names[1:])
		}
	}
	return reflect.Value{}, fmt.Errorf("there is no variable %s", names[0])
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
