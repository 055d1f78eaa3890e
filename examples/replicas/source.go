package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/miniprogram-platform/rbac"
)

// Revision numbers the documents of a source. Each write gets a higher one. Zero is before
// the first document.
type Revision uint64

// Source keeps the document of one policy for many processes.
type Source interface {
	// Read returns the stored document and its revision. It may come from a copy that lags behind.
	// If there is none, the error is ErrNoDocument.
	Read(ctx context.Context) (Revision, []byte, error)

	// Confirm reports whether a revision is the newest. Every write that returned before Confirm was
	// called counts, so a copy that may lag behind cannot answer.
	Confirm(ctx context.Context, revision Revision) (bool, error)

	// Write stores a document in place of the one with the given revision, or the first
	// document in place of revision 0. It returns the new revision. If the newest revision is
	// another one, it changes nothing and returns a *ConflictError. After any other error the
	// document may have been stored or not: read it to find out.
	//
	// Write does not look into the document. Publish and Edit store valid policies only.
	Write(ctx context.Context, replaced Revision, document []byte) (Revision, error)

	// Watch calls changed soon after a document has been written. It also calls changed once
	// it is listening, for what was written before. It returns an error when it no longer
	// listens, and when ctx ends. Calls can be lost, so nobody may rely on them.
	Watch(ctx context.Context, changed func()) error
}

// ErrNoDocument says that nobody has written a policy yet, or that it has been deleted.
var ErrNoDocument = errors.New("replicas: there is no policy in the store; publish one in place of revision 0")

// ConflictError reports that the revision to be replaced is not the newest one: somebody
// else has written first.
type ConflictError struct{ Revision Revision }

func (e *ConflictError) Error() string {
	return fmt.Sprintf("replicas: revision %d is not the newest; read the policy and apply the change again", e.Revision)
}

// Publish stores a policy in place of the one with the given revision, or the first policy
// in place of revision 0. It returns the new revision. Errors are those of Source.Write.
func Publish(ctx context.Context, source Source, replaced Revision, policy *rbac.Policy) (Revision, error) {
	if policy == nil {
		return 0, errors.New("replicas: the policy is nil; check the error of rbac.New")
	}
	document, err := policy.Spec().Canonical()
	if err != nil {
		return 0, err
	}
	return source.Write(ctx, replaced, document)
}

// Edit changes the stored policy and returns the new revision. If somebody else writes
// meanwhile, it reads their policy and calls change again, so that no change is lost. It
// returns the errors of change, of rbac.New and of the source. After an error of the source
// the change may have been stored or not; a change that looks for its own effect first can
// be repeated safely.
func Edit(ctx context.Context, source Source, change func(*rbac.Spec) error) (Revision, error) {
	for {
		revision, err := editOnce(ctx, source, change)
		if !errors.As(err, new(*ConflictError)) {
			return revision, err
		}
	}
}

func editOnce(ctx context.Context, source Source, change func(*rbac.Spec) error) (Revision, error) {
	revision, document, err := source.Read(ctx)
	if err != nil {
		return 0, err
	}
	spec, err := rbac.ParseSpec(document)
	if err != nil {
		return 0, err
	}
	if err := change(&spec); err != nil {
		return 0, err
	}
	policy, err := rbac.New(spec)
	if err != nil {
		return 0, err
	}
	return Publish(ctx, source, revision, policy)
}
