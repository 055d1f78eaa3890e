package demo

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/web"
)

// longestText is how many bytes of a text the log keeps. A long request must not fill
// the disk, nor make the entry fail.
const longestText = 1024

// Record stores an entry of the log. Texts that are too long are cut.
func (s *Store) Record(ctx context.Context, entry web.LogEntry) error {
	return s.transact(ctx, func(tx *sql.Tx) error { return record(ctx, tx, entry) })
}

func record(ctx context.Context, tx *sql.Tx, e web.LogEntry) error {
	workspace := e.Workspace
	args := []any{workspace.Tenant, workspace.Kind, workspace.ID, e.Time.UTC().Format(time.RFC3339Nano)}
	for _, text := range []string{
		e.Actor, e.ActorWorkspace.Tenant, kindOf(e.ActorWorkspace), e.ActorWorkspace.ID, e.Member, string(e.Action),
		e.MiniProgram, e.Owner, string(e.Outcome), e.Reason, e.Detail, e.Fingerprint,
	} {
		args = append(args, shortened(text, longestText))
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO console_log (
			tenant, kind, workspace, at, actor, actor_tenant, actor_kind, actor_workspace, member, action, mini_program,
			owner, outcome, reason, detail, fingerprint)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`, args...)
	if err != nil {
		return fmt.Errorf("demo: log: %w", err)
	}
	return nil
}

// kindOf returns the word of the actor's kind, or nothing if the entry has no actor.
func kindOf(workspace rbac.Workspace) string {
	if workspace == (rbac.Workspace{}) {
		return ""
	}
	return workspace.Kind.String()
}

// Entries returns the newest entries that match the query, newest first.
func (s *Store) Entries(
	ctx context.Context, workspace rbac.Workspace, query web.LogQuery,
) (entries []web.LogEntry, err error) {
	if !possible(workspace) || !storable(query.Member) {
		return nil, nil
	}
	statement := `
		SELECT number, at, actor, actor_tenant, actor_kind, actor_workspace, member, action, mini_program, owner, outcome,
			reason, detail, fingerprint
		FROM console_log
		WHERE tenant = $1 AND kind = $2 AND workspace = $3
			AND ($4 = '' OR actor = $4 OR member = $4) AND ($5 = '' OR action = $5) AND ($6 = '' OR outcome = $6)
			AND number < $7
		ORDER BY number DESC`
	before := query.Before
	if before == 0 {
		before = math.MaxInt64
	}
	args := []any{
		workspace.Tenant, workspace.Kind, workspace.ID, query.Member, string(query.Action), string(query.Outcome), before,
	}
	if query.Limit > 0 {
		statement, args = statement+` LIMIT $8`, append(args, query.Limit)
	}
	err = each(ctx, s.pool, func(rows *sql.Rows) error {
		entry, err := readEntry(rows, workspace)
		entries = append(entries, entry)
		return err
	}, statement, args...)
	if err != nil {
		return nil, err
	}
	return entries, nil
}

func readEntry(rows *sql.Rows, workspace rbac.Workspace) (web.LogEntry, error) {
	e := web.LogEntry{Workspace: workspace}
	var at, actorKind string
	err := rows.Scan(&e.Number, &at, &e.Actor, &e.ActorWorkspace.Tenant, &actorKind, &e.ActorWorkspace.ID, &e.Member,
		&e.Action, &e.MiniProgram, &e.Owner, &e.Outcome, &e.Reason, &e.Detail, &e.Fingerprint)
	if err != nil {
		return e, err
	}
	if e.Time, err = time.Parse(time.RFC3339Nano, at); err != nil || actorKind == "" {
		return e, err
	}
	return e, e.ActorWorkspace.Kind.UnmarshalText([]byte(actorKind))
}
