package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const shutdownTimeout = 10 * time.Second

// serve answers on the listener until the context ends, and then lets the
// requests in hand finish. It refuses to start with a route that is not in
// order, and there is no other way to give it a route than a guard.
func serve(ctx context.Context, listener net.Listener, guard *Guard) error {
	server, err := newServer(guard)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	return server.Shutdown(ending)
}

// newServer bounds how long and how much a client may send.
func newServer(guard *Guard) (*http.Server, error) {
	handler, err := guard.Handler()
	if err != nil {
		return nil, err
	}
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(guard.log.Handler(), slog.LevelError),
	}, nil
}
