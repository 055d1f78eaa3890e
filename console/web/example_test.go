package web_test

import (
	"log"
	"net/http"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/web"
)

// The host's own: its storage, and who is signed in.
var (
	store          web.Store
	authenticate   func(*http.Request) (userID string, workspace rbac.Workspace, ok bool)
	loadMember     func(userID string, workspace rbac.Workspace) (rbac.Member, error)
	platformPolicy func() *rbac.Policy // such as the Load of an atomic.Pointer[rbac.Policy]
)

func ExampleNew() {
	console, err := web.New(web.Config{
		Policy: platformPolicy,
		Store:  store,
		Member: func(r *http.Request) (rbac.Member, error) {
			userID, workspace, ok := authenticate(r)
			if !ok {
				return rbac.Member{}, web.ErrNoMember
			}
			return loadMember(userID, workspace)
		},
		SignIn: "/login",
	})
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/console/", http.StripPrefix("/console", console))
}
