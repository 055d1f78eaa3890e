package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// refusal is why a change was not made. The page that requested the change shows it.
type refusal struct {
	status int
	reason string // for the log
	lines  []string
}

func (r *refusal) Error() string { return r.reason }

// Reasons of the log for what the library does not deny.
const (
	reasonInvalid          = "invalid"
	reasonStatus           = "status"
	reasonStale            = "stale"
	reasonWorkspaceInvalid = "workspace_invalid"
)

// refuse returns the refusal of an error of the library. Why says why the actor may not take the
// step.
func refuse(policy *rbac.Policy, why func(error) string, err error) *refusal {
	var denied *rbac.DeniedError
	if errors.As(err, &denied) {
		return &refusal{http.StatusForbidden, denied.Reason.String(), []string{why(err)}}
	}
	lines := view.Problems(policy, err)
	reason := reasonInvalid
	var status *rbac.StatusError
	if errors.As(err, &status) {
		reason = reasonStatus
	}
	return &refusal{http.StatusConflict, reason, lines[:min(len(lines), 20)]}
}

// refuse returns the refusal of an error of a step.
func (locked *lockedWorkspace) refuse(err error) *refusal {
	return refuse(locked.policy, locked.viewer.Why, err)
}

// refuseStep returns the refusal of an error of a step on a member.
func (locked *lockedWorkspace) refuseStep(member rbac.Member, err error) *refusal {
	return refuse(locked.policy, func(err error) string { return locked.viewer.WhyStep(member, err) }, err)
}

// refuseAssignment returns the refusal of an error of the library about an assignment that was
// typed, and says what is wrong with it.
func (locked *lockedWorkspace) refuseAssignment(member rbac.Member, err error, typed rbac.Assignment) *refusal {
	refused := locked.refuseStep(member, err)
	var denied *rbac.DeniedError
	if !errors.As(err, &denied) {
		return refused
	}
	if denied.Reason == rbac.ReasonUnknownRole && typed.Role == "" {
		return invalid("Choose a role.")
	}
	if denied.Reason != rbac.ReasonInvalidAssignment || typed.NotAfter.IsZero() {
		return refused
	}
	if !time.Now().Before(typed.NotAfter) {
		refused.lines = append(refused.lines, "The end has passed.")
	}
	if !typed.NotBefore.IsZero() && !typed.NotBefore.Before(typed.NotAfter) {
		refused.lines = append(refused.lines, "The end is not after the beginning.")
	}
	return refused
}

// invalid returns a refusal of what was typed.
func invalid(lines ...string) *refusal {
	return &refusal{http.StatusUnprocessableEntity, reasonInvalid, lines}
}

// lockedWorkspace is a workspace that the store has locked while it is changed.
type lockedWorkspace struct {
	state  WorkspaceState
	policy *rbac.Policy
	actor  *rbac.Subject // who asks, as of now
	viewer view.Viewer   // the same, in the words of a page
	access view.MemberAccess
	sees   bool   // the actor may see members at all
	detail string // what the change did, for the log; empty if the entry says it
}

// newLockedWorkspace loads who asks anew from the state: they may have been blocked
// meanwhile. A native app's member who acts at a merchant is not in that state, and stays as
// loaded for the request.
func (v *visit) newLockedWorkspace(state WorkspaceState) (*lockedWorkspace, error) {
	policy, err := v.policyOf(v.workspace, state)
	if err != nil {
		return nil, err
	}
	actor := v.viewer
	if v.workspace == v.viewer.Workspace {
		found, ok := view.Find(state.Members, v.viewer.ID)
		if !ok {
			return nil, errHidden
		}
		actor = found
	}
	locked := &lockedWorkspace{state: state, policy: policy, actor: policy.Bind(actor)}
	locked.viewer = view.Viewer{Policy: policy, Subject: locked.actor, Member: actor, Workspace: v.workspace}
	locked.access, locked.sees = view.NewMemberAccess(locked.actor, v.workspace)
	return locked, nil
}

// update makes a change in one transaction. The entry says what is requested. Update fills in
// who requests it and the outcome, and records a refusal too.
func (v *visit) update(entry LogEntry, change func(*lockedWorkspace) (WorkspaceState, error)) error {
	entry = v.entry(entry)
	store, ctx := v.console.config.Store, v.r.Context()
	var accepted *lockedWorkspace // nil until the library allows the change
	err := store.Update(ctx, v.workspace, func(state WorkspaceState) (WorkspaceState, LogEntry, error) {
		accepted = nil
		locked, err := v.newLockedWorkspace(state)
		if err != nil {
			return WorkspaceState{}, LogEntry{}, err
		}
		entry.Fingerprint = locked.policy.Fingerprint()
		next, err := change(locked)
		if err != nil {
			return WorkspaceState{}, LogEntry{}, err
		}
		accepted = locked
		done := entry
		done.Outcome = Stored
		if locked.detail != "" {
			done.Detail += ": " + locked.detail
		}
		return next, done, nil
	})
	var wrong *rbac.ValidationError
	if accepted != nil && errors.As(err, &wrong) {
		err = invalid(accepted.access.Problems(view.Problems(accepted.policy, wrong))...)
	}
	var refused *refusal
	var failed *failure
	var damaged *UnreadableError
	switch {
	case err == nil, errors.As(err, &failed):
		return err
	case errors.Is(err, ErrNotFound):
		return errHidden
	case accepted == nil && errors.As(err, &damaged):
		return v.unreadable(v.workspace, damaged)
	case errors.As(err, &refused):
		return v.recordRefused(entry, refused)
	}
	return storeOutcomeUnknown(err)
}

// recordRefused logs that what the entry requests was refused, and returns the refusal.
func (v *visit) recordRefused(entry LogEntry, refused *refusal) error {
	entry.Outcome, entry.Reason = Refused, refused.reason
	if err := v.console.config.Store.Record(v.r.Context(), entry); err != nil {
		return unavailable(err)
	}
	return refused
}

// entry fills in what every entry of the visit has.
func (v *visit) entry(e LogEntry) LogEntry {
	e.Time = time.Now().UTC().Truncate(time.Microsecond)
	e.Workspace = v.workspace
	e.Actor, e.ActorWorkspace = v.viewer.ID, v.viewer.Workspace
	e.Fingerprint = v.policy.Fingerprint()
	return e
}

// store returns the state with a member as a step left it, if the workspace stays valid.
func (locked *lockedWorkspace) store(member rbac.Member) (WorkspaceState, error) {
	after := view.With(locked.state.Members, member)
	err := locked.policy.ValidateChange(member.Workspace, slices.Values(locked.state.Members), slices.Values(after))
	if err != nil {
		lines := locked.access.Problems(view.Problems(locked.policy, err))
		return WorkspaceState{}, &refusal{http.StatusConflict, reasonWorkspaceInvalid, lines}
	}
	locked.state.Members = after
	return locked.state, nil
}

// assignmentText describes an assignment in one line, for the log.
func assignmentText(a rbac.Assignment) string {
	text := view.ID(string(a.Role))
	if n := len(a.MiniPrograms); n > 0 {
		text += " on "
		for i, id := range a.MiniPrograms[:min(n, 5)] {
			if i > 0 {
				text += ", "
			}
			text += view.ID(id)
		}
		if n > 5 {
			text += fmt.Sprintf(" and %d more", n-5)
		}
	}
	if !a.NotBefore.IsZero() {
		text += ", from " + view.Instant(a.NotBefore)
	}
	if !a.NotAfter.IsZero() {
		text += ", until " + view.Instant(a.NotAfter)
	}
	return text
}
