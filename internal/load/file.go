// Package load reads the files that the tools around a policy need: policies, members
// and lists of cases. It reads them as strictly as the library does, and says in which
// line a problem is.
package load

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sort"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/miniprogram-platform/rbac/internal/strictjson"
)

// The largest files that are read. A policy is bounded by the library as well.
const (
	mostPolicyBytes = 16 << 20
	mostBytes       = 256 << 20
)

// file is a file that is text.
type file struct {
	name  string
	data  []byte
	lines []int // the offset at which each line starts; built when first needed
}

// read reads a whole file, or standard input for "-".
func read(name string, most int) (*file, error) {
	f := &file{name: name}
	var err error
	if f.data, err = f.bytes(most); err != nil {
		return nil, err
	}
	if err := f.checkText(); err != nil {
		return nil, err
	}
	return f, nil
}

// checkText refuses what is no text in UTF-8.
func (f *file) checkText() error {
	switch {
	case bytes.HasPrefix(f.data, []byte("\xef\xbb\xbf")):
		return f.unreadable(0, "the file begins with a byte order mark", "save it as UTF-8 without one")
	case bytes.HasPrefix(f.data, []byte("\xff\xfe")), bytes.HasPrefix(f.data, []byte("\xfe\xff")):
		return f.unreadable(0, "the file is UTF-16", "save it as UTF-8")
	case len(bytes.TrimSpace(f.data)) == 0:
		return f.unreadable(-1, "the file is empty", "write a JSON document")
	case !utf8.Valid(f.data):
		return f.unreadable(strictjson.FirstInvalid(f.data), "the file is not UTF-8", "save it as UTF-8")
	}
	return nil
}

func (f *file) bytes(most int) ([]byte, error) {
	if f.name == "-" {
		return f.limited(os.Stdin, most, 0)
	}
	opened, err := os.Open(f.name)
	if err != nil {
		return nil, f.failed(err)
	}
	defer opened.Close()
	info, err := opened.Stat()
	switch {
	case err != nil:
		return nil, f.failed(err)
	case info.IsDir():
		return nil, f.unreadable(-1, "this is a directory", "name a file")
	case info.Size() > int64(most):
		return nil, f.tooLarge(most)
	}
	return f.limited(opened, most, int(info.Size()))
}

// limited reads to the end, and no more than most bytes.
func (f *file) limited(r io.Reader, most, expected int) ([]byte, error) {
	data := bytes.NewBuffer(make([]byte, 0, expected+bytes.MinRead))
	_, err := data.ReadFrom(io.LimitReader(r, int64(most)+1))
	switch {
	case err != nil:
		return nil, f.failed(err)
	case data.Len() > most:
		return nil, f.tooLarge(most)
	}
	return data.Bytes(), nil
}

func (f *file) tooLarge(most int) error {
	return f.unreadable(-1, fmt.Sprintf("the file is larger than %d MiB", most>>20), "split it")
}

// failed returns what the system says, without the name of the file.
func (f *file) failed(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return f.unreadable(-1, "cannot read it: "+err.Error(), "")
}

// position returns the line and the column of an offset, both from 1. Columns count
// bytes.
func (f *file) position(offset int) (line, column int) {
	if f.lines == nil {
		f.lines = []int{0}
		for i, c := range f.data {
			if c == '\n' {
				f.lines = append(f.lines, i+1)
			}
		}
	}
	line = sort.SearchInts(f.lines, min(offset, len(f.data))+1)
	return line, min(offset, len(f.data)) - f.lines[line-1] + 1
}

// locate says where problems are, and sorts them by that. Each line is gone through once,
// however many problems it has.
func (f *file) locate(problems Problems, offsets []int) {
	for i, offset := range offsets {
		problems[i].Line, problems[i].Column = f.position(offset)
	}
	slices.SortStableFunc(problems, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	line, from, character := 0, 0, 0
	for _, p := range problems {
		start := f.lines[p.Line-1]
		if p.Line != line {
			line, from, character = p.Line, start, 1
		}
		to := start + p.Column - 1
		for _, r := range string(f.data[from:to]) {
			character += max(utf16.RuneLen(r), 1) // a byte that is not UTF-8 stands for one
		}
		from, p.Character = to, character
	}
}

// offset is the reverse of position.
func (f *file) offset(line, column int) int {
	f.position(0)
	return f.lines[min(line, len(f.lines))-1] + column - 1
}
