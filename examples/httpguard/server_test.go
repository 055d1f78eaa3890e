package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestServeFinishesWhatItHasBegun(t *testing.T) {
	h := newBareHost()
	begun, finish := make(chan struct{}), make(chan struct{})
	h.guard.Public("GET /slow", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-finish
		_, _ = io.WriteString(w, "done")
	}))
	ctx, stop := context.WithCancel(t.Context())
	listener, ended := loopback(t), make(chan error, 1)
	go func() { ended <- serve(ctx, listener, h.guard) }()
	body := make(chan string, 1)
	go func() { body <- get("http://" + listener.Addr().String() + "/slow") }()

	<-begun
	stop()
	close(finish)
	assert.Equal(t, "done", <-body)
	assert.NoError(t, <-ended)
}

func TestServeRefusesToStart(t *testing.T) {
	h := newBareHost()
	Handle(h.guard, "GET /miniprograms/{id}", "no.such", api{h.store}.miniProgram, noop)
	ended, stop := context.WithCancel(t.Context())
	stop() // a server that starts all the same ends at once
	listener := loopback(t)
	assert.ErrorContains(t, serve(ended, listener, h.guard), `"no.such"`)
	_, err := listener.Accept()
	assert.ErrorIs(t, err, net.ErrClosed)
}

func TestServerHasTimeouts(t *testing.T) {
	server, err := newServer(newHost().guard)
	require.NoError(t, err)
	assert.Positive(t, server.ReadHeaderTimeout)
	assert.Positive(t, server.ReadTimeout)
	assert.Positive(t, server.WriteTimeout)
	assert.Positive(t, server.IdleTimeout)
}

func TestTheTourIsPrinted(t *testing.T) {
	var out strings.Builder
	printTour(&out, "http://localhost:8080")
	assert.Contains(t, out.String(), "curl -i -X POST -H 'Authorization: Bearer alice' http://localhost:8080/miniprograms/mp-42/release\n")
}

func loopback(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return listener
}

func get(url string) string {
	response, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}
