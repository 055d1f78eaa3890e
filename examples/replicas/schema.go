package main

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// schema is a schema of its own in PostgreSQL, with an empty table for the policy: for the demonstration and
// for tests.
type schema struct {
	name   string
	config *pgxpool.Config
	pool   *pgxpool.Pool
}

// createSchema creates a schema in the database of a URL.
func createSchema(ctx context.Context, url string) (*schema, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	s := &schema{"replicas_" + strings.ToLower(rand.Text()), config, nil}
	config.ConnConfig.RuntimeParams["search_path"] = s.name
	config.ConnConfig.RuntimeParams["application_name"] = s.name
	if s.pool, err = pgxpool.NewWithConfig(ctx, config.Copy()); err != nil {
		return nil, err
	}
	if _, err := s.pool.Exec(ctx, `CREATE SCHEMA `+s.name); err != nil {
		s.pool.Close()
		return nil, err
	}
	if err := NewPostgres(s.pool).CreateTable(ctx); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

// connect returns a source with connections of its own.
func (s *schema) connect(ctx context.Context) (Source, func(), error) {
	pool, err := pgxpool.NewWithConfig(ctx, s.config.Copy())
	if err != nil {
		return nil, nil, err
	}
	return NewPostgres(pool), pool.Close, nil
}

// disturb ends the connections that listen.
func (s *schema) disturb(ctx context.Context) (string, error) {
	_, err := s.pool.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE application_name = $1 AND query LIKE 'LISTEN%'`, s.name)
	return "The connections that listen are cut", err
}

// remove removes the schema, also after the caller's context has ended.
func (s *schema) remove() error {
	defer s.pool.Close()
	_, err := s.pool.Exec(context.Background(), `DROP SCHEMA `+s.name+` CASCADE`)
	return err
}
