// Package web is a console for the roles and members of a mini program platform: an
// http.Handler that a host mounts.
package web

import (
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/miniprogram-platform/rbac"
)

// ErrNoMember is returned by [Config.Member] if the request is nobody's.
var ErrNoMember = errors.New("web: nobody is signed in")

// Config says what a console shows, and to whom.
type Config struct {
	// Policy returns the platform's policy as it is now. The console adds each
	// workspace's own roles to it.
	Policy func() *rbac.Policy

	// Store keeps members, own roles and the log.
	Store Store

	// Member returns who is looking. It authenticates the request and loads the member
	// anew. ErrNoMember means that nobody is signed in.
	Member func(*http.Request) (rbac.Member, error)

	// Switch is the address of the host's page where one signs in as somebody else. Empty
	// means that the console does not link it.
	Switch string

	// Log receives what went wrong on the server. Nil is slog.Default.
	Log *slog.Logger
}

// New returns the console. Mount it at a path that ends with "/", with the prefix
// stripped: its links are relative.
func New(config Config) (http.Handler, error) {
	if config.Policy == nil || config.Store == nil || config.Member == nil {
		return nil, errors.New("web: Config needs Policy, Store and Member")
	}
	mux := http.NewServeMux()
	for _, page := range []string{"/{$}", "/roles", "/try", "/role", "/members", "/member", "/log"} {
		mux.HandleFunc(page, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "not built yet")
		})
	}
	return mux, nil
}
