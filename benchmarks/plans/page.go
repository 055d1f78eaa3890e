package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
)

const (
	pageSize     = 50
	measuredRuns = 401 // odd, so that the median is one of them
)

const selectPrograms = `SELECT id, tenant, kind, workspace, owner, name FROM mini_programs`

func (k kind) columns() rbac.Columns {
	return rbac.Columns{
		Dialect: k.dialect,
		Kind:    "mini_programs.kind", Tenant: "mini_programs.tenant", Workspace: "mini_programs.workspace",
		MiniProgram: "mini_programs.id", Owner: "mini_programs.owner",
		Bytewise:    true,
		Placeholder: func(int) string { return "?" },
	}
}

// page is a page of somebody's list, queried in two ways.
type page struct {
	who             string
	filter          rbac.Filter
	static          flags
	rows            int // of the first page
	filtered, fixed measurement
}

type measurement struct {
	median, slow time.Duration // 95 % are faster than slow
	plan         string
}

// query is the page that follows a mini program, by the filter's clause.
func (p *page) query(k kind, after string) (query string, args []any, err error) {
	clause, more, err := p.filter.Where(k.columns())
	query = selectPrograms + ` WHERE id > ? AND ` + clause + ` ORDER BY id LIMIT ?`
	return query, append(append([]any{after}, more...), pageSize), err
}

// flags are the arguments of the static query. The host must set them correctly: what the member's roles grant is
// worked out outside the policy.
type flags struct {
	tenant     string
	all        bool
	workspaces []string
	ids        []string
}

// query is the static one. MariaDB has no arrays, so there it has a placeholder for each ID.
func (f flags) query(k kind, after string) (query string, args []any) {
	workspaces, ids := "= ANY(?)", "= ANY(?)"
	args = []any{f.tenant, f.all, f.workspaces, f.ids}
	if k.dialect == rbac.MySQL {
		workspaces, ids = inList(f.workspaces), inList(f.ids)
		args = args[:2]
		for _, id := range slices.Concat(f.workspaces, f.ids) {
			args = append(args, id)
		}
	}
	query = selectPrograms +
		` WHERE tenant = ? AND (? OR workspace ` + workspaces + ` OR id ` + ids + `) AND id > ? ORDER BY id LIMIT ?`
	return query, append(args, after, pageSize)
}

func inList(ids []string) string {
	return "IN (NULL" + strings.Repeat(", ?", len(ids)) + ")"
}

// measure queries in both ways in turn, from starting points all over the list, and compares the answers.
func (p *page) measure(ctx context.Context, db *database) error {
	var filtered, fixed []time.Duration
	for run := range measuredRuns {
		after := startingPoint(run)
		query, args, err := p.query(db.kind, after)
		if err != nil {
			return err
		}
		ids, took, err := timed(ctx, db, query, args)
		if err != nil {
			return err
		}
		query, args = p.static.query(db.kind, after)
		same, tookFixed, err := timed(ctx, db, query, args)
		if err != nil {
			return err
		}
		if !slices.Equal(ids, same) {
			return fmt.Errorf("after %q the filter finds %q, and the static query %q", after, ids, same)
		}
		if after == "" {
			p.rows = len(ids)
		}
		filtered, fixed = append(filtered, took), append(fixed, tookFixed)
	}
	p.filtered, p.fixed = summary(filtered), summary(fixed)
	return p.explain(ctx, db)
}

// startingPoint is the beginning of the list in every eighth run, and otherwise an ID: they are hexadecimal.
func startingPoint(run int) string {
	if run%8 == 0 {
		return ""
	}
	return fmt.Sprintf("mp-%02x", run*37%256)
}

// timed reads whole rows, as a host does, and keeps their IDs.
func timed(ctx context.Context, db *database, query string, args []any) (ids []string, took time.Duration, err error) {
	query = db.numbered(query)
	start := time.Now()
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, tenant, kind, workspace, owner, name string
		if err := rows.Scan(&id, &tenant, &kind, &workspace, &owner, &name); err != nil {
			return nil, 0, err
		}
		ids = append(ids, id)
	}
	return ids, time.Since(start), rows.Err()
}

func summary(times []time.Duration) measurement {
	slices.Sort(times)
	return measurement{median: times[len(times)/2], slow: times[len(times)*19/20]}
}

// explain fetches the plans of the first page.
func (p *page) explain(ctx context.Context, db *database) error {
	query, args, err := p.query(db.kind, "")
	if err != nil {
		return err
	}
	if p.filtered.plan, err = db.explain(ctx, query, args); err != nil {
		return err
	}
	query, args = p.static.query(db.kind, "")
	p.fixed.plan, err = db.explain(ctx, query, args)
	return err
}

func write(out io.Writer, size size, studies []study) error {
	var text strings.Builder
	fmt.Fprintf(&text, "# A page of %d among %d mini programs\n\n", pageSize, size.programs)
	fmt.Fprintf(&text, "The table has %d workspaces of %d tenants. "+
		"Each figure is of %d pages, from starting points all over the list.\n\n",
		size.workspaces, size.tenants, measuredRuns)
	text.WriteString("| database | who | rows of the first page | `Where`: median | 95% | static flags: median | 95% |\n" +
		"|---|---|---|---|---|---|---|\n")
	for _, s := range studies {
		for _, p := range s.pages {
			fmt.Fprintf(&text, "| %s | %s | %d | %s | %s | %s | %s |\n", s.name, p.who, p.rows,
				milliseconds(p.filtered.median), milliseconds(p.filtered.slow),
				milliseconds(p.fixed.median), milliseconds(p.fixed.slow))
		}
	}
	for _, s := range studies {
		for _, p := range s.pages {
			fmt.Fprintf(&text, "\n## %s: %s\n\n`Where`:\n\n```\n%s\n```\n\nStatic flags:\n\n```\n%s\n```\n",
				s.name, p.who, p.filtered.plan, p.fixed.plan)
		}
	}
	_, err := io.WriteString(out, text.String())
	return err
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f ms", d.Seconds()*1000) }
