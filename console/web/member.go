package web

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// member shows one member.
func (c *console) member(v *visit) error { return v.renderMember(http.StatusOK, nil) }

// requestedMember returns the member that the request names, if the viewer may see them.
func (v *visit) requestedMember(members []rbac.Member, access view.MemberAccess, sees bool) (rbac.Member, bool) {
	id, ok := view.DecodeID(v.r.URL.Query().Get("id"))
	member, found := view.Find(members, id)
	return member, ok && found && sees && (access.CanSeeAll || member.Status == rbac.StatusActive)
}

// renderMember shows a member, with why a step was refused.
func (v *visit) renderMember(status int, refused []string) error {
	access, sees := v.memberAccess()
	member, ok := v.requestedMember(v.state.Members, access, sees)
	if !ok {
		return errHidden
	}
	programs := v.miniPrograms()
	page := view.NewMemberPage(v.asViewer(), access, v.console.keys, v.state.Members, member, programs,
		time.Now())
	page.Errors = refused
	if page.Assign != nil {
		page.Assign.Href = page.Href
		page.Assign.AddPrograms(programs)
		v.keepTyped(page.Assign, "assign")
	}
	key := v.r.URL.Query().Get("edit")
	if v.r.PostForm.Get("step") == "replace" {
		key = v.r.PostForm.Get("held")
	}
	if key != "" {
		v.addReplacement(&page, access, member, key)
	}
	return v.render(status, "member", "Member "+page.Name, page)
}

// addReplacement adds the form that changes an assignment.
func (v *visit) addReplacement(page *view.MemberPage, access view.MemberAccess, member rbac.Member, key string) {
	held, found := v.console.keys.Find(member, key)
	if !found {
		page.Changed = errChanged.lines
		return
	}
	form, may := view.NewReplacementForm(v.policy, v.subject, access, v.console.keys, member, held, v.miniPrograms())
	if !may {
		return
	}
	form.Href = page.Href
	v.keepTyped(&form, "replace")
	page.Edit = &form
}

// errChanged refuses a step on an assignment that is not as the page showed it.
var errChanged = &refusal{http.StatusConflict, reasonStale,
	[]string{"The page was out of date: the assignment has been changed or revoked since you opened it, " +
		"or the console was restarted. It is shown as it is now."}}

// changeMember takes a step on a member.
func (c *console) changeMember(v *visit) error {
	access, sees := v.memberAccess()
	member, ok := v.requestedMember(v.state.Members, access, sees)
	if !ok {
		return errHidden
	}
	name := v.r.PostForm.Get("step")
	entry, do, err := v.step(name, member)
	var refused *refusal
	if errors.As(err, &refused) {
		err = v.recordRefused(v.entry(entry), refused)
	} else if err == nil {
		err = v.update(entry, func(locked *lockedWorkspace) (WorkspaceState, error) {
			member, ok := v.requestedMember(locked.state.Members, locked.access, locked.sees)
			if !ok {
				return WorkspaceState{}, errHidden
			}
			after, err := do(locked, member)
			if err != nil {
				return WorkspaceState{}, err
			}
			return locked.store(after)
		})
	}
	if errors.As(err, &refused) {
		return v.renderMemberAnew(refused)
	}
	if err != nil {
		return err
	}
	return v.redirectDone(name, "member", "id", view.EncodeID(member.ID))
}

// renderMemberAnew shows the member as it is stored now, with why a step was refused.
func (v *visit) renderMemberAnew(refused *refusal) error {
	if err := v.enterWorkspace(); err != nil {
		return err
	}
	return v.renderMember(refused.status, refused.lines)
}

// stepFunc takes a step of the actor on a member.
type stepFunc func(*lockedWorkspace, rbac.Member) (rbac.Member, error)

// step returns the step of that name, with what the log says of it.
func (v *visit) step(name string, member rbac.Member) (entry LogEntry, do stepFunc, err error) {
	entry.Member, entry.Action, entry.Detail = member.ID, rbac.SetMemberRole, name
	if step, found := view.StepNamed(name); found {
		entry.Action, entry.Detail = step.Action, step.Name
		return entry, func(locked *lockedWorkspace, m rbac.Member) (rbac.Member, error) {
			after, err := step.Do(locked.actor, m)
			return locked.asRefusal(m, after, err)
		}, nil
	}
	key := v.r.PostForm.Get("held")
	held, found := v.console.keys.Find(member, key)
	if name == "revoke" || name == "replace" {
		if key == "" {
			return entry, nil, malformed("it names no assignment")
		}
		if !found {
			return entry, nil, errChanged
		}
	}
	switch name {
	case "assign":
		by, err := v.assignment(rbac.Assignment{})
		entry.Detail = "give " + assignmentText(by)
		return entry, func(locked *lockedWorkspace, m rbac.Member) (rbac.Member, error) {
			after, err := locked.actor.Assign(m, by)
			if err != nil {
				return m, locked.refuseAssignment(m, err, by)
			}
			if slices.ContainsFunc(m.Assignments, func(held rbac.Assignment) bool { return isSame(held, by) }) {
				return m, locked.refuseHeld(by)
			}
			return after, locked.refuseUnknownPrograms(nil, by.MiniPrograms)
		}, err
	case "revoke":
		entry.Detail = "revoke " + assignmentText(held)
		return entry, func(locked *lockedWorkspace, m rbac.Member) (rbac.Member, error) {
			after, err := locked.actor.Revoke(m, held)
			return locked.asRefusal(m, after, err)
		}, nil
	case "replace":
		if err := v.refuseHiddenPrograms(); err != nil {
			return entry, nil, err
		}
		by, err := v.assignment(held)
		entry.Detail = "change " + assignmentText(held) + " to " + assignmentText(by)
		return entry, func(locked *lockedWorkspace, m rbac.Member) (rbac.Member, error) {
			after, err := locked.actor.Replace(m, held, by)
			if err != nil {
				return m, locked.refuseAssignment(m, err, by)
			}
			return after, locked.refuseUnknownPrograms(held.MiniPrograms, by.MiniPrograms)
		}, err
	}
	return entry, nil, malformed("the form names an unknown step")
}

// asRefusal returns what a step returned, with its error as a refusal.
func (locked *lockedWorkspace) asRefusal(before, after rbac.Member, err error) (rbac.Member, error) {
	if err != nil {
		return before, locked.refuseStep(before, err)
	}
	return after, nil
}
