package databases

import (
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/integrations/servers"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// server is a database with the types of column that can hold IDs in it.
type server struct {
	name    string
	dialect rbac.Dialect
	modes   []*sql.DB // the same data, by each way in which the driver sends arguments
	key     string    // the type of a number that names a row
	boolean string
	words   string // the type of a kind's, a role's or a status's word where the IDs have a type that cannot hold words
	types   []columnType
	times   []timeType
	tables  int // how many have been created
}

// columnType is a type of column for IDs.
type columnType struct {
	name     string
	column   string   // in CREATE TABLE
	ids      []string // the vocabularies that it is tried with
	binary   bool     // the host stores []byte, and where mixed is set, half of the time
	mixed    bool
	wordless bool // it cannot hold words
	bytewise bool // Columns.Bytewise is promised to work
	unheld   bool // no query with an ID needs to work
	padded   bool // the driver returns the blanks with which the type fills up
}

// timeType is a way to store instants.
type timeType struct {
	name, column string
	store        func(time.Time) any
	read         func(t *testing.T, stored any) time.Time
}

var (
	everyID = []string{"words", "numbers", "uuids"}
	uuids   = []string{"uuids"}
	numbers = []string{"numbers"}
)

func sqlite(t *testing.T) *server {
	db := servers.Open(t, "sqlite", ":memory:")
	db.SetMaxOpenConns(1) // every connection to :memory: is a database of its own
	return &server{
		name: "SQLite", dialect: rbac.SQLite, modes: []*sql.DB{db},
		key: "INTEGER PRIMARY KEY", boolean: "BOOLEAN", words: "TEXT",
		types: []columnType{
			{name: "TEXT", column: "TEXT", ids: everyID, bytewise: true},
			{name: "TEXT COLLATE NOCASE", column: "TEXT COLLATE NOCASE", ids: everyID},
			{name: "TEXT COLLATE RTRIM", column: "TEXT COLLATE RTRIM", ids: everyID},
			{name: "INTEGER", column: "INTEGER", ids: everyID},
			{name: "BLOB", column: "BLOB", ids: everyID, binary: true},
			{name: "no type", column: "", ids: everyID, binary: true, mixed: true},
		},
		times: []timeType{
			{"DATETIME, UTC", "DATETIME", inUTC, asTime},
			{"TEXT of fixed width", "TEXT", fixedWidth, fromFixedWidth},
			{"INTEGER of microseconds", "INTEGER", microseconds, fromMicroseconds},
		},
	}
}

func postgreSQL(t *testing.T) *server {
	address := servers.PostgreSQL(t)
	var modes []*sql.DB
	for _, mode := range []string{"cache_statement", "exec", "simple_protocol"} {
		modes = append(modes, servers.Open(t, "pgx", address+"&default_query_exec_mode="+mode))
	}
	run(t, modes[0], `CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level1', deterministic = false)`)
	types := []columnType{
		{name: "text", column: "text", ids: everyID, bytewise: true},
		{name: "varchar(64)", column: "varchar(64)", ids: everyID, bytewise: true},
		{name: "char(64)", column: "char(64)", ids: everyID, padded: true},
		{name: "text in a nondeterministic collation", column: "text COLLATE folded", ids: everyID},
		{name: "uuid", column: "uuid", ids: uuids, wordless: true},
		{name: "bigint", column: "bigint", ids: numbers, wordless: true},
		{name: "bytea", column: "bytea", ids: everyID, binary: true, wordless: true, unheld: true},
	}
	if _, err := modes[0].Exec("CREATE EXTENSION IF NOT EXISTS citext SCHEMA public"); err != nil {
		require.Empty(t, os.Getenv("RBAC_REQUIRE_POSTGRES"), "%v", err)
		t.Logf("PostgreSQL citext is not tested: %v", err)
	} else {
		types = append(types, columnType{name: "citext", column: "citext", ids: everyID})
	}
	return &server{
		name: "PostgreSQL", dialect: rbac.PostgreSQL, modes: modes,
		key: "bigint PRIMARY KEY", boolean: "boolean", words: "text", types: types,
		times: []timeType{
			{"timestamptz", "timestamptz", nil, asTime},
			{"timestamp, UTC", "timestamp", inUTC, asTime},
			{"text of fixed width", "text", fixedWidth, fromFixedWidth},
			{"bigint of microseconds", "bigint", microseconds, fromMicroseconds},
		},
	}
}

func mariaDB(t *testing.T) *server {
	config := servers.MariaDB(t)
	interpolated := config.Clone()
	interpolated.InterpolateParams = true
	var modes []*sql.DB
	for _, c := range []*mysql.Config{config, interpolated} {
		modes = append(modes, servers.Open(t, "mysql", c.FormatDSN()))
	}
	inCollation := func(collation string) columnType {
		charset, _, _ := strings.Cut(collation, "_")
		column := fmt.Sprintf("VARCHAR(255) CHARACTER SET %s COLLATE %s", charset, collation)
		return columnType{name: "VARCHAR in " + collation, column: column, ids: everyID}
	}
	bin := inCollation("utf8mb4_nopad_bin")
	bin.bytewise = true
	return &server{
		name: "MariaDB", dialect: rbac.MySQL, modes: modes,
		key: "BIGINT PRIMARY KEY", boolean: "BOOLEAN", words: "VARCHAR(64)",
		types: []columnType{
			inCollation("utf8mb4_general_ci"),
			inCollation("utf8mb4_unicode_ci"),
			inCollation("utf8mb4_uca1400_ai_ci"),
			inCollation("utf8mb4_bin"),
			bin,
			inCollation("latin1_swedish_ci"),
			{name: "CHAR", column: "CHAR(255) CHARACTER SET utf8mb4", ids: everyID},
			{name: "VARBINARY", column: "VARBINARY(767)", ids: everyID, binary: true, bytewise: true},
			{name: "BIGINT", column: "BIGINT", ids: numbers, wordless: true},
			{name: "UUID", column: "UUID", ids: uuids, wordless: true},
		},
		times: []timeType{
			{"DATETIME(6)", "DATETIME(6)", nil, asTime},
			{"VARCHAR of fixed width", "VARCHAR(64)", fixedWidth, fromFixedWidth},
			{"BIGINT of microseconds", "BIGINT", microseconds, fromMicroseconds},
		},
	}
}

// forEachServer runs a test on each of the databases, at the same time.
func forEachServer(t *testing.T, test func(t *testing.T, s *server)) {
	for _, on := range []struct {
		name string
		open func(t *testing.T) *server
	}{{"SQLite", sqlite}, {"PostgreSQL", postgreSQL}, {"MariaDB", mariaDB}} {
		t.Run(on.name, func(t *testing.T) {
			t.Parallel()
			test(t, on.open(t))
		})
	}
}

// Forms of instants that sort as the instants do.

const fixedForm = "2006-01-02T15:04:05.000000000Z"

func inUTC(t time.Time) any        { return t.UTC() }
func fixedWidth(t time.Time) any   { return t.UTC().Format(fixedForm) }
func microseconds(t time.Time) any { return t.UnixMicro() }

func asTime(t *testing.T, stored any) time.Time {
	at, is := stored.(time.Time)
	require.True(t, is, "%T", stored)
	return at
}

func fromFixedWidth(t *testing.T, stored any) time.Time {
	text, is := stored.(string)
	if bytes, are := stored.([]byte); are {
		text, is = string(bytes), true
	}
	require.True(t, is, "%T", stored)
	at, err := time.Parse(fixedForm, text)
	require.NoError(t, err)
	return at
}

func fromMicroseconds(t *testing.T, stored any) time.Time {
	n, is := stored.(int64)
	require.True(t, is, "%T", stored)
	return time.UnixMicro(n)
}

func run(t *testing.T, db *sql.DB, statement string, args ...any) {
	t.Helper()
	_, err := db.Exec(statement, args...)
	require.NoError(t, err, statement)
}
