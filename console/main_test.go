package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// start runs the console, and returns its URL.
func start(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	file := filepath.Join(t.TempDir(), "a.db")
	go func() { done <- run(ctx, append([]string{"-db", file}, args...), writer) }()
	t.Cleanup(func() {
		stop()
		assert.NoError(t, <-done)
	})
	line := make([]byte, 200)
	n, err := reader.Read(line)
	require.NoError(t, err)
	_, address, found := strings.Cut(strings.TrimSpace(string(line[:n])), "The console is at ")
	require.True(t, found, string(line[:n]))
	return address
}

func TestRunServesTheConsoleUntilItIsStopped(t *testing.T) {
	answer, err := http.Get(start(t, "-addr", "127.0.0.1:0") + "/people")
	require.NoError(t, err)
	page, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Contains(t, string(page), "sam")
}

// choose sends the form with which a page makes the browser be sam, and returns the status.
func choose(t *testing.T, server, host string) int {
	t.Helper()
	form := url.Values{"member": {"kind=developer&tenant=wallet&workspace=shop&id=sam"}}
	r, err := http.NewRequestWithContext(t.Context(), "POST", server+"/people", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	r.Host = host
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://"+host)
	answer, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, answer.StatusCode == http.StatusSeeOther, len(answer.Cookies()) > 0, host)
	return answer.StatusCode
}

func TestRunServesOnlyTheHostsOfThisMachineAndThoseAdded(t *testing.T) {
	local := start(t, "-addr", "127.0.0.2:0")
	named := start(t, "-addr", "127.0.0.1:0", "-host", "Console.example", "-host", "192.0.2.7", "-host", "2001:db8::7")
	everywhere := start(t, "-addr", "0.0.0.0:0")
	everywhereNamed := start(t, "-addr", "0.0.0.0:0", "-host", "console.example")
	for _, row := range []struct {
		name, server, host string
		want               int
	}{
		{"this machine by its name", local, "localhost", http.StatusSeeOther},
		{"this machine by its name in capitals, with a port", local, "LOCALHOST:8080", http.StatusSeeOther},
		{"this machine by its address", local, "127.0.0.1:80", http.StatusSeeOther},
		{"this machine by its address of version 6", local, "[::1]:8080", http.StatusSeeOther},
		{"the address that it listens on", local, "127.0.0.2", http.StatusSeeOther},
		{"another name", local, "evil.example", http.StatusMisdirectedRequest},
		{"another name with a port", local, "evil.example:8080", http.StatusMisdirectedRequest},
		{"a name that begins with this machine's", local, "localhost.evil.example", http.StatusMisdirectedRequest},
		{"a name that begins with an address", local, "127.0.0.1.evil.example:80", http.StatusMisdirectedRequest},
		{"another address", local, "192.0.2.7", http.StatusMisdirectedRequest},
		{"a name that was added", named, "console.EXAMPLE:443", http.StatusSeeOther},
		{"an address that was added", named, "192.0.2.7:8080", http.StatusSeeOther},
		{"an address of version 6 that was added", named, "[2001:db8::7]", http.StatusSeeOther},
		{"this machine beside those that were added", named, "localhost:8080", http.StatusSeeOther},
		{"a name that was not added", named, "evil.example", http.StatusMisdirectedRequest},
		{"any name, if it listens on more than this machine", everywhere, "wallet.example", http.StatusSeeOther},
		{"a name that was added there", everywhereNamed, "console.example", http.StatusSeeOther},
		{"a name that was not added there", everywhereNamed, "evil.example", http.StatusMisdirectedRequest},
	} {
		assert.Equal(t, row.want, choose(t, row.server, row.host), row.name)
	}
}

func TestRunSaysWhyItCannotStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.db")
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"-x"}, "-x"},
		{[]string{"extra"}, `unknown argument "extra"`},
		{[]string{"-host", ""}, "no name of a host"},
		{[]string{"-host", "http://console.example"}, "leave out the scheme and the port"},
		{[]string{"-host", "console.example:80"}, "leave out the scheme and the port"},
		{[]string{"-db", file, "-addr", "127.0.0.1:none"}, "listen"},
		{[]string{"-db", filepath.Join(t.TempDir(), "none", "a.db")}, "create the database"},
		{[]string{"-database", "postgres://127.0.0.1:1/none?connect_timeout=1"}, "connect"},
		{[]string{"-database", "mysql://127.0.0.1/none"}, "postgres://"},
	} {
		err := run(t.Context(), row.args, &bytes.Buffer{})
		assert.ErrorContains(t, err, row.want, "%v", row.args)
	}
}
