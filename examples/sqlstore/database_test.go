package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math"
	"sync/atomic"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A database goes away before each step of a change in turn, and at last after the commit,
// when only the answer is lost. The member is as before, or as after; never in between.
func TestReplaceIsAllOrNothingWhenTheDatabaseGoesAway(t *testing.T) {
	before, next := developer("shop-07", "shop-42"), developer("shop-08", "shop-09", "shop-10")
	onServers(t, func(t *testing.T, on server) {
		fragile := registerFragile(t, &on)
		s := scratch(t, on)
		require.NoError(t, s.populate(t.Context()))
		replace := func() error { return s.Replace(t.Context(), sue, dev, before, next) }
		steps := int64(0)
		for {
			fragile.left.Store(steps)
			err := replace()
			fragile.left.Store(math.MaxInt64)
			require.ErrorIs(t, err, errGone, "after %d steps", steps)
			held := member(t, s, dev).Assignments
			if assert.ObjectsAreEqual([]rbac.Assignment{next}, held) {
				break
			}
			require.Equal(t, []rbac.Assignment{before}, held, "after %d steps", steps)
			steps++
		}
		assert.Greater(t, steps, int64(10), "the change has more steps than that")
		assert.NoError(t, s.Replace(t.Context(), sue, dev, next, before), "the database is back")
	})
}

var errGone = errors.New("the database is gone")

// fragile is a driver whose databases go away when no steps are left.
type fragile struct {
	driver.Driver
	left atomic.Int64
}

var fragiles int

// registerFragile puts a fragile driver in place of the server's.
func registerFragile(t *testing.T, on *server) *fragile {
	pool, err := sql.Open(on.dialect.driver, "")
	require.NoError(t, err)
	defer pool.Close()
	f := &fragile{Driver: pool.Driver()}
	f.left.Store(math.MaxInt64)
	fragiles++
	on.dialect.driver += " fragile " + string(rune('a'+fragiles))
	sql.Register(on.dialect.driver, f)
	return f
}

func (f *fragile) Open(source string) (driver.Conn, error) {
	conn, err := f.Driver.Open(source)
	return &fragileConn{Conn: conn, fragile: f}, err
}

type fragileConn struct {
	driver.Conn
	*fragile
	gone bool
}

// step closes the connection when none are left.
func (c *fragileConn) step() error {
	if c.left.Add(-1) >= 0 {
		return nil
	}
	return errors.Join(errGone, c.Close())
}

func (c *fragileConn) IsValid() bool { return !c.gone }

func (c *fragileConn) Close() error {
	if c.gone {
		return nil
	}
	c.gone = true
	return c.Conn.Close()
}

// PrepareContext is a step of each statement and of each query.
func (c *fragileConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := c.step(); err != nil {
		return nil, err
	}
	return c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
}

func (c *fragileConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if err := c.step(); err != nil {
		return nil, err
	}
	tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, options)
	return &fragileTx{tx, c}, err
}

type fragileTx struct {
	driver.Tx
	conn *fragileConn
}

func (tx *fragileTx) Commit() error {
	if err := tx.conn.step(); err != nil {
		return err
	}
	if err := tx.Tx.Commit(); err != nil {
		return err
	}
	return tx.conn.step()
}

func (tx *fragileTx) Rollback() error {
	if tx.conn.gone {
		return errGone
	}
	return tx.Tx.Rollback()
}
