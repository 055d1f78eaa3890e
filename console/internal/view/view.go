// Package view is what the console's pages show: models, which are functions of a policy
// and its members, and the templates, the style and the script that render them. It knows
// nothing of HTTP, so that the playground renders the same templates.
package view

import "github.com/miniprogram-platform/rbac"

// Functions returns what the templates call.
func Functions() map[string]any {
	return map[string]any{
		"add":     func(a, b int) int { return a + b },
		"chip":    chipOf,
		"legend":  legend,
		"source":  sourceTitle,
		"sources": sources,
	}
}

// Page is a whole page: what surrounds it, and its own model.
type Page struct {
	Head Head
	Body any
}

// Head is what every page has in common.
type Head struct {
	Root       URL // the path to the console's top, such as "../"; empty on a page that is there
	Title      string
	Workspace  string // what the page is about; empty for none
	Workspaces URL    // where another workspace can be chosen; empty if the viewer has one only
	Viewer     string // the name of the viewer; empty for nobody
	Home       string // the viewer's workspace
	SignIn     string // URL of the host's sign-in page; empty for none
	Tabs       []Tab
	Notice     string // what has just been done
	Style      URL
	Script     URL
}

// Tab is a link to a page of the workspace.
type Tab struct {
	Name    string
	Href    URL
	Current bool
}

// Tabs returns the links to the pages of a workspace.
func Tabs(workspace rbac.Workspace, current string) []Tab {
	tabs := []Tab{{Name: "Roles"}, {Name: "Try"}, {Name: "Members"}, {Name: "Log"}}
	for i, page := range []string{"roles", "try", "members", "log"} {
		tabs[i].Href = Link(page, workspace)
		tabs[i].Current = page == current
	}
	return tabs
}
