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

// refusal is why a change was not made. The page on which it was asked for says so.
type refusal struct {
	status int
	reason string // for the log
	lines  []string
}

func (r *refusal) Error() string { return r.reason }

// refuse returns the refusal of an error of the library.
func refuse(policy *rbac.Policy, err error) *refusal {
	var denied *rbac.DeniedError
	if errors.As(err, &denied) {
		return &refusal{http.StatusForbidden, denied.Reason.String(), []string{view.Why(policy, err)}}
	}
	lines := view.Problems(err)
	return &refusal{http.StatusConflict, "invalid", lines[:min(len(lines), 20)]}
}

// invalid returns a refusal of what was typed.
func invalid(lines ...string) *refusal {
	return &refusal{http.StatusUnprocessableEntity, "invalid", lines}
}

// scene is a workspace that is locked while it is changed.
type scene struct {
	state  State
	policy *rbac.Policy
	actor  *rbac.Subject // who asks, as of now
	sight  view.Sight
	sees   bool // the actor may know of members at all
}

// enterScene looks at the workspace anew: whoever asks may have been blocked meanwhile. A
// native app's member who acts at a merchant is not of the workspace that is locked, and
// stays as loaded for the request.
func (v *visit) enterScene(state State) (*scene, error) {
	policy, err := v.policyOf(v.place, state)
	if err != nil {
		return nil, err
	}
	actor := v.viewer
	if v.place == v.viewer.Workspace {
		found, ok := view.Find(state.Members, v.viewer.ID)
		if !ok {
			return nil, errHidden
		}
		actor = found
	}
	s := &scene{state: state, policy: policy, actor: policy.Bind(actor)}
	s.sight, s.sees = view.NewSight(s.actor, v.place)
	return s, nil
}

// update makes a change in one transaction. The entry says what is asked for; update fills
// in who asks and what came of it, and records a refusal too.
func (v *visit) update(entry Entry, change func(*scene) (State, error)) error {
	entry = v.entry(entry)
	store, ctx := v.console.config.Store, v.r.Context()
	asked := entry
	err := store.Update(ctx, v.place, func(state State) (State, Entry, error) {
		s, err := v.enterScene(state)
		if err != nil {
			return State{}, Entry{}, err
		}
		asked.Fingerprint = s.policy.Fingerprint()
		next, err := change(s)
		if err != nil {
			return State{}, Entry{}, err
		}
		done := asked
		done.Outcome = Stored
		return next, done, nil
	})
	var refused *refusal
	var failed *failure
	switch {
	case err == nil, errors.As(err, &failed):
		return err
	case errors.Is(err, ErrNotFound):
		return errHidden
	case errors.As(err, &refused):
		asked.Reason = refused.reason
	default:
		return unstored(err)
	}
	asked.Outcome = Refused
	if recordErr := store.Record(ctx, asked); recordErr != nil {
		return unavailable(recordErr)
	}
	return err
}

// entry fills in what every entry of the visit has.
func (v *visit) entry(e Entry) Entry {
	e.Time = time.Now().UTC().Truncate(time.Microsecond)
	e.Workspace = v.place
	e.Actor, e.ActorWorkspace = v.viewer.ID, v.viewer.Workspace
	e.Fingerprint = v.policy.Fingerprint()
	return e
}

// store returns the state with a member as a step left it, if the workspace may be stored
// like that.
func (s *scene) store(member rbac.Member) (State, error) {
	after := view.With(s.state.Members, member)
	err := s.policy.ValidateChange(member.Workspace, slices.Values(s.state.Members), slices.Values(after))
	if err != nil {
		return State{}, &refusal{http.StatusConflict, "workspace_invalid", s.sight.Problems(view.Problems(err))}
	}
	s.state.Members = after
	return s.state, nil
}

// described says in a line what an assignment is, for the log.
func described(a rbac.Assignment) string {
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
