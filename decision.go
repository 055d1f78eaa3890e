package rbac

import (
	"errors"
	"log/slog"

	"github.com/miniprogram-platform/rbac/internal/enum"
)

// Reason says why a decision is as it is. It is ReasonGranted if and only if the
// decision allows.
//
// Reasons after ReasonGranted are ordered by how far the request got. If several
// assignments fail, the decision has the reason of the one that got farthest.
type Reason uint8

const (
	ReasonNoPolicy Reason = iota // the policy, the subject or the decision is nil or zero
	ReasonGranted                // a role in force grants the action, and its scope reaches the resource

	// The member may do nothing at all, whatever the resource.

	ReasonInvalidMember // the member has no ID, or no status
	ReasonInvited       // the member has not accepted the invitation
	ReasonBlocked       // the member is blocked
	ReasonWithdrawn     // the member's invitation was withdrawn
	ReasonDeleted       // the member was deleted from the workspace
	ReasonSuspended     // the member's workspace is suspended

	// The resource is out of the member's sight.

	ReasonInvalidWorkspace // the fields of the member's or of the resource's workspace contradict each other
	ReasonOtherTenant      // the resource is another tenant's
	ReasonOtherWorkspace   // the member is a merchant's, and the resource is not that merchant's

	// No role could grant the request.

	ReasonUnknownAction // the policy does not declare the action
	ReasonWrongTarget   // the action is not done to that kind of resource

	// No assignment of the member grants the request.

	ReasonNoRole           // the member has no assignment at all
	ReasonUnknownRole      // the policy does not define the role for this workspace
	ReasonOtherKind        // the role is for the other kind of workspace
	ReasonNotGranted       // the role does not grant the action
	ReasonOwnWorkspaceOnly // the role grants the action, but not in a merchant's workspace
	ReasonNotOwner         // the role grants the action on the member's own resources, and this is not one
	ReasonNotAssigned      // the role grants the action on assigned mini programs, and this is not one
	ReasonExpired          // the assignment would grant, but has ended
	ReasonNotYet           // the assignment would grant, but has not begun

	// A role grants the request, and four eyes refuse it.

	ReasonOwnerUnknown // four eyes are needed, and the owner of the resource is unknown
	ReasonOwnRequest   // four eyes are needed, and the member is the owner of the resource

	// Only the steps of administration give these reasons.

	ReasonSelf              // the actor and the other member are the same person, or the role is the actor's own
	ReasonInvalidTarget     // the other member has no ID, or no status
	ReasonInvalidAssignment // the assignment names an empty mini program, or is never in force
	ReasonNotCovered        // the step touches more than the actor holds, there or for that long
	ReasonNotHeld           // the other member holds no such assignment
	ReasonExclusive         // the other member would hold two roles that exclude each other
)

var reasonNames = enum.Names{Of: "reason", Words: []string{
	ReasonNoPolicy:          "no_policy",
	ReasonGranted:           "granted",
	ReasonInvalidMember:     "invalid_member",
	ReasonInvited:           "invited",
	ReasonBlocked:           "blocked",
	ReasonWithdrawn:         "withdrawn",
	ReasonDeleted:           "deleted",
	ReasonSuspended:         "suspended",
	ReasonInvalidWorkspace:  "invalid_workspace",
	ReasonOtherTenant:       "other_tenant",
	ReasonOtherWorkspace:    "other_workspace",
	ReasonUnknownAction:     "unknown_action",
	ReasonWrongTarget:       "wrong_target",
	ReasonNoRole:            "no_role",
	ReasonUnknownRole:       "unknown_role",
	ReasonOtherKind:         "other_kind",
	ReasonNotGranted:        "not_granted",
	ReasonOwnWorkspaceOnly:  "own_workspace_only",
	ReasonNotOwner:          "not_owner",
	ReasonNotAssigned:       "not_assigned",
	ReasonExpired:           "expired",
	ReasonNotYet:            "not_yet",
	ReasonOwnerUnknown:      "owner_unknown",
	ReasonOwnRequest:        "own_request",
	ReasonSelf:              "self",
	ReasonInvalidTarget:     "invalid_target",
	ReasonInvalidAssignment: "invalid_assignment",
	ReasonNotCovered:        "not_covered",
	ReasonNotHeld:           "not_held",
	ReasonExclusive:         "exclusive",
}}

// sentences are texts that any member may read. They speak of the asking member
// and never of another tenant or workspace.
var sentences = [...]string{
	ReasonNoPolicy:          "no policy decided it",
	ReasonGranted:           "a role grants it",
	ReasonInvalidMember:     "the member is not valid",
	ReasonInvited:           "the member has not accepted the invitation",
	ReasonBlocked:           "the member is blocked",
	ReasonWithdrawn:         "the member's invitation was withdrawn",
	ReasonDeleted:           "the member was removed from the workspace",
	ReasonSuspended:         "the member's workspace is suspended",
	ReasonInvalidWorkspace:  "the workspace is not valid",
	ReasonOtherTenant:       "the member's tenant has no such resource",
	ReasonOtherWorkspace:    "the member's workspace has no such resource",
	ReasonUnknownAction:     "the action is unknown",
	ReasonWrongTarget:       "the action is not for this kind of resource",
	ReasonNoRole:            "the member has no role",
	ReasonUnknownRole:       "the role is unknown",
	ReasonOtherKind:         "the role is for the other kind of workspace",
	ReasonNotGranted:        "none of the member's roles grants it",
	ReasonOwnWorkspaceOnly:  "the member's role grants it in the member's own workspace only",
	ReasonNotOwner:          "the member's role grants it on the member's own things only",
	ReasonNotAssigned:       "the mini program is not assigned to the member's role",
	ReasonExpired:           "the member's role has expired",
	ReasonNotYet:            "the member's role is not in force yet",
	ReasonOwnerUnknown:      "it takes a second person, and the owner of the request is unknown",
	ReasonOwnRequest:        "it takes a second person, and the request is the member's own",
	ReasonSelf:              "members do not administer themselves",
	ReasonInvalidTarget:     "the other member is not valid",
	ReasonInvalidAssignment: "the assignment is not valid",
	ReasonNotCovered:        "the member lacks permissions that the change needs",
	ReasonNotHeld:           "the other member does not hold the assignment",
	ReasonExclusive:         "the other member may not hold both roles",
}

// Hidden reports whether the member may not know that the resource exists: it is
// another tenant's, another merchant's, or in an invalid workspace. The host should
// answer as it does for a resource that does not exist.
func (r Reason) Hidden() bool {
	return r == ReasonInvalidWorkspace || r == ReasonOtherTenant || r == ReasonOtherWorkspace
}

// String returns the reason's name for logs, such as "not_assigned". For an unknown
// reason it returns a placeholder such as "reason(99)".
func (r Reason) String() string { return reasonNames.String(uint8(r)) }

// MarshalText returns the text of String. An unknown reason is an error.
func (r Reason) MarshalText() ([]byte, error) { return reasonNames.Marshal(uint8(r)) }

// UnmarshalText reads the text of MarshalText. Any other text is an error.
func (r *Reason) UnmarshalText(text []byte) error { return enum.Read(reasonNames, text, r) }

// sentence returns the reason as a text for people.
func (r Reason) sentence() string {
	if int(r) < len(sentences) {
		return sentences[r]
	}
	return r.String()
}

// Decision says whether a member may do an action to a resource, and why. Decisions
// are comparable. The zero Decision is a denial.
type Decision struct {
	Allowed bool   `json:"allowed"`
	Reason  Reason `json:"reason"`
	Action  Action `json:"action,omitempty"`
	Role    RoleID `json:"role,omitempty"` // the role of the first assignment that grants; empty for a denial
	Scope   Scope  `json:"scope,omitzero"` // the widest that reaches the resource, own before assigned; zero for a denial
}

// Err returns nil if the decision allows. Otherwise it returns a *DeniedError, and
// errors.Is(err, ErrDenied) is true.
func (d Decision) Err() error {
	if d.Allowed {
		return nil
	}
	return &DeniedError{Action: d.Action, Reason: d.Reason}
}

// LogValue returns the decision as a group with the same fields whether it allows
// or denies: allowed, reason, action, role and scope.
func (d Decision) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Bool("allowed", d.Allowed),
		slog.String("reason", d.Reason.String()),
		slog.String("action", string(d.Action)),
		slog.String("role", string(d.Role)),
		slog.String("scope", d.Scope.String()),
	)
}

// ErrDenied matches every *DeniedError with errors.Is.
var ErrDenied = errors.New("rbac: denied")

// DeniedError is a denial as an error. Its text names the action and the reason, and
// never the ID of a member, a workspace or a mini program. It can be the body of an
// HTTP 403. If Reason.Hidden is true, answer as for a resource that does not exist.
type DeniedError struct {
	Action  Action
	Reason  Reason
	Missing Permissions // for ReasonNotCovered: what the actor lacks, as far as the actor may know
}

// Error returns a text such as "rbac: miniprogram.release denied: the mini
// program is not assigned to the member's role".
func (e *DeniedError) Error() string {
	text := "rbac: "
	if e.Action != "" {
		text += plainName(string(e.Action)) + " "
	}
	text += "denied: " + e.Reason.sentence()
	if len(e.Missing) > 0 {
		text += " (" + e.Missing.list() + ")"
	}
	return text
}

// Is reports whether the target is ErrDenied.
func (e *DeniedError) Is(target error) bool { return target == ErrDenied }
