package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// members lists the members of the workspace.
func (c *console) members(v *visit) error { return v.renderMembers(http.StatusOK, nil) }

// renderMembers shows the list, with why an invitation was refused.
func (v *visit) renderMembers(status int, refused []string) error {
	form, err := view.NewInvitationForm(v.policy, v.subject, v.place)
	sight, sees := v.sight()
	page := view.MemberList{}
	if sees {
		query := v.r.URL.Query()
		filter := view.MemberFilter{Text: query.Get("q"), Status: query.Get("status"), Part: v.number("part")}
		page = view.NewMemberList(v.policy, v.place, v.state.Members, sight, filter, time.Now())
	} else {
		page.Unlisted = view.Why(v.policy, v.subject.Check(rbac.ListMembers, v.place.Resource()).Err())
	}
	page.Errors = refused
	if err != nil && !sees {
		return forbidden("You may not list members", page.Unlisted)
	}
	if err != nil {
		page.NoInvite = view.Why(v.policy, err)
		return v.render(status, "members", "Members", page)
	}
	form.Href = view.Link("members", v.place)
	form.AddPrograms(v.miniPrograms())
	v.keepTyped(&form, "invite")
	page.Invite = &form
	return v.render(status, "members", "Members", page)
}

// invite invites a person.
func (c *console) invite(v *visit) error {
	id := v.r.PostForm.Get("id")
	assignments, err := v.firstAssignments()
	if err == nil {
		err = v.update(invitationEntry(id, assignments), func(s *scene) (State, error) {
			return s.invite(id, v.place, assignments)
		})
	}
	var refused *refusal
	if errors.As(err, &refused) {
		return v.renderMembers(refused.status, refused.lines)
	}
	if err != nil {
		return err
	}
	return v.redirect("members", "done", "invite")
}

// firstAssignments reads what an invitation gives: one assignment, or none.
func (v *visit) firstAssignments() ([]rbac.Assignment, error) {
	first, err := v.assignment(rbac.Assignment{})
	if err != nil {
		return nil, err
	}
	if first.Role != "" {
		return []rbac.Assignment{first}, nil
	}
	if len(first.MiniPrograms) > 0 || !first.NotBefore.IsZero() || !first.NotAfter.IsZero() {
		return nil, invalid("Mini programs and times belong to a role. Choose the role, or leave them out.")
	}
	return nil, nil
}

func invitationEntry(id string, assignments []rbac.Assignment) Entry {
	entry := Entry{Action: rbac.InviteMember, Detail: "invite without a role"}
	if view.IsTyped(id) {
		entry.Member = id
	}
	for _, a := range assignments {
		entry.Detail = "invite as " + described(a)
	}
	return entry
}

// invite adds an invited member. Whoever may not invite learns nothing of who is there.
func (s *scene) invite(id string, place rbac.Workspace, assignments []rbac.Assignment) (State, error) {
	guest, err := s.actor.Invite(id, place, assignments...)
	if err != nil {
		return State{}, refuse(s.policy, err)
	}
	if !view.IsTyped(id) {
		return State{}, invalid("An ID has at most 256 bytes, no control or invisible characters, " +
			"and no space at its ends.")
	}
	if member, found := view.Find(s.state.Members, id); found && !isGone(member) {
		return State{}, invalid(fmt.Sprintf("There is a member %s already.", view.ID(id)))
	}
	for _, a := range assignments {
		if err := s.refuseUnknownPrograms(nil, a.MiniPrograms); err != nil {
			return State{}, err
		}
	}
	return s.store(guest)
}

func isGone(m rbac.Member) bool {
	return m.Status == rbac.StatusWithdrawn || m.Status == rbac.StatusDeleted
}

// refuseUnknownPrograms refuses mini programs that are added and that the workspace does
// not have.
func (s *scene) refuseUnknownPrograms(held, programs []string) error {
	known := make(map[string]bool)
	for _, id := range slices.Concat(held, s.state.MiniPrograms) {
		known[id] = true
	}
	var lines []string
	for _, id := range programs {
		if !known[id] {
			lines = append(lines, fmt.Sprintf("The workspace has no mini program %s.", view.ID(id)))
		}
	}
	if lines == nil {
		return nil
	}
	return invalid(lines[:min(len(lines), 20)]...)
}

// assignment reads the fields of an assignment. Held is the one that it replaces: mini
// programs of it that the form does not show stay.
func (v *visit) assignment(held rbac.Assignment) (rbac.Assignment, error) {
	form := v.r.PostForm
	a := rbac.Assignment{Role: rbac.RoleID(form.Get("role"))}
	shown, err := unwired(form["had"])
	if err != nil {
		return a, err
	}
	checked, err := unwired(form["program"])
	if err != nil {
		return a, err
	}
	for line := range strings.Lines(form.Get("more")) {
		if id := strings.TrimSpace(line); id != "" {
			checked = append(checked, id)
		}
	}
	out := make(map[string]bool) // taken out by the form, or in the assignment already
	for _, id := range shown {
		out[id] = true
	}
	for _, id := range checked {
		delete(out, id)
	}
	for _, id := range slices.Concat(held.MiniPrograms, checked) {
		if !out[id] {
			a.MiniPrograms = append(a.MiniPrograms, id)
			out[id] = true
		}
	}
	var problems []string
	if a.NotBefore, err = view.ParseFieldTime(form.Get("not_before")); err != nil {
		problems = append(problems, "The beginning is no time: "+err.Error()+".")
	}
	if a.NotAfter, err = view.ParseFieldTime(form.Get("not_after")); err != nil {
		problems = append(problems, "The end is no time: "+err.Error()+".")
	}
	if problems != nil {
		return a, invalid(problems...)
	}
	return a, nil
}

func unwired(texts []string) (ids []string, err error) {
	for _, text := range texts {
		id, ok := view.Unwire(text)
		if !ok {
			return nil, malformed("a mini program cannot be read")
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// keepTyped puts what was typed into a form that is shown again.
func (v *visit) keepTyped(form *view.AssignmentForm, step string) {
	typed := v.r.PostForm
	if typed.Get("step") != step {
		return
	}
	form.ID, form.More = typed.Get("id"), typed.Get("more")
	form.NotBefore, form.NotAfter = typed.Get("not_before"), typed.Get("not_after")
	for i := range form.Roles {
		form.Roles[i].Selected = form.Roles[i].ID == typed.Get("role")
	}
	for i := range form.Programs {
		if !form.Programs[i].Disabled {
			form.Programs[i].Checked = slices.Contains(typed["program"], form.Programs[i].Value)
		}
	}
}

// member shows one member.
func (c *console) member(v *visit) error { return v.renderMember(http.StatusOK, nil) }

// named returns the member that the request names, if the viewer may know of them.
func (v *visit) named(members []rbac.Member, sight view.Sight, sees bool) (rbac.Member, bool) {
	id, ok := view.Unwire(v.r.URL.Query().Get("id"))
	member, found := view.Find(members, id)
	return member, ok && found && sees && (sight.All || member.Status == rbac.StatusActive)
}

// renderMember shows a member, with why a step was refused.
func (v *visit) renderMember(status int, refused []string) error {
	sight, sees := v.sight()
	member, ok := v.named(v.state.Members, sight, sees)
	if !ok {
		return errHidden
	}
	programs := v.miniPrograms()
	page := view.NewMemberPage(v.policy, v.subject, sight, v.state.Members, member, programs, time.Now())
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
		v.addReplacement(&page, sight, member, key)
	}
	return v.render(status, "member", "Member "+page.Name, page)
}

// addReplacement adds the form that changes an assignment.
func (v *visit) addReplacement(page *view.MemberPage, sight view.Sight, member rbac.Member, key string) {
	held, found := view.AssignmentWithKey(member, key)
	if !found {
		page.Changed = errChanged.lines
		return
	}
	form, may := view.NewReplacementForm(v.policy, v.subject, sight, member, held, v.miniPrograms())
	if !may {
		return
	}
	form.Href = page.Href
	v.keepTyped(&form, "replace")
	page.Edit = &form
}

// errChanged refuses a step on an assignment that is not as the page showed it.
var errChanged = &refusal{http.StatusConflict, "stale",
	[]string{"The assignment has been changed or taken since you opened the page. This is how it is now."}}

// changeMember takes a step on a member.
func (c *console) changeMember(v *visit) error {
	sight, sees := v.sight()
	member, ok := v.named(v.state.Members, sight, sees)
	if !ok {
		return errHidden
	}
	name := v.r.PostForm.Get("step")
	entry, do, err := v.step(name, member)
	if err == nil {
		err = v.update(entry, func(s *scene) (State, error) {
			member, ok := v.named(s.state.Members, s.sight, s.sees)
			if !ok {
				return State{}, errHidden
			}
			after, err := do(s, member)
			if err != nil {
				return State{}, err
			}
			return s.store(after)
		})
	}
	var refused *refusal
	if errors.As(err, &refused) {
		return v.renderMemberAnew(refused)
	}
	if err != nil {
		return err
	}
	return v.redirect("member", "id", view.Wire(member.ID), "done", name)
}

// renderMemberAnew shows the member as it is stored now, with why a step was refused.
func (v *visit) renderMemberAnew(refused *refusal) error {
	if err := v.enterWorkspace(); err != nil {
		return err
	}
	return v.renderMember(refused.status, refused.lines)
}

// stepFunc takes a step of the actor on a member.
type stepFunc func(*scene, rbac.Member) (rbac.Member, error)

// step returns the step of that name, with what the log says of it.
func (v *visit) step(name string, member rbac.Member) (entry Entry, do stepFunc, err error) {
	entry.Member, entry.Action = member.ID, rbac.SetMemberRole
	if step, found := view.StepNamed(name); found {
		entry.Action, entry.Detail = step.Action, step.Name
		return entry, func(s *scene, m rbac.Member) (rbac.Member, error) {
			after, err := step.Do(s.actor, m)
			return checked(s, after, err)
		}, nil
	}
	key := v.r.PostForm.Get("held")
	held, found := view.AssignmentWithKey(member, key)
	if name != "assign" && !found {
		return entry, nil, errChanged
	}
	switch name {
	case "assign":
		by, err := v.assignment(rbac.Assignment{})
		entry.Detail = "give " + described(by)
		return entry, func(s *scene, m rbac.Member) (rbac.Member, error) {
			after, err := s.actor.Assign(m, by)
			if err != nil {
				return m, refuse(s.policy, err)
			}
			return after, s.refuseUnknownPrograms(nil, by.MiniPrograms)
		}, err
	case "revoke":
		entry.Detail = "revoke " + described(held)
		return entry, func(s *scene, m rbac.Member) (rbac.Member, error) {
			after, err := s.actor.Revoke(m, held)
			return checked(s, after, err)
		}, nil
	case "replace":
		by, err := v.assignment(held)
		entry.Detail = "change " + described(held) + " to " + described(by)
		return entry, func(s *scene, m rbac.Member) (rbac.Member, error) {
			after, err := s.actor.Replace(m, held, by)
			if err != nil {
				return m, refuse(s.policy, err)
			}
			return after, s.refuseUnknownPrograms(held.MiniPrograms, by.MiniPrograms)
		}, err
	}
	return entry, nil, malformed("it asks for a step that there is not")
}

// checked returns what a step returned, with its error as a refusal.
func checked(s *scene, member rbac.Member, err error) (rbac.Member, error) {
	if err != nil {
		return member, refuse(s.policy, err)
	}
	return member, nil
}
