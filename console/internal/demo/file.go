package demo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// databaseFile is the SQLite file of a store. A connection to a file that was removed goes on
// as if nothing had happened, and what it stores is lost. Therefore a store looks at the file
// before it says that something is stored.
type databaseFile struct {
	name string // absolute
	info os.FileInfo
}

// openFile creates the file if there is none. It opens no file that exists: SQLite's locks are
// the process's, and closing the file would release those of another store.
func openFile(name string) (*databaseFile, error) {
	name, err := filepath.Abs(name)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	created, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err == nil {
		err = created.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("demo: create the database: %w", err)
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	return &databaseFile{name, info}, nil
}

// check returns an error if the file is no longer the one that was opened.
func (f *databaseFile) check() error {
	info, err := os.Stat(f.name)
	if err != nil {
		return fmt.Errorf("demo: the database is gone: %w; put the file back and start again", err)
	}
	if !os.SameFile(f.info, info) {
		return fmt.Errorf("demo: %q is another file than the one that was opened; start again", f.name)
	}
	return nil
}
