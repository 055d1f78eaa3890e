package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/miniprogram-platform/rbac/internal/address"
)

// writeAll writes the files that formatting changes. An interruption waits until the file
// at hand is whole, and leaves the files after it as they are.
func writeAll(interrupted context.Context, all []formattedFile) error {
	for _, f := range all {
		if f.name == "-" {
			return errors.New("-w cannot write standard input; name a file")
		}
	}
	for _, f := range all {
		if interrupted.Err() != nil {
			return fmt.Errorf("interrupted; %s and what follows it are as they were", address.ID(f.name))
		}
		if bytes.Equal(f.before, f.after) {
			continue
		}
		if err := replaceFile(f.name, f.after); err != nil {
			return fmt.Errorf("%s: cannot write it: %w", address.ID(f.name), withoutPath(err))
		}
	}
	return nil
}

// withoutPath returns what the system says, without the name of a file that the user does
// not know.
func withoutPath(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}

// replaceFile writes a new file beside the old one and renames it, so that there is a
// whole file at every moment. A link stays a link: what it points to is replaced.
func replaceFile(name string, data []byte) (err error) {
	if name, err = filepath.EvalSymlinks(name); err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is not a regular file")
	}
	written, err := os.CreateTemp(filepath.Dir(name), ".rbac-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(written.Name())
		}
	}()
	_, err = written.Write(data)
	if err == nil {
		err = written.Chmod(info.Mode().Perm())
	}
	if err == nil {
		err = written.Sync()
	}
	if closed := written.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(written.Name(), name)
}
