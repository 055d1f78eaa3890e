// Package servers gives each test of a database server a place of its own on it, which is
// gone when the test ends.
package servers

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"testing"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/stretchr/testify/require"
)

// PostgreSQL returns the URL of an empty schema. Without DATABASE_URL it skips the test,
// or fails it if RBAC_REQUIRE_POSTGRES is set.
func PostgreSQL(t testing.TB) string {
	t.Helper()
	server := setting(t, "PostgreSQL", "DATABASE_URL", "RBAC_REQUIRE_POSTGRES")
	schema := name()
	db := Open(t, "pgx", server)
	run(t, db, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { run(t, db, "DROP SCHEMA "+schema+" CASCADE") })
	address, err := url.Parse(server)
	require.NoError(t, err)
	query := address.Query()
	query.Set("search_path", schema+",public")
	address.RawQuery = query.Encode()
	return address.String()
}

// MariaDB returns the configuration of an empty database. Without MYSQL_DSN it skips the
// test, or fails it if RBAC_REQUIRE_MARIADB is set.
func MariaDB(t testing.TB) *mysql.Config {
	t.Helper()
	config, err := mysql.ParseDSN(setting(t, "MariaDB", "MYSQL_DSN", "RBAC_REQUIRE_MARIADB"))
	require.NoError(t, err)
	database := name()
	db := Open(t, "mysql", config.FormatDSN())
	run(t, db, "CREATE DATABASE "+database+" CHARACTER SET utf8mb4")
	t.Cleanup(func() { run(t, db, "DROP DATABASE "+database) })
	config.DBName, config.ParseTime = database, true
	return config
}

// Open opens a database, and closes it when the test ends.
func Open(t testing.TB, driver, source string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, source)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func setting(t testing.TB, server, variable, required string) string {
	t.Helper()
	value := os.Getenv(variable)
	switch {
	case value != "":
	case os.Getenv(required) != "":
		t.Fatalf("%s is not tested: set %s, as .ci does", server, variable)
	default:
		t.Skipf("%s is not tested: %s is not set", server, variable)
	}
	return value
}

var named int

// name is a new name. Packages are tested at the same time, by processes of their own.
func name() string {
	named++
	return fmt.Sprintf("rbac_%d_%d", os.Getpid(), named)
}

func run(t testing.TB, db *sql.DB, statement string) {
	t.Helper()
	_, err := db.Exec(statement)
	require.NoError(t, err, statement)
}
