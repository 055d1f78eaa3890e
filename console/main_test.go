package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRunServesTheConsoleUntilItIsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"-addr", "127.0.0.1:0", "-db", filepath.Join(t.TempDir(), "a.db")}, writer)
	}()
	line := make([]byte, 200)
	n, err := reader.Read(line)
	require.NoError(t, err)
	_, url, found := strings.Cut(strings.TrimSpace(string(line[:n])), "The console is at ")
	require.True(t, found, string(line[:n]))
	answer, err := http.Get(url + "/people")
	require.NoError(t, err)
	page, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Contains(t, string(page), "sam")
	stop()
	assert.NoError(t, <-done)
}

func TestRunSaysWhyItCannotStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.db")
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"-x"}, "-x"},
		{[]string{"extra"}, `unknown argument "extra"`},
		{[]string{"-db", file, "-addr", "127.0.0.1:none"}, "listen"},
		{[]string{"-db", filepath.Join(t.TempDir(), "none", "a.db")}, "unable to open database file"},
		{[]string{"-database", "postgres://127.0.0.1:1/none?connect_timeout=1"}, "connect"},
		{[]string{"-database", "mysql://127.0.0.1/none"}, "postgres://"},
	} {
		err := run(t.Context(), row.args, &bytes.Buffer{})
		assert.ErrorContains(t, err, row.want, "%v", row.args)
	}
}
