package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// measuredRuns is an odd number, so that a median is one of them.
const measuredRuns = 401

// report measures a page of the list in a big table, and writes Markdown: the
// clause of rbac.Filter beside one static query with flags.
func report(ctx context.Context, db *Database, out io.Writer) error {
	if db.dialect != postgreSQL {
		return errors.New("the plans are PostgreSQL's: set DATABASE_URL")
	}
	return bigSize{programs: 1_000_000, workspaces: 2_000, tenants: 20}.report(ctx, db, out)
}

func (s bigSize) report(ctx context.Context, db *Database, out io.Writer) error {
	if err := s.fill(ctx, db); err != nil {
		return err
	}
	pages, err := s.pages(ctx, db)
	if err != nil {
		return err
	}
	for i := range pages {
		if err := pages[i].measure(ctx, db); err != nil {
			return fmt.Errorf("%s: %w", pages[i].who, err)
		}
	}
	return s.write(out, pages)
}

// page is a page of the list for somebody, asked for in two ways.
type page struct {
	who             string
	filter          rbac.Filter
	static          flags
	rows            int // of the first page
	filtered, fixed measurement
}

type measurement struct {
	median, slow time.Duration // slow: 19 of 20 are faster
	plan         string
}

// flags are the arguments of the static query. Somebody must set them rightly:
// what the member's roles grant is worked out outside the policy.
type flags struct {
	tenant     string
	all        bool
	workspaces []string
	ids        []string
}

func (f flags) query(after string) (query string, args []any) {
	return selectPrograms + ` WHERE tenant = $1 AND ($2 OR workspace = ANY($3) OR id = ANY($4)) AND id > $5 ORDER BY id LIMIT $6`,
		[]any{f.tenant, f.all, f.workspaces, f.ids, after, pageSize}
}

// measure asks in both ways in turn, for pages that begin everywhere in the
// list, and finds that the answers agree.
func (p *page) measure(ctx context.Context, db *Database) error {
	var filtered, fixed []time.Duration
	for run := range measuredRuns {
		after := cursor(run)
		query, args, err := pageOf(p.filter, after)
		if err != nil {
			return err
		}
		ids, took, err := timed(ctx, db, query, args)
		if err != nil {
			return err
		}
		query, args = p.static.query(after)
		same, tookFixed, err := timed(ctx, db, query, args)
		if err != nil {
			return err
		}
		if !slices.Equal(ids, same) {
			return fmt.Errorf("after %q the filter finds %d rows and the static query %d others", after, len(ids), len(same))
		}
		if after == "" {
			p.rows = len(ids)
		}
		filtered, fixed = append(filtered, took), append(fixed, tookFixed)
	}
	p.filtered, p.fixed = summary(filtered), summary(fixed)
	return p.explain(ctx, db)
}

// cursor is the end of the page before: none in every eighth run, and otherwise
// one of places that are spread over the list, whose IDs are hexadecimal.
func cursor(run int) string {
	if run%8 == 0 {
		return ""
	}
	return fmt.Sprintf("mp-%02x", run*37%256)
}

func timed(ctx context.Context, db *Database, query string, args []any) (ids []string, took time.Duration, err error) {
	var programs []MiniProgram
	start := time.Now()
	err = db.queries().each(ctx, appendProgram(&programs), query, args...)
	took = time.Since(start)
	for _, p := range programs {
		ids = append(ids, p.ID)
	}
	return ids, took, err
}

func summary(times []time.Duration) measurement {
	slices.Sort(times)
	return measurement{median: times[len(times)/2], slow: times[len(times)*19/20]}
}

// explain takes the plans of the first page.
func (p *page) explain(ctx context.Context, db *Database) error {
	query, args, err := pageOf(p.filter, "")
	if err != nil {
		return err
	}
	if p.filtered.plan, err = explain(ctx, db, query, args); err != nil {
		return err
	}
	query, args = p.static.query("")
	p.fixed.plan, err = explain(ctx, db, query, args)
	return err
}

func explain(ctx context.Context, db *Database, query string, args []any) (string, error) {
	lines, err := db.queries().texts(ctx, "EXPLAIN (ANALYZE, COSTS OFF, BUFFERS) "+query, args...)
	return manyIDs.ReplaceAllString(strings.Join(lines, "\n"), "{$1, ...}"), err
}

// manyIDs is an array of more than one.
var manyIDs = regexp.MustCompile(`\{([^{},]+),[^{}]+\}`)

func (s bigSize) write(out io.Writer, pages []page) error {
	var text strings.Builder
	fmt.Fprintf(&text, "# A page of %d among %d mini programs\n\n", pageSize, s.programs)
	fmt.Fprintf(&text, "%d workspaces of %d tenants in PostgreSQL; %d pages that begin everywhere in the list.\n\n", s.workspaces, s.tenants, measuredRuns)
	text.WriteString("| who | rows of the first page | `Where`: median | 95% | static flags: median | 95% |\n|---|---|---|---|---|---|\n")
	for _, p := range pages {
		fmt.Fprintf(&text, "| %s | %d | %s | %s | %s | %s |\n", p.who, p.rows,
			milliseconds(p.filtered.median), milliseconds(p.filtered.slow), milliseconds(p.fixed.median), milliseconds(p.fixed.slow))
	}
	for _, p := range pages {
		fmt.Fprintf(&text, "\n## %s\n\n`Where`:\n\n```\n%s\n```\n\nStatic flags:\n\n```\n%s\n```\n", p.who, p.filtered.plan, p.fixed.plan)
	}
	_, err := io.WriteString(out, text.String())
	return err
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f ms", d.Seconds()*1000) }
