// Package demo is a small platform to look at with the console: a wallet, two merchants and
// their members, kept in SQLite or PostgreSQL. Anybody can act as any member, so run it on
// your own machine only.
package demo
