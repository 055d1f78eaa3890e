package main

import (
	"bytes"
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/miniprogram-platform/rbac/internal/address"
	"github.com/miniprogram-platform/rbac/internal/load"
)

var formatCommand = &command{
	name:  "fmt",
	usage: "[-w|-check|-canonical] FILE...",
	about: "write policies in one stable form",
	help: `
Lists and keys are sorted where their order means nothing, and what is empty is left out.
Policies that mean the same have the same text.

  -w           rewrite each FILE instead of printing it
  -check       write nothing but the names of files that are not in this form; exit 1 if any
  -canonical   write the canonical bytes of RFC 8785, which fingerprints are made of`,
	example: `
$ rbac fmt -w roles.json
$ rbac fmt -check policies/*.json`,
	run: runFormat,
}

func runFormat(c *call) (int, error) {
	write := c.flags.Bool("w", false, "")
	check := c.flags.Bool("check", false, "")
	canonical := c.flags.Bool("canonical", false, "")
	files, err := c.parse(1, -1)
	if err != nil {
		return unusable, err
	}
	if *check && *write {
		return unusable, c.misused("use -w or -check, and not both")
	}
	form := pretty
	if *canonical {
		form = canonicalBytes
	}
	formatted := make([]formattedFile, len(files))
	for i, name := range files {
		if formatted[i], err = formatFile(name, form); err != nil {
			return unusable, err
		}
	}
	switch {
	case *write:
		interrupted, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		return yes, writeAll(interrupted, formatted)
	case *check:
		return c.check(formatted), nil
	}
	for _, f := range formatted {
		c.out.Write(f.after)
	}
	return yes, nil
}

// formattedFile is a file before and after.
type formattedFile struct {
	name          string
	before, after []byte
}

func formatFile(name string, form func(*load.Document) ([]byte, error)) (formattedFile, error) {
	document, err := load.Spec(name)
	if err != nil {
		return formattedFile{}, err
	}
	after, err := form(document)
	return formattedFile{name, document.Bytes(), after}, err
}

func canonicalBytes(document *load.Document) ([]byte, error) { return document.Spec.Canonical() }

// check lists the files that formatting would change.
func (c *call) check(all []formattedFile) int {
	code := yes
	for _, f := range all {
		if !bytes.Equal(f.before, f.after) {
			c.printf("%s\n", address.ID(f.name))
			code = no
		}
	}
	return code
}
