package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Postgres is a Source in PostgreSQL: one row with the document and its revision. A writer
// announces a change by NOTIFY in the same statement, so replicas hear of it when it is visible.
//
// All connections must go to the primary. If the primary can fail over, the old one must be
// fenced off, because it would go on answering.
type Postgres struct{ pool *pgxpool.Pool }

// NewPostgres returns the source in the database of the pool. The table must exist.
func NewPostgres(pool *pgxpool.Pool) *Postgres { return &Postgres{pool} }

// CreateTable creates the table for the policy if there is none. Call it when the program is deployed, not in
// each process: PostgreSQL fails if two do it at the same moment.
//
// A revision comes from a sequence, so that a row that was deleted and written again is newer than before. The
// document is not jsonb, which drops repeated keys before anybody can refuse them.
func (p *Postgres) CreateTable(ctx context.Context) error {
	_, err := p.pool.Exec(ctx, `CREATE TABLE IF NOT EXISTS rbac_policy (
		id       integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
		revision bigint  GENERATED ALWAYS AS IDENTITY,
		document text    NOT NULL
	)`)
	return err
}

// maxDocument is the size that rbac.ParseSpec refuses to exceed. A larger document is not even
// fetched.
const maxDocument = 16 << 20

// Read is one query.
func (p *Postgres) Read(ctx context.Context) (Revision, []byte, error) {
	var revision Revision
	var size int
	var document []byte
	err := p.pool.QueryRow(ctx, `
		SELECT revision, octet_length(document), CASE WHEN octet_length(document) <= $1 THEN document END
		FROM rbac_policy`, maxDocument).Scan(&revision, &size, &document)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return 0, nil, ErrNoDocument
	case err != nil:
		return 0, nil, fmt.Errorf("replicas: read the policy: %w", err)
	case document == nil:
		return 0, nil, fmt.Errorf("replicas: revision %d has %d bytes; store at most %d", revision, size, maxDocument)
	}
	return revision, document, nil
}

// Confirm asks the primary. On a standby it is an error.
func (p *Postgres) Confirm(ctx context.Context, revision Revision) (bool, error) {
	var newest Revision
	var standby bool
	err := p.pool.QueryRow(ctx, `SELECT revision, pg_is_in_recovery() FROM rbac_policy`).Scan(&newest, &standby)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return revision == 0, nil
	case err != nil:
		return false, fmt.Errorf("replicas: confirm revision %d: %w", revision, err)
	case standby:
		return false, errors.New("replicas: the database is a standby; connect with target_session_attrs=primary")
	}
	return newest == revision, nil
}

// Write is one statement. The WHERE clause, or the primary key, compares, and the lock of the row orders those
// who write at once.
func (p *Postgres) Write(ctx context.Context, replaced Revision, document []byte) (Revision, error) {
	statement := `UPDATE rbac_policy SET revision = DEFAULT, document = $1 WHERE revision = $2`
	args := []any{string(document), replaced}
	if replaced == 0 {
		statement = `INSERT INTO rbac_policy (document) VALUES ($1) ON CONFLICT DO NOTHING`
		args = args[:1]
	}
	var revision Revision
	err := p.pool.QueryRow(ctx, `WITH written AS (`+statement+` RETURNING revision)
		SELECT revision, pg_notify('rbac_policy', '') FROM written`, args...).Scan(&revision, nil)
	if errors.Is(err, pgx.ErrNoRows) || isSerializationFailure(err) {
		return 0, &ConflictError{replaced}
	}
	if err != nil {
		return 0, fmt.Errorf("replicas: write the policy: %w", err)
	}
	return revision, nil
}

// isSerializationFailure reports whether another writer was first, in a database whose default is
// an isolation level above READ COMMITTED.
func isSerializationFailure(err error) bool {
	var failure *pgconn.PgError
	return errors.As(err, &failure) && failure.Code == "40001"
}

// Watch listens on a connection of its own. It takes the connection out of the pool for good,
// because a connection that is given back goes on listening.
func (p *Postgres) Watch(ctx context.Context, changed func()) error {
	pooled, err := p.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("replicas: connect to listen: %w", err)
	}
	connection := pooled.Hijack()
	defer closeSoon(connection)
	if _, err := connection.Exec(ctx, `LISTEN rbac_policy`); err != nil {
		return fmt.Errorf("replicas: listen: %w", err)
	}
	for {
		changed()
		if _, err := connection.WaitForNotification(ctx); err != nil {
			return fmt.Errorf("replicas: listen: %w", err)
		}
	}
}

// closeSoon closes a connection, also after the caller's context has ended.
func closeSoon(connection *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = connection.Close(ctx)
}
