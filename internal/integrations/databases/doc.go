// Package databases proves that SQLite, PostgreSQL and MariaDB return exactly the rows that
// Can allows, whatever the type and the collation of the columns.
//
// For each type of column a table is filled with IDs that a database may take for another.
// The rows are read back once. Random members ask for rows, and for each query the rows that
// the database returns are compared with those for which Match is true in memory. What the
// database holds decides: a bigint that was given "01" holds "1".
//
// No row too many is allowed, and none missing. A query may fail only if it asks for an ID
// that the type cannot hold. The seeds are fixed, so each run is the same.
package databases
