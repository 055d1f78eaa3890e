// Package demo is a small platform to look at with the console: a wallet, two merchants and
// their members, kept in SQLite or PostgreSQL. Anybody may choose whom to be, so it is for
// one's own machine.
package demo
