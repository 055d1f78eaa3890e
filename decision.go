package rbac

import (
	"errors"
	"log/slog"

	"github.com/miniprogram-platform/rbac/internal/enum"
	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// Reason says why a decision came out as it did. It is ReasonGranted if and
// only if the decision allows.
//
// Below ReasonGranted the reasons stand in the order in which a request meets
// them: one that is farther down came nearer to a grant. Where several
// assignments fail, the decision gives the reason of the one that came nearest.
type Reason uint8

const (
	ReasonNoPolicy Reason = iota // nobody decided: the policy, the subject or the decision is nil or zero
	ReasonGranted                // a role in force grants the action, and its scope reaches the resource

	// The request is not one that the policy could grant to this member.

	ReasonUnknownAction    // the policy does not declare the action
	ReasonInvalidMember    // the member has no ID, or no status
	ReasonInvalidWorkspace // the fields of the member's or of the resource's workspace contradict each other
	ReasonOtherTenant      // the resource is another tenant's
	ReasonOtherWorkspace   // the member is a merchant's, and the resource is not that merchant's
	ReasonInvited          // the member has not accepted the invitation
	ReasonBlocked          // the member is blocked
	ReasonWithdrawn        // the member's invitation was withdrawn
	ReasonDeleted          // the member was deleted from the workspace
	ReasonWrongTarget      // the action is not done to that kind of resource

	// What came of the member's assignments.

	ReasonNoRole           // the member has no assignment at all
	ReasonUnknownRole      // the policy does not define the role
	ReasonOtherKind        // the role is held in the other kind of workspace
	ReasonNotGranted       // the role does not grant the action
	ReasonOwnWorkspaceOnly // the role grants the action, but not in a merchant's workspace
	ReasonNotOwner         // the role grants the action on the member's own things, and this is not one
	ReasonNotAssigned      // the role grants the action on assigned mini programs, and this is not one
	ReasonExpired          // the assignment would grant, but its time is over
	ReasonNotYet           // the assignment would grant, but its time has not come

	// What is refused although a role grants it.

	ReasonOwnerUnknown // four eyes are needed, and nobody knows whose request it is
	ReasonOwnRequest   // four eyes are needed, and the request is the member's own

	// What the checks of administration refuse, beside all the above.

	ReasonSelf              // members do not administer themselves
	ReasonInvalidTarget     // the other member has no ID, or no status
	ReasonInvalidAssignment // the assignment names an empty mini program, or is never in force
	ReasonNotHeld           // the other member holds no such assignment
	ReasonExclusive         // the other member would hold two roles that exclude each other
	ReasonInvalidRole       // the role to define is not well formed
	ReasonRoleExists        // the role to define exists already
	ReasonNotCovered        // the change touches more than the actor holds, there or for that long
)

var reasonNames = enum.Names{Of: "reason", Words: []string{
	ReasonNoPolicy:          "no_policy",
	ReasonGranted:           "granted",
	ReasonUnknownAction:     "unknown_action",
	ReasonInvalidMember:     "invalid_member",
	ReasonInvited:           "invited",
	ReasonBlocked:           "blocked",
	ReasonWithdrawn:         "withdrawn",
	ReasonDeleted:           "deleted",
	ReasonInvalidWorkspace:  "invalid_workspace",
	ReasonOtherTenant:       "other_tenant",
	ReasonOtherWorkspace:    "other_workspace",
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
	ReasonNotHeld:           "not_held",
	ReasonExclusive:         "exclusive",
	ReasonInvalidRole:       "invalid_role",
	ReasonRoleExists:        "role_exists",
	ReasonNotCovered:        "not_covered",
}}

// sentences are for people who may be strangers: they speak of the asking
// member and never of what lies beyond its tenant or workspace.
var sentences = [...]string{
	ReasonNoPolicy:          "no policy decided it",
	ReasonGranted:           "a role grants it",
	ReasonUnknownAction:     "the action is unknown",
	ReasonInvalidMember:     "the member is not valid",
	ReasonInvited:           "the member has not accepted the invitation",
	ReasonBlocked:           "the member is blocked",
	ReasonWithdrawn:         "the member's invitation was withdrawn",
	ReasonDeleted:           "the member has left the workspace",
	ReasonInvalidWorkspace:  "the workspace is not valid",
	ReasonOtherTenant:       "the member's tenant has no such resource",
	ReasonOtherWorkspace:    "the member's workspace has no such resource",
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
	ReasonNotHeld:           "the other member does not hold the assignment",
	ReasonExclusive:         "the other member may not hold both roles",
	ReasonInvalidRole:       "the role is not well formed",
	ReasonRoleExists:        "the role exists already",
	ReasonNotCovered:        "the member lacks permissions that the change needs",
}

// Hidden reports whether the resource is out of the member's sight: in another
// tenant, in a workspace that a merchant's member has nothing to do with, or in
// none that is valid. Whatever the member's status, the reason is then the same,
// and the host should answer as it does for a resource that does not exist.
func (r Reason) Hidden() bool {
	return r == ReasonInvalidWorkspace || r == ReasonOtherTenant || r == ReasonOtherWorkspace
}

// String returns the reason's name for logs, such as "not_assigned", and a
// placeholder for an unknown reason.
func (r Reason) String() string { return reasonNames.String(uint8(r)) }

// MarshalText writes what String returns; an unknown reason is an error.
func (r Reason) MarshalText() ([]byte, error) { return reasonNames.Marshal(uint8(r)) }

// UnmarshalText reads what MarshalText writes, and refuses any other text.
func (r *Reason) UnmarshalText(text []byte) error {
	value, err := reasonNames.Unmarshal(string(text))
	if err == nil {
		*r = Reason(value)
	}
	return err
}

// sentence says the reason to a person.
func (r Reason) sentence() string {
	if int(r) < len(sentences) {
		return sentences[r]
	}
	return r.String()
}

// Decision is the answer to "may this member do that to this resource?", with
// the reason. The zero Decision is a denial. To compare decisions, compare their
// fields: a denial also remembers what it denies, for Err.
type Decision struct {
	Allowed bool
	Reason  Reason
	Role    RoleID // the role that grants, of the first assignment that does; empty on a denial
	Scope   Scope  // the widest scope through which that role reaches the resource; zero on a denial

	refused Action // what a denial denies, for Err
	lacking string // what an actor lacks for a change, for Err
}

// Err returns nil if the decision allows, and otherwise a *DeniedError, for
// which errors.Is(err, ErrDenied) is true.
func (d Decision) Err() error {
	if d.Allowed {
		return nil
	}
	return &DeniedError{Action: d.refused, Reason: d.Reason, Lacking: d.lacking}
}

// LogValue returns the decision as a group of attributes: allowed and reason,
// and what else it knows of action, role, scope and what is lacking.
func (d Decision) LogValue() slog.Value {
	attrs := make([]slog.Attr, 0, 6)
	attrs = append(attrs, slog.Bool("allowed", d.Allowed), slog.String("reason", d.Reason.String()))
	if d.refused != "" {
		attrs = append(attrs, slog.String("action", string(d.refused)))
	}
	if d.Role != "" {
		attrs = append(attrs, slog.String("role", string(d.Role)), slog.String("scope", d.Scope.String()))
	}
	if d.lacking != "" {
		attrs = append(attrs, slog.String("lacking", d.lacking))
	}
	return slog.GroupValue(attrs...)
}

// ErrDenied is what every *DeniedError is, for errors.Is.
var ErrDenied = errors.New("rbac: denied")

// DeniedError is a denial as an error. Its text names the action and the reason
// and never the ID of a member, a workspace or a mini program, so that it is
// fit for the body of an HTTP 403. Where Reason.Hidden is true, answer as for a
// resource that does not exist.
type DeniedError struct {
	Action  Action
	Reason  Reason
	Lacking string // for ReasonNotCovered: what the actor lacks, as "action: scope" in name order
}

// Error returns a text such as "rbac: miniprogram.release denied: the mini
// program is not assigned to the member's role".
func (e *DeniedError) Error() string {
	text := "rbac: "
	switch {
	case isName(string(e.Action)):
		text += string(e.Action) + " "
	case e.Action != "":
		text += suggest.Quote(string(e.Action)) + " " // whatever a stranger sent as an action
	}
	text += "denied: " + e.Reason.sentence()
	if e.Lacking != "" {
		text += " (" + e.Lacking + ")"
	}
	return text
}

// Is reports whether the target is ErrDenied.
func (e *DeniedError) Is(target error) bool { return target == ErrDenied }
