package web

import (
	"context"
	"errors"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// ErrNotFound is returned by a [Store] for a workspace that it does not have.
var ErrNotFound = errors.New("web: there is no such workspace")

// UnreadableError is returned by a [Store] if what it has stored cannot be read.
type UnreadableError struct {
	Place string // such as the member
	Err   error  // what is wrong with it
}

func (e *UnreadableError) Error() string { return e.Place + ": " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *UnreadableError) Unwrap() error { return e.Err }

// Store keeps what the console shows and changes. It does no authorization: the
// console asks the library first. Any number of goroutines may use it.
type Store interface {
	// Workspaces returns the workspaces of a tenant, its own first.
	Workspaces(ctx context.Context, tenant string) ([]rbac.Workspace, error)

	// State returns a workspace as it is now. If there is none, the error is ErrNotFound.
	// If what is stored of it cannot be read, the error is an *UnreadableError, here and
	// from Update.
	State(ctx context.Context, workspace rbac.Workspace) (WorkspaceState, error)

	// Update locks the workspace, gives its state to change, and stores what change
	// returns, with the entry, in one transaction. If change returns an error, Update
	// stores nothing and returns that error. Change may be called again if the
	// transaction must be repeated. A *rbac.ValidationError after change has returned
	// none says what the store cannot hold, and that nothing is stored.
	Update(
		ctx context.Context, workspace rbac.Workspace, change func(WorkspaceState) (WorkspaceState, LogEntry, error),
	) error

	// Record stores an entry that changes nothing else.
	Record(ctx context.Context, entry LogEntry) error

	// Entries returns the newest entries of a workspace's log that match the query, newest
	// first.
	Entries(ctx context.Context, workspace rbac.Workspace, query LogQuery) ([]LogEntry, error)
}

// WorkspaceState is what is stored of one workspace.
type WorkspaceState struct {
	Suspended    bool          // the workspace is suspended; each member's Suspended is the same
	Members      []rbac.Member // sorted by ID; withdrawn and deleted members too
	Own          rbac.Spec     // the workspace's own roles: Own of its policy
	MiniPrograms []string      // IDs of its mini programs, sorted
}

// LogEntry is a line of a workspace's log: a decision, or a change.
type LogEntry struct {
	Number         int64 // its place in the log, from 1: later entries have greater ones. The store numbers them
	Time           time.Time
	Workspace      rbac.Workspace // in whose log it is
	Actor          string         // ID of the member who requested it
	ActorWorkspace rbac.Workspace // the actor's own
	Member         string         // ID of the member of Workspace whom it is about; empty if none
	Action         rbac.Action    // what was requested
	MiniProgram    string         // of the resource; empty for the workspace itself
	Owner          string         // of the resource; empty if unknown
	Outcome        Outcome
	Reason         string // the name of the decision's reason, or why nothing was stored
	Detail         string // what was changed, or where a question was asked, for people
	Fingerprint    string // of the policy that decided
}

// Outcome is the answer to a question, or the result of a change.
type Outcome string

// The outcomes of an entry.
const (
	Allowed Outcome = "allowed" // a question: the member can
	Denied  Outcome = "denied"  // a question: the member cannot
	Stored  Outcome = "stored"  // a change was made
	Refused Outcome = "refused" // a change was not made
)

// LogQuery selects entries of a log. A zero field selects all.
type LogQuery struct {
	Member  string // who acted, or whom the entry is about
	Action  rbac.Action
	Outcome Outcome
	Before  int64 // entries with smaller numbers
	Limit   int   // how many entries at most; zero is no limit
}
