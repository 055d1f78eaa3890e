package view

import (
	"github.com/miniprogram-platform/rbac"
)

// Choices is the page on which a workspace is chosen.
type Choices struct {
	List []Choice
	More int // workspaces that are not shown
	Text string
}

// Choice is a workspace to look at.
type Choice struct {
	Name string
	Kind string
	Href URL
	Own  bool
}

// NewChoices lists the workspaces that a viewer may look at and whose IDs contain the text.
func NewChoices(own rbac.Workspace, workspaces []rbac.Workspace, text string) Choices {
	page := Choices{Text: text, More: max(0, len(workspaces)-mostRows)}
	for _, workspace := range workspaces[:min(len(workspaces), mostRows)] {
		if IsAddressable(workspace.ID) {
			page.List = append(page.List, Choice{
				Name: ID(workspace.ID), Kind: workspace.Kind.String(), Href: Link("roles", workspace), Own: workspace == own,
			})
		}
	}
	return page
}
