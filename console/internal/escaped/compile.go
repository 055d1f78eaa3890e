//go:build !js

package escaped

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"slices"
	"text/template/parse"
)

// Compile escapes templates of a set. It returns these and the templates that they use.
func Compile(set *template.Template, names ...string) ([]Template, error) {
	c := compiler{set: set}
	for _, name := range names {
		if err := c.escape(name); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		if err := c.add(name); err != nil {
			return nil, err
		}
	}
	return c.templates, nil
}

type compiler struct {
	set       *template.Template
	templates []Template
}

// escape makes html/template escape a template: that is the first thing which executing it
// does. Without data, executing it may fail afterwards.
func (c *compiler) escape(name string) error {
	err := c.set.ExecuteTemplate(io.Discard, name, nil)
	if problem := new(template.Error); errors.As(err, &problem) {
		return err
	}
	return nil
}

// add adds a template, and those that it uses.
func (c *compiler) add(name string) error {
	if slices.ContainsFunc(c.templates, func(t Template) bool { return t.Name == name }) {
		return nil
	}
	found := c.set.Lookup(name)
	if found == nil || found.Tree == nil {
		return fmt.Errorf("escaped: there is no template %q", name)
	}
	i := len(c.templates)
	c.templates = append(c.templates, Template{Name: name})
	nodes, err := c.list(found.Tree.Root)
	if err != nil {
		return fmt.Errorf("escaped: template %q: %w", name, err)
	}
	c.templates[i].Nodes = nodes
	return nil
}

func (c *compiler) list(list *parse.ListNode) (nodes []Node, err error) {
	if list == nil {
		return nil, nil
	}
	for _, child := range list.Nodes {
		n, err := c.node(child)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

func (c *compiler) node(n parse.Node) (Node, error) {
	switch n := n.(type) {
	case *parse.TextNode:
		return Node{Kind: textNode, Text: string(n.Text)}, nil
	case *parse.ActionNode:
		p, err := pipeOf(n.Pipe)
		return Node{Kind: valueNode, Pipe: p}, err
	case *parse.IfNode:
		return c.branch(ifNode, &n.BranchNode)
	case *parse.WithNode:
		return c.branch(withNode, &n.BranchNode)
	case *parse.RangeNode:
		return c.branch(rangeNode, &n.BranchNode)
	case *parse.TemplateNode:
		p, err := pipeOf(n.Pipe)
		return Node{Kind: templateNode, Text: n.Name, Pipe: p}, errors.Join(err, c.add(n.Name))
	}
	return Node{}, unsupported(n)
}

func unsupported(n parse.Node) error { return fmt.Errorf("%s is not supported", n) }

func (c *compiler) branch(kind nodeKind, n *parse.BranchNode) (Node, error) {
	p, pipeErr := pipeOf(n.Pipe)
	list, listErr := c.list(n.List)
	otherwise, elseErr := c.list(n.ElseList)
	return Node{Kind: kind, Pipe: p, List: list, Else: otherwise}, errors.Join(pipeErr, listErr, elseErr)
}

func pipeOf(n *parse.PipeNode) (Pipe, error) {
	if n == nil {
		return Pipe{}, nil
	}
	if n.IsAssign {
		return Pipe{}, unsupported(n)
	}
	var p Pipe
	for _, name := range n.Decl {
		p.Declare = append(p.Declare, name.Ident[0])
	}
	for _, command := range n.Cmds {
		var operands []Operand
		for _, arg := range command.Args {
			o, err := operandOf(arg)
			if err != nil {
				return Pipe{}, err
			}
			operands = append(operands, o)
		}
		if len(operands) > 1 && operands[0].Kind != functionOperand {
			return Pipe{}, unsupported(command)
		}
		p.Commands = append(p.Commands, operands)
	}
	return p, nil
}

// isUnknown reports whether a function is one of html/template that Execute does not know.
func isUnknown(name string) bool {
	switch name {
	case "ne", "lt", "le", "gt", "ge", "call", "html", "index", "js", "print", "printf", "println", "slice", "urlquery":
		return true
	}
	return false
}

func operandOf(n parse.Node) (Operand, error) {
	switch n := n.(type) {
	case *parse.DotNode:
		return Operand{Kind: dotOperand}, nil
	case *parse.FieldNode:
		return Operand{Kind: fieldOperand, Names: n.Ident}, nil
	case *parse.VariableNode:
		return Operand{Kind: variableOperand, Names: n.Ident}, nil
	case *parse.StringNode:
		return Operand{Kind: textOperand, Text: n.Text}, nil
	case *parse.BoolNode:
		return Operand{Kind: boolOperand, True: n.True}, nil
	case *parse.NumberNode:
		if n.IsInt {
			return Operand{Kind: intOperand, Int: int(n.Int64)}, nil
		}
	case *parse.PipeNode:
		p, err := pipeOf(n)
		return Operand{Kind: pipeOperand, Pipe: p}, err
	case *parse.IdentifierNode:
		if isUnknown(n.Ident) {
			return Operand{}, unsupported(n)
		}
		return Operand{Kind: functionOperand, Names: []string{n.Ident}}, nil
	}
	return Operand{}, unsupported(n)
}
