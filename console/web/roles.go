package web

import (
	"bytes"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// tableFilter returns what the viewer has chosen to see of the table.
func (v *visit) tableFilter() view.TableFilter {
	filter := view.TableFilter{Group: v.field("group"), Role: rbac.RoleID(v.field("role")), Kind: v.workspace.Kind}
	if v.workspace.Kind == rbac.KindTenant && v.field("held") == "all" {
		filter.Kind = 0
	}
	// An unknown scope is no filter, as an empty field is.
	_ = filter.Scope.UnmarshalText([]byte(v.field("scope")))
	return filter
}

// roles shows the table of roles.
func (c *console) roles(v *visit) error {
	filter := v.tableFilter()
	table := view.NewTable(v.policy, v.workspace, filter).Cut(v.number("part"))
	all := view.NewTable(v.policy, v.workspace, view.TableFilter{Kind: filter.Kind})
	page := view.NewRolesPage(table, all, filter)
	page.Kind, page.WorkspaceField = v.workspace.Kind.String(), view.EncodeID(v.workspace.ID)
	page.CSV = v.filteredLink("roles.csv", 0)
	page.Printed = view.PrintedText(v.workspace, filter, table, time.Now(), v.policy.Fingerprint())
	if table.Part > 1 {
		page.Previous = v.filteredLink("roles", table.Part-1)
	}
	if table.Part < table.Parts {
		page.Next = v.filteredLink("roles", table.Part+1)
	}
	if page.NoNew = v.whyNotDefine(); page.NoNew != "" {
		for i := range page.Table.Columns {
			page.Table.Columns[i].Edit = ""
		}
	} else {
		page.New = view.Link("role", v.workspace)
	}
	return v.render(http.StatusOK, "roles", "Roles", page)
}

// filteredLink returns a link that keeps the filter of the table.
func (v *visit) filteredLink(page string, part int) template.URL {
	var kept []string
	for _, name := range []string{"group", "role", "scope", "held"} {
		if value := v.field(name); value != "" {
			kept = append(kept, name, value)
		}
	}
	if part > 0 {
		kept = append(kept, "part", strconv.Itoa(part))
	}
	return view.Link(page, v.workspace, kept...)
}

// rolesCSV sends the table for a spreadsheet, with the same filter and all columns.
func (c *console) rolesCSV(v *visit) error {
	var out bytes.Buffer
	if err := view.NewTable(v.policy, v.workspace, v.tableFilter()).WriteCSV(&out); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="roles.csv"`)
	_, _ = out.WriteTo(v.w)
	return nil
}
