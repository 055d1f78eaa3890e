package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/view"
)

// refuseUnknownPrograms refuses mini programs that are added and that the workspace does
// not have.
func (locked *lockedWorkspace) refuseUnknownPrograms(held, programs []string) error {
	known := make(map[string]bool)
	for _, id := range slices.Concat(held, locked.state.MiniPrograms) {
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

// isSame reports whether two assignments give the same: the order of mini programs gives nothing.
func isSame(a, b rbac.Assignment) bool {
	return a.Role == b.Role && a.NotBefore.Equal(b.NotBefore) && a.NotAfter.Equal(b.NotAfter) &&
		slices.Equal(slices.Sorted(slices.Values(a.MiniPrograms)), slices.Sorted(slices.Values(b.MiniPrograms)))
}

// refuseHeld refuses an assignment that the member holds already, as a form that is sent twice
// requests. It does not tell an actor who may not see all of its mini programs.
func (locked *lockedWorkspace) refuseHeld(a rbac.Assignment) error {
	if slices.ContainsFunc(a.MiniPrograms, func(id string) bool { return !locked.access.Sees(id) }) {
		return nil
	}
	return invalid("The member has this role already, with the same mini programs, beginning and end.")
}

// assignment reads the fields of an assignment. Held is the one that it replaces: mini
// programs of it that the form does not show stay.
func (v *visit) assignment(held rbac.Assignment) (rbac.Assignment, error) {
	form := v.r.PostForm
	a := rbac.Assignment{Role: rbac.RoleID(form.Get("role"))}
	shown, checked, err := v.programFields()
	if err != nil {
		return a, err
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
	var problems [2]string
	a.NotBefore, problems[0] = v.bound("beginning", "not_before", "no_start", held.NotBefore)
	a.NotAfter, problems[1] = v.bound("end", "not_after", "no_end", held.NotAfter)
	lines := slices.DeleteFunc(problems[:], func(line string) bool { return line == "" })
	if len(lines) > 0 {
		return a, invalid(lines...)
	}
	return a, nil
}

// bound reads a beginning or an end. Held is the bound that is stored, which stays exactly as it
// is if the field is as the form showed it. It is removed only on request: a browser sends an empty
// field also if it could not show what is stored.
func (v *visit) bound(name, field, none string, held time.Time) (at time.Time, problem string) {
	text, removed := v.r.PostForm.Get(field), v.r.PostForm.Get(none) != ""
	at, err := view.ParseFieldTime(text)
	unchanged := err == nil && at.Equal(held.Truncate(time.Second))
	switch {
	case err != nil:
		return at, fmt.Sprintf("The time of the %s is not valid: %s.", name, err)
	case removed && (at.IsZero() || unchanged):
		return time.Time{}, ""
	case removed:
		return at, fmt.Sprintf("You have asked for no %s, and written one. Choose one of the two.", name)
	case unchanged:
		return held, ""
	case at.IsZero() && !held.IsZero():
		return at, fmt.Sprintf("The %s is empty, and it was %s. Write one, or tick “No %s”.",
			name, view.Instant(held), name)
	}
	return at, ""
}

// programFields returns the mini programs that the form showed as assigned, and those that it
// requests.
func (v *visit) programFields() (shown, checked []string, err error) {
	form := v.r.PostForm
	if shown, err = decodeIDs(form["had"]); err != nil {
		return nil, nil, err
	}
	if checked, err = decodeIDs(form["program"]); err != nil {
		return nil, nil, err
	}
	for line := range strings.Lines(form.Get("other")) {
		if id := strings.TrimSpace(line); id != "" {
			checked = append(checked, id)
		}
	}
	return shown, checked, nil
}

// refuseHiddenPrograms refuses mini programs that the viewer may not see on members. It does
// not check whether they are assigned, so that the answer does not depend on it.
func (v *visit) refuseHiddenPrograms() error {
	shown, checked, err := v.programFields()
	if err != nil {
		return err
	}
	access, _ := v.memberAccess()
	for _, id := range slices.Concat(shown, checked) {
		if !access.Sees(id) {
			return &refusal{http.StatusForbidden, rbac.ReasonNotAssigned.String(),
				[]string{fmt.Sprintf("You do not manage the members of a mini program %s.", view.ID(id))}}
		}
	}
	return nil
}

func decodeIDs(texts []string) (ids []string, err error) {
	for _, text := range texts {
		id, ok := view.DecodeID(text)
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
	form.ID, form.OtherPrograms = typed.Get("id"), typed.Get("other")
	if at := typed.Get("not_before"); at != "" || !form.HasStart {
		form.NotBefore = at
	}
	if at := typed.Get("not_after"); at != "" || !form.HasEnd {
		form.NotAfter = at
	}
	form.NoStart, form.NoEnd = typed.Get("no_start") != "", typed.Get("no_end") != ""
	for i := range form.Roles {
		form.Roles[i].Selected = form.Roles[i].ID == typed.Get("role")
	}
	for i := range form.Programs {
		if !form.Programs[i].Disabled {
			form.Programs[i].Checked = slices.Contains(typed["program"], form.Programs[i].Value)
		}
	}
}
