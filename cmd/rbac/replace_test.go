//go:build unix

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFormatWritesANewFileInThePlaceOfTheOld(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "policy.json"), filepath.Join(dir, "link.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"four_eyes":["approval.decide_release"]}`), 0o640))
	require.NoError(t, os.Symlink("policy.json", link))
	before, err := os.Stat(file)
	require.NoError(t, err)
	opened, err := os.Open(file)
	require.NoError(t, err)
	defer opened.Close()

	stdout, stderr, code := execute("fmt", "-w", link)
	assert.Equal(t, yes, code)
	assert.Empty(t, stdout+stderr)
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "{\n  \"four_eyes\": [\"approval.decide_release\"]\n}\n", string(written))
	old := make([]byte, 100)
	n, err := opened.Read(old)
	require.NoError(t, err)
	assert.Equal(t, `{"four_eyes":["approval.decide_release"]}`, string(old[:n]), "who reads the old file reads it whole")
	after, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, before.Mode(), after.Mode())
	target, err := os.Readlink(link)
	require.NoError(t, err)
	assert.Equal(t, "policy.json", target, "the link stays a link")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 2, "nothing else is left in the folder")
}

func TestFormatWritesNothingIfOneFileIsWrong(t *testing.T) {
	dir := t.TempDir()
	good, wrong := filepath.Join(dir, "good.json"), filepath.Join(dir, "wrong.json")
	require.NoError(t, os.WriteFile(good, []byte(`{"roles":[]}`), 0o644))
	require.NoError(t, os.WriteFile(wrong, []byte(`{"role":[]}`), 0o644))
	assertRefused(t, "fmt", []string{"fmt", "-w", good, wrong}, `unknown key "role"`)
	content, err := os.ReadFile(good)
	require.NoError(t, err)
	assert.Equal(t, `{"roles":[]}`, string(content))
}

func TestFormatWritesAFileOfTheLongestName(t *testing.T) {
	file := filepath.Join(t.TempDir(), strings.Repeat("a", 255))
	require.NoError(t, os.WriteFile(file, []byte("{ }"), 0o644))
	stdout, stderr, code := execute("fmt", "-w", file)
	assert.Equal(t, yes, code)
	assert.Empty(t, stdout+stderr)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "{}\n", string(content))
}

func TestFormatLeavesAPipeAPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o644))
	go func() { _ = os.WriteFile(pipe, []byte("{ }"), 0) }()
	assertRefused(t, "fmt", []string{"fmt", "-w", pipe}, pipe+": cannot write it: it is not a regular file")
	info, err := os.Stat(pipe)
	require.NoError(t, err)
	assert.Equal(t, os.ModeNamedPipe, info.Mode().Type())
}

// TestFormatNamesTheFileThatItCannotWrite takes the folder away between reading and
// writing, because root may write in a folder that is read-only.
func TestFormatNamesTheFileThatItCannotWrite(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone.json")
	err := writeAll(t.Context(), []formattedFile{{gone, []byte("{ }"), []byte("{}\n")}})
	assert.EqualError(t, err, gone+": cannot write it: no such file or directory")
}

func TestFormatStopsBetweenFilesWhenItIsInterrupted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.json")
	require.NoError(t, os.WriteFile(file, []byte("{ }"), 0o644))
	interrupted, interrupt := context.WithCancel(t.Context())
	interrupt()
	err := writeAll(interrupted, []formattedFile{{file, []byte("{ }"), []byte("{}\n")}})
	assert.EqualError(t, err, "interrupted; "+file+" and what follows it are as they were")
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "{ }", string(content))
}
