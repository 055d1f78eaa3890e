package escaped

import (
	"fmt"
	"reflect"
	"slices"
	"text/template/parse"
)

// Templates are templates that have been escaped. Any number of goroutines may use them.
type Templates struct {
	trees     map[string]*parse.Tree
	functions map[string]reflect.Value
}

// Parse reads the text of Source. The functions are those of the template set.
func Parse(text string, functions map[string]any) (*Templates, error) {
	trees, err := parse.Parse("escaped", text, "", "", functions, builtins, escapers)
	if err != nil {
		return nil, err
	}
	t := &Templates{trees: trees, functions: make(map[string]reflect.Value)}
	for name, function := range functions {
		t.functions[name] = reflect.ValueOf(function)
	}
	for name, tree := range trees {
		if err := t.check(tree.Root); err != nil {
			return nil, fmt.Errorf("escaped: template %q: %w", name, err)
		}
	}
	return t, nil
}

// check refuses what Execute does not know.
func (t *Templates) check(root parse.Node) (err error) {
	visit(root, func(node parse.Node) {
		switch n := node.(type) {
		case *parse.ChainNode, *parse.NilNode, *parse.BreakNode, *parse.ContinueNode:
			err = fmt.Errorf("%s is not supported", node)
		case *parse.ActionNode:
			if !isEscaped(n.Pipe) {
				err = fmt.Errorf("%s is not escaped", node)
			}
		case *parse.PipeNode:
			if n.IsAssign {
				err = fmt.Errorf("the assignment %s is not supported", node)
			}
		case *parse.NumberNode:
			if !n.IsInt {
				err = fmt.Errorf("the number %s is not supported", node)
			}
		case *parse.TemplateNode:
			if t.trees[n.Name] == nil {
				err = fmt.Errorf("there is no template %q", n.Name)
			}
		}
	})
	return err
}

// isEscaped reports whether the last command of a pipeline escapes. A declaration writes
// nothing.
func isEscaped(pipe *parse.PipeNode) bool {
	if len(pipe.Decl) > 0 {
		return true
	}
	name, isCall := pipe.Cmds[len(pipe.Cmds)-1].Args[0].(*parse.IdentifierNode)
	return isCall && escapers[name.Ident] != nil
}

// visit calls see for a node and for all nodes in it.
func visit(node parse.Node, see func(parse.Node)) {
	see(node)
	for _, child := range children(node) {
		visit(child, see)
	}
}

func children(node parse.Node) []parse.Node {
	switch n := node.(type) {
	case *parse.ListNode:
		return n.Nodes
	case *parse.ActionNode:
		return []parse.Node{n.Pipe}
	case *parse.IfNode:
		return branches(n.BranchNode)
	case *parse.WithNode:
		return branches(n.BranchNode)
	case *parse.RangeNode:
		return branches(n.BranchNode)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			return []parse.Node{n.Pipe}
		}
	case *parse.PipeNode:
		var all []parse.Node
		for _, command := range n.Cmds {
			all = append(all, command)
		}
		return all
	case *parse.CommandNode:
		return slices.Clone(n.Args)
	}
	return nil
}

func branches(n parse.BranchNode) []parse.Node {
	all := []parse.Node{n.Pipe, n.List}
	if n.ElseList != nil {
		all = append(all, n.ElseList)
	}
	return all
}
