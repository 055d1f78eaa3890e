// Package columns proves that Status and WorkspaceKind are words in a column, both ways, through
// database/sql, pgx and GORM: a number that stands for a word is read by nobody, and is never
// written.
package columns
