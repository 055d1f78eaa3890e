package view

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/miniprogram-platform/rbac"
)

// AssignmentKeys names assignments in forms. A key changes as soon as its assignment does. It
// is made with a secret, so that a viewer cannot guess the mini programs that a page hides and
// compare keys.
type AssignmentKeys struct{ secret []byte }

// NewAssignmentKeys returns keys that are made with a secret, or with one of their own if it is empty.
func NewAssignmentKeys(secret []byte) AssignmentKeys {
	if len(secret) == 0 {
		secret = make([]byte, sha256.Size)
		_, _ = rand.Read(secret) // never fails
	}
	return AssignmentKeys{slices.Clone(secret)}
}

// Key returns the key of an assignment of the member. Equal assignments of two members have
// different keys.
func (k AssignmentKeys) Key(member rbac.Member, assignment rbac.Assignment) string {
	document, err := json.Marshal([]any{member.Workspace, member.ID, assignment})
	if err != nil {
		return "" // it cannot be stored either
	}
	mac := hmac.New(sha256.New, k.secret)
	mac.Write(document)
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// Find returns the member's assignment of that key.
func (k AssignmentKeys) Find(member rbac.Member, key string) (rbac.Assignment, bool) {
	i := slices.IndexFunc(member.Assignments, func(a rbac.Assignment) bool { return k.Key(member, a) == key })
	if i < 0 || key == "" {
		return rbac.Assignment{}, false
	}
	return member.Assignments[i], true
}
