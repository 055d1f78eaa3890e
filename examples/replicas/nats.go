package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// NATS is a Source in a key-value bucket of NATS JetStream. The revision is that of the key
// "policy".
//
// A read cannot tell which revision is the newest. Any node answers it, even if it lags behind, and so does
// a leader that does not know that it was replaced. A write can tell: a majority must accept it, and it
// can depend on the revision of the policy.
type NATS struct {
	stream jetstream.JetStream
	bucket jetstream.KeyValue
}

const (
	policyKey  = "policy"
	confirmKey = "confirmed" // holds nothing; who writes it learns that the policy is current
)

// OpenNATS returns the source in a bucket. It creates the bucket if there is none, with a copy on
// each of three nodes.
func OpenNATS(ctx context.Context, connection *nats.Conn, name string) (*NATS, error) {
	stream, err := jetstream.New(connection)
	if err != nil {
		return nil, err
	}
	store, err := stream.KeyValue(ctx, name)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		store, err = stream.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: name, Replicas: 3})
	}
	if err != nil {
		return nil, fmt.Errorf("replicas: open bucket %q: %w", name, err)
	}
	return &NATS{stream, store}, nil
}

// ConnectNATS connects to one of the nodes. When it loses that one, it tries all of them, and never gives up. While
// there is no connection, a request fails at once. Otherwise it would wait, and could be sent after its
// caller has given up.
func ConnectNATS(nodes string) (*nats.Conn, error) {
	return nats.Connect(nodes,
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100*time.Millisecond),
		nats.ReconnectBufSize(-1),
		nats.PingInterval(time.Second), // finds a node that is silent
	)
}

// Read may ask any of the nodes.
func (n *NATS) Read(ctx context.Context) (Revision, []byte, error) {
	entry, err := n.bucket.Get(ctx, policyKey)
	if errors.Is(err, jetstream.ErrKeyNotFound) || errors.Is(err, jetstream.ErrKeyDeleted) {
		return 0, nil, ErrNoDocument
	}
	if err != nil {
		return 0, nil, fmt.Errorf("replicas: read the policy: %w", err)
	}
	return Revision(entry.Revision()), entry.Value(), nil
}

// Confirm writes to another key, on condition that the policy still has the revision. If a majority accepts
// that, the revision is the newest, whoever leads.
func (n *NATS) Confirm(ctx context.Context, revision Revision) (bool, error) {
	for {
		_, err := n.stream.Publish(ctx, n.subject(confirmKey), nil,
			jetstream.WithExpectLastSequenceForSubject(uint64(revision), n.subject(policyKey)))
		switch code := errorCode(err); {
		case err == nil:
			return true, nil
		case code == jetstream.JSErrCodeStreamWrongLastSequence:
			return false, nil
		case code != jetstream.JSErrCodeStreamWrongLastSequenceConstant:
			return false, fmt.Errorf("replicas: confirm revision %d: %w", revision, err)
		}
		briefly(ctx)
	}
}

// Write replaces the policy if its revision is the given one.
func (n *NATS) Write(ctx context.Context, replaced Revision, document []byte) (Revision, error) {
	for {
		revision, err := n.put(ctx, replaced, document)
		switch code := errorCode(err); {
		case err == nil:
			return Revision(revision), nil
		case code == jetstream.JSErrCodeStreamWrongLastSequence:
			return 0, &ConflictError{replaced}
		case code != jetstream.JSErrCodeStreamWrongLastSequenceConstant:
			return 0, fmt.Errorf("replicas: write the policy: %w", err)
		}
		briefly(ctx)
	}
}

// put writes the first policy by Create, which also counts a deleted policy as none.
func (n *NATS) put(ctx context.Context, replaced Revision, document []byte) (uint64, error) {
	if replaced == 0 {
		return n.bucket.Create(ctx, policyKey, document)
	}
	return n.bucket.Update(ctx, policyKey, document, uint64(replaced))
}

// Watch follows the policy's key. When the node that feeds it dies, it can be silent for 10 to 20 seconds
// before the client notices.
func (n *NATS) Watch(ctx context.Context, changed func()) error {
	watcher, err := n.bucket.Watch(ctx, policyKey, jetstream.MetaOnly())
	if err != nil {
		return fmt.Errorf("replicas: watch the policy: %w", err)
	}
	defer watcher.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case _, open := <-watcher.Updates():
			if !open {
				return errors.New("replicas: the watch of the policy has ended")
			}
			changed()
		}
	}
}

func (n *NATS) subject(key string) string { return "$KV." + n.bucket.Bucket() + "." + key }

// errorCode returns the server's code of an error, or 0. Two codes are about the expected revision:
// JSErrCodeStreamWrongLastSequence says that the policy has another one. JSErrCodeStreamWrongLastSequenceConstant
// says that a write that changes or expects it is under way, so the caller tries again.
func errorCode(err error) jetstream.ErrorCode {
	var answer *jetstream.APIError
	if !errors.As(err, &answer) {
		return 0
	}
	return answer.ErrorCode
}
