package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/miniprogram-platform/rbac"
)

//go:embed members.sql
var membersSchema string

// fillMembers inserts so many members: 2,000 workspaces of 20 tenants, of which each has one admin, developers of two
// mini programs each, and as many operators. Every tenth member is blocked.
const fillMembers = `
	INSERT INTO members
	SELECT n, 'tenant-' || w %% 20, CASE WHEN w < 20 THEN 'tenant' ELSE 'developer' END,
		CASE WHEN w < 20 THEN 'tenant-' || w ELSE 'merchant-' || w END,
		'member-' || n, CASE WHEN n %% 10 = 9 THEN 'blocked' ELSE 'active' END, false
	FROM (SELECT n, n %% 2000 AS w FROM generate_series(0, %d) AS n) AS numbers;
	INSERT INTO assignments
	SELECT number, number, CASE WHEN kind = 'tenant' THEN 'workspace_' ELSE '' END ||
		CASE WHEN number < 2000 THEN CASE WHEN kind = 'tenant' THEN 'admin' ELSE 'developer_admin' END
			WHEN number / 2000 %% 2 = 1 THEN 'developer' ELSE 'operator' END, NULL, NULL
	FROM members;
	INSERT INTO assigned_programs
	SELECT a.number, 'mp-' || m.workspace || '-' || (a.number / 2000 + k) %% 50
	FROM assignments a JOIN members m ON m.number = a.member, generate_series(0, 1) AS k
	WHERE a.role IN ('developer', 'workspace_developer');
	ANALYZE members, assignments, assigned_programs`

// askedProgram is the mini program that the study asks about.
var askedProgram = rbac.Tenant("tenant-1").Developer("merchant-21").MiniProgram("mp-merchant-21-7")

const (
	selectHolders = `SELECT m.id FROM members m WHERE EXISTS (SELECT 1 FROM assignments a` +
		` LEFT JOIN assigned_programs p ON p.assignment = a.number WHERE a.member = m.number AND %s) ORDER BY m.id`
	selectMembers = `SELECT m.number, m.tenant, m.kind, m.workspace, m.id, m.status, a.role, p.mini_program` +
		` FROM members m JOIN assignments a ON a.member = m.number` +
		` LEFT JOIN assigned_programs p ON p.assignment = a.number ORDER BY m.number`
)

// holderStudy compares the members whom the database finds with those whom WhoCan finds among all.
type holderStudy struct {
	members, found  int
	query           measurement
	whoCan, loading time.Duration
}

func runHolders(ctx context.Context, environment func(string) string, members int, out io.Writer) error {
	postgres := kinds[0]
	study, err := postgres.studyHolders(ctx, environment(postgres.variable), members)
	if err != nil {
		return fmt.Errorf("%s: %w", postgres.name, err)
	}
	return study.write(out)
}

func (k kind) studyHolders(ctx context.Context, address string, members int) (study *holderStudy, err error) {
	db, remove, err := k.open(ctx, address)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	for _, statements := range []string{membersSchema, fmt.Sprintf(fillMembers, members-1)} {
		if err := db.execute(ctx, statements); err != nil {
			return nil, err
		}
	}
	study = &holderStudy{members: members}
	return study, study.measure(ctx, db)
}

func (s *holderStudy) measure(ctx context.Context, db *database) error {
	clause, args, err := rbac.Default().Holders(rbac.ReleaseMiniProgram, askedProgram).Where(rbac.MemberColumns{
		Dialect: db.dialect, Bytewise: true, Placeholder: func(int) string { return "?" },
		Kind: "m.kind", Tenant: "m.tenant", Workspace: "m.workspace", ID: "m.id", Status: "m.status",
		Suspended: "m.suspended", Role: "a.role", NotBefore: "a.not_before", NotAfter: "a.not_after",
		MiniProgram: "p.mini_program",
	})
	if err != nil {
		return err
	}
	query := fmt.Sprintf(selectHolders, clause)
	var times []time.Duration
	var found [][]string
	for range measuredRuns {
		begun := time.Now()
		if _, found, err = db.rows(ctx, query, args...); err != nil {
			return err
		}
		times = append(times, time.Since(begun))
	}
	s.found, s.query = len(found), summary(times)
	if s.query.plan, err = db.explain(ctx, query, args); err != nil {
		return err
	}
	return s.compare(ctx, db, found)
}

// compare asks WhoCan about all members, and compares them with the rows that were found.
func (s *holderStudy) compare(ctx context.Context, db *database, found [][]string) error {
	begun := time.Now()
	members, err := loadMembers(ctx, db)
	if err != nil {
		return err
	}
	s.loading = time.Since(begun)
	begun = time.Now()
	var holders []string
	for member := range rbac.Default().WhoCan(rbac.ReleaseMiniProgram, askedProgram, slices.Values(members)) {
		holders = append(holders, member.ID)
	}
	s.whoCan = time.Since(begun)
	slices.Sort(holders)
	if !slices.EqualFunc(found, holders, func(row []string, id string) bool { return row[0] == id }) {
		return fmt.Errorf("the database finds %d members, WhoCan finds %d, and they differ", len(found), len(holders))
	}
	return nil
}

// loadMembers returns all members of the table. Each has one assignment.
func loadMembers(ctx context.Context, db *database) (members []rbac.Member, err error) {
	rows, err := db.QueryContext(ctx, selectMembers)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	last := int64(-1)
	for rows.Next() {
		var number int64
		var m rbac.Member
		var a rbac.Assignment
		var program *string
		w := &m.Workspace
		err := rows.Scan(&number, &w.Tenant, &w.Kind, &w.ID, &m.ID, &m.Status, &a.Role, &program)
		if err != nil {
			return nil, err
		}
		if number != last {
			m.Assignments = []rbac.Assignment{a}
			members, last = append(members, m), number
		}
		if program != nil {
			held := &members[len(members)-1].Assignments[0]
			held.MiniPrograms = append(held.MiniPrograms, *program)
		}
	}
	return members, rows.Err()
}

func (s *holderStudy) write(out io.Writer) error {
	_, err := fmt.Fprintf(out, `# Who may do it, among %d members in PostgreSQL

The members belong to 2000 workspaces of 20 tenants. The question is who may do %s to %s: %d members.

| | time |
|---|---|
| `+"`Holders.Where`"+` in EXISTS: median of %d queries | %s |
| 95%% | %s |
| `+"`WhoCan`"+` over all members in memory | %s |
| loading all members from the database before | %s |

Both find the same members. The plan:

`+"```"+`
%s
`+"```"+`
`, s.members, rbac.ReleaseMiniProgram, askedProgram.MiniProgram, s.found, measuredRuns, milliseconds(s.query.median),
		milliseconds(s.query.slow), milliseconds(s.whoCan), milliseconds(s.loading), s.query.plan)
	return err
}
