// Playground is a page that reads a policy and shows what it means, in the browser alone. It
// is compiled to WebAssembly; the command in the folder build makes its static files.
package main

import (
	"strings"
	"syscall/js"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/escaped"
	"github.com/miniprogram-platform/rbac/console/internal/play"
)

// main gives the page's script an object "playground", and stays.
func main() {
	p := &playground{templates: play.Templates()}
	js.Global().Set("playground", js.ValueOf(map[string]any{
		"check":    js.FuncOf(p.check),
		"describe": js.FuncOf(p.describe),
		"try":      js.FuncOf(p.try),
	}))
	select {}
}

// playground has what the page shows now.
type playground struct {
	templates *escaped.Set
	policy    *rbac.Policy // nil if the text has problems
}

// Execute renders a part of the page.
func (p *playground) Execute(name string, model any) (string, error) {
	var out strings.Builder
	out.Grow(64 << 10)
	err := p.templates.Execute(&out, name, model)
	return out.String(), err
}

// check takes a policy, and whether it is whole. It returns parts of the page by their IDs, or
// an error as a text, like the others.
func (p *playground) check(_ js.Value, args []js.Value) any {
	policy, problems := play.Policy(args[0].String(), args[1].Bool())
	p.policy = policy
	return answer(play.Fields(p, policy, problems))
}

// describe returns more parts of the page, by their IDs. The policy must be valid.
func (p *playground) describe(js.Value, []js.Value) any { return answer(play.Meaning(p, p.policy)) }

// answer returns parts of the page for the script.
func answer(parts map[string]string, err error) any {
	if err != nil {
		return err.Error()
	}
	object := make(map[string]any, len(parts))
	for name, text := range parts {
		object[name] = text
	}
	return object
}

// try takes the fields of a request, and returns the answer.
func (p *playground) try(_ js.Value, args []js.Value) any {
	field := func(name string) string { return args[0].Get(name).String() }
	text, err := play.Try(p, p.policy, play.Request{
		Role: rbac.RoleID(field("role")), Assigned: field("assigned"), Action: rbac.Action(field("action")),
		Place: field("place"), MiniProgram: field("program"), Owner: field("owner"),
	})
	return answer(map[string]string{"answer": text}, err)
}
