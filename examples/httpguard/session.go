package main

import (
	"errors"
	"net/http"
	"strings"

	"github.com/miniprogram-platform/rbac"
)

// Sessions says who is signed in, by the token that the request carries. A real
// host's tokens are long and random, and it stores their hashes.
type Sessions map[string]MemberKey

// identify authenticates the request, which is the host's own business, and
// loads the member anew each time.
func (s Sessions) identify(store *Store) Identify {
	return func(r *http.Request) (rbac.Member, error) {
		token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		key, signedIn := s[token]
		if !isBearer || !signedIn {
			return rbac.Member{}, ErrNoMember
		}
		member, err := store.Member(r.Context(), key)
		if errors.Is(err, ErrNotFound) {
			return rbac.Member{}, ErrNoMember
		}
		return member, err
	}
}
