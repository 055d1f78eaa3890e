// Playground is a page that reads a policy and shows what it means, in the browser alone. It
// is compiled to WebAssembly; the command in the folder build makes its static files.
package main

import (
	"strings"
	"syscall/js"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/escaped"
	"github.com/miniprogram-platform/rbac/console/internal/play"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// main gives the page's script an object "playground", and stays.
func main() {
	p := &playground{}
	js.Global().Set("playground", js.ValueOf(map[string]any{
		"start": js.FuncOf(p.start),
		"show":  js.FuncOf(p.show),
		"try":   js.FuncOf(p.try),
	}))
	select {}
}

// playground has what the page shows now.
type playground struct {
	templates *escaped.Templates
	policy    *rbac.Policy // nil if the text has problems
}

// Execute renders a part of the page.
func (p *playground) Execute(name string, model any) (string, error) {
	var out strings.Builder
	err := p.templates.Execute(&out, name, model)
	return out.String(), err
}

// start takes the document of the templates. Like the others, it returns an error as a text.
func (p *playground) start(_ js.Value, args []js.Value) any {
	var err error
	if p.templates, err = escaped.Parse([]byte(args[0].String()), view.Functions()); err != nil {
		return err.Error()
	}
	return nil
}

// show takes a policy, and whether it is whole. It returns the parts of the page.
func (p *playground) show(_ js.Value, args []js.Value) any {
	policy, problems := play.Policy(args[0].String(), args[1].Bool())
	p.policy = policy
	parts, err := play.Show(p, policy, problems)
	if err != nil {
		return err.Error()
	}
	return map[string]any{
		"valid": parts.Valid, "problems": parts.Problems, "table": parts.Table, "difference": parts.Difference,
		"roles": parts.Roles, "actions": parts.Actions, "legend": parts.Legend,
	}
}

// try takes the fields of a request, and returns the answer.
func (p *playground) try(_ js.Value, args []js.Value) any {
	field := func(name string) string { return args[0].Get(name).String() }
	answer, err := play.Try(p, p.policy, play.Request{
		Role: rbac.RoleID(field("role")), Assigned: field("assigned"), Action: rbac.Action(field("action")),
		Place: field("place"), MiniProgram: field("program"), Owner: field("owner"),
	})
	if err != nil {
		return err.Error()
	}
	return map[string]any{"answer": answer}
}
