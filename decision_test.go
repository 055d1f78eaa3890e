package rbac_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// reasonTexts has each reason as logs and people read it, ordered by how far the request got.
var reasonTexts = []struct {
	reason         rbac.Reason
	name, sentence string
}{
	{rbac.ReasonNoPolicy, "no_policy", "no policy decided it"},
	{rbac.ReasonGranted, "granted", "a role grants it"},
	{rbac.ReasonInvalidMember, "invalid_member", "the member is not valid"},
	{rbac.ReasonInvited, "invited", "the member has not accepted the invitation"},
	{rbac.ReasonBlocked, "blocked", "the member is blocked"},
	{rbac.ReasonWithdrawn, "withdrawn", "the member's invitation was withdrawn"},
	{rbac.ReasonDeleted, "deleted", "the member was removed from the workspace"},
	{rbac.ReasonSuspended, "suspended", "the member's workspace is suspended"},
	{rbac.ReasonInvalidWorkspace, "invalid_workspace", "the workspace is not valid"},
	{rbac.ReasonOtherTenant, "other_tenant", "the member's tenant has no such resource"},
	{rbac.ReasonOtherWorkspace, "other_workspace", "the member's workspace has no such resource"},
	{rbac.ReasonUnknownAction, "unknown_action", "the action is unknown"},
	{rbac.ReasonWrongTarget, "wrong_target", "the action is not for this kind of resource"},
	{rbac.ReasonNoRole, "no_role", "the member has no role"},
	{rbac.ReasonUnknownRole, "unknown_role", "the role is unknown"},
	{rbac.ReasonOtherKind, "other_kind", "the role is for the other kind of workspace"},
	{rbac.ReasonNotGranted, "not_granted", "none of the member's roles grants it"},
	{rbac.ReasonOwnWorkspaceOnly, "own_workspace_only",
		"the member's role grants it in the member's own workspace only"},
	{rbac.ReasonNotOwner, "not_owner", "the member's role grants it on the member's own things only"},
	{rbac.ReasonNotAssigned, "not_assigned", "the mini program is not assigned to the member's role"},
	{rbac.ReasonExpired, "expired", "the member's role has expired"},
	{rbac.ReasonNotYet, "not_yet", "the member's role is not in force yet"},
	{rbac.ReasonOwnerUnknown, "owner_unknown", "it takes a second person, and the owner of the request is unknown"},
	{rbac.ReasonOwnRequest, "own_request", "it takes a second person, and the request is the member's own"},
	{rbac.ReasonSelf, "self", "members do not administer themselves"},
	{rbac.ReasonInvalidTarget, "invalid_target", "the other member is not valid"},
	{rbac.ReasonInvalidAssignment, "invalid_assignment", "the assignment is not valid"},
	{rbac.ReasonNotCovered, "not_covered", "the member lacks permissions that the change needs"},
	{rbac.ReasonNotHeld, "not_held", "the other member does not hold the assignment"},
	{rbac.ReasonExclusive, "exclusive", "the other member may not hold both roles"},
}

func TestReasonUnmarshalTextReadsWhatMarshalTextWrites(t *testing.T) {
	t.Parallel()
	for i, row := range reasonTexts {
		require.Equal(t, rbac.Reason(i), row.reason, "the place of %s in the order", row.name)
		assert.Equal(t, row.name, row.reason.String())
		text, err := row.reason.MarshalText()
		assert.NoError(t, err, row.name)
		assert.Equal(t, row.name, string(text))
		read := rbac.Reason(255)
		assert.NoError(t, read.UnmarshalText(text), row.name)
		assert.Equal(t, row.reason, read, row.name)
	}
}

func TestReasonMarshalTextRefusesAnUnknownReason(t *testing.T) {
	t.Parallel()
	for _, reason := range []rbac.Reason{rbac.Reason(len(reasonTexts)), 255} {
		placeholder := fmt.Sprintf("reason(%d)", reason)
		assert.Equal(t, placeholder, reason.String())
		text, err := reason.MarshalText()
		want := fmt.Sprintf("rbac: reason %d has no name; use one of no_policy, granted, ", reason)
		assert.ErrorContains(t, err, want)
		assert.Nil(t, text, placeholder)
		denial := &rbac.DeniedError{Reason: reason}
		assert.EqualError(t, denial, "rbac: denied: "+placeholder)
	}
}

func TestReasonUnmarshalTextRefusesOtherWords(t *testing.T) {
	t.Parallel()
	for word, hint := range map[string]string{
		"":             "use one of no_policy, granted, invalid_member",
		"Granted":      `did you mean "granted"?`,
		"not_asigned":  `did you mean "not_assigned"?`,
		"reason(0)":    "use one of no_policy, granted, invalid_member",
		"blocked,self": "use one of no_policy, granted, invalid_member",
	} {
		reason := rbac.ReasonBlocked
		want := fmt.Sprintf("rbac: unknown reason %q; %s", word, hint)
		assert.ErrorContains(t, reason.UnmarshalText([]byte(word)), want)
		assert.Equal(t, rbac.ReasonBlocked, reason, "the reason after %q", word)
	}
}

// A member gets the same answer about a resource of another workspace and one that does not exist.
func TestReasonHidden(t *testing.T) {
	t.Parallel()
	hidden := []rbac.Reason{rbac.ReasonInvalidWorkspace, rbac.ReasonOtherTenant, rbac.ReasonOtherWorkspace}
	for reason := range rbac.Reason(255) {
		assert.Equal(t, slices.Contains(hidden, reason), reason.Hidden(), "%s hides the resource", reason)
	}
}

func TestDecisionErrOfTheZeroDecision(t *testing.T) {
	t.Parallel()
	var zero rbac.Decision
	assert.False(t, zero.Allowed)
	assert.Equal(t, rbac.ReasonNoPolicy, zero.Reason)
	assert.EqualError(t, zero.Err(), "rbac: denied: no policy decided it")
	assert.ErrorIs(t, zero.Err(), rbac.ErrDenied)
}

func TestDecisionErrSaysWhatWasDeniedAndWhy(t *testing.T) {
	t.Parallel()
	m := anyAdminOf(rbac.Tenant("wallet"))
	allowed := rbac.Default().Check(m, rbac.ViewApp, m.Workspace.Resource())
	assert.NoError(t, allowed.Err())

	m.Status = rbac.StatusBlocked
	err := rbac.Default().Check(m, rbac.ViewApp, m.Workspace.Resource()).Err()
	var denial *rbac.DeniedError
	require.ErrorAs(t, err, &denial)
	assert.Equal(t, rbac.DeniedError{Action: rbac.ViewApp, Reason: rbac.ReasonBlocked}, *denial)
	assert.ErrorIs(t, err, rbac.ErrDenied)
	assert.EqualError(t, err, "rbac: app.view denied: the member is blocked")
}

// The reader of a reason may not know the IDs.
func TestDecisionErrAndLogValueNameNoID(t *testing.T) {
	t.Parallel()
	p := fourEyed(t)
	ids := []string{
		"wallet", "bank", "shop", "cafe", "alice", "bob", "wendy", "walt", "rita", "olga", "mp-1", "mp-41", "mp-42",
	}
	for _, row := range refusals() {
		d := p.CheckAt(noon, row.member, row.action, row.resource)
		for _, text := range []string{d.Err().Error(), d.LogValue().String(), fmt.Sprint(d), fmt.Sprintf("%#v", d)} {
			for _, id := range ids {
				assert.NotContains(t, text, id, "%s: the text names %s", row.sentence, id)
			}
		}
	}
}

// A grant and a denial have the same fields, so a log can be searched for each of them.
func TestDecisionLogValueHasTheSameFieldsGrantedOrDenied(t *testing.T) {
	t.Parallel()
	wallet := rbac.Tenant("wallet")
	reviewer := staff("ann", wallet, inRole(rbac.WorkspaceReviewer))
	for sentence, row := range map[string]struct {
		decision rbac.Decision
		line     string
	}{
		"the zero decision": {rbac.Decision{},
			`{"allowed":false,"reason":"no_policy","action":"","role":"","scope":"-"}`},
		"a grant": {rbac.Default().Check(reviewer, rbac.DecideMember, wallet.Developer("shop").Resource()),
			`{"allowed":true,"reason":"granted","action":"approval.decide_member",` +
				`"role":"workspace_reviewer","scope":"tenant"}`},
		"a denial": {rbac.Default().Check(reviewer, rbac.ViewApp, wallet.Resource()),
			`{"allowed":false,"reason":"not_granted","action":"app.view","role":"","scope":"-"}`},
		"a denial of nothing that is known": {rbac.Default().Bind(reviewer).Check("a\nb", rbac.Resource{}),
			`{"allowed":false,"reason":"invalid_workspace","action":"a\nb","role":"","scope":"-"}`},
	} {
		var log bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{ReplaceAttr: onlyDecision}))
		logger.Info("", "decision", row.decision)
		assert.Equal(t, `{"decision":`+row.line+"}\n", log.String(), sentence)
	}
}

// onlyDecision leaves out time, level and message.
func onlyDecision(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key != "decision" {
		return slog.Attr{}
	}
	return a
}

func TestDecisionIsComparable(t *testing.T) {
	t.Parallel()
	p, again := fourEyed(t), fourEyed(t)
	admin := staff("wendy", theWallet, inRole(rbac.WorkspaceAdmin))
	requests := append(refusals(),
		refused{"wendy views an app", admin, rbac.ViewApp, theWallet.Resource(), rbac.ReasonGranted},
		refused{"wendy edits an app", admin, rbac.EditApp, theWallet.Resource(), rbac.ReasonGranted},
	)
	seen := make(map[rbac.Decision]bool)
	for _, row := range requests {
		d := p.CheckAt(noon, row.member, row.action, row.resource)
		same := p.CheckAt(noon, row.member, row.action, row.resource)
		equal := again.CheckAt(noon, row.member, row.action, row.resource)
		bound := p.BindAt(noon, row.member).Check(row.action, row.resource)
		assert.True(t, d == same, "%s, asked twice", row.sentence)
		assert.True(t, d == equal, "%s, asked of an equal policy", row.sentence)
		assert.True(t, d == bound, "%s, asked of a Subject", row.sentence)
		seen[d] = true
	}
	assert.Greater(t, len(seen), 20, "different decisions")
	assert.True(t, seen[granted(rbac.ViewApp, rbac.WorkspaceAdmin, rbac.ScopeWorkspace)], "a grant names its action")
	assert.True(t, seen[granted(rbac.EditApp, rbac.WorkspaceAdmin, rbac.ScopeWorkspace)], "and another grant its own")
}

func TestDeniedErrorIsASentence(t *testing.T) {
	t.Parallel()
	for _, row := range reasonTexts {
		denial := &rbac.DeniedError{Action: "miniprogram.release", Reason: row.reason}
		assert.EqualError(t, denial, "rbac: miniprogram.release denied: "+row.sentence, row.name)
	}
}

func TestDeniedErrorSaysWhatItKnows(t *testing.T) {
	t.Parallel()
	notCovered := func(missing rbac.Permissions) rbac.DeniedError {
		return rbac.DeniedError{Action: "a.b", Reason: rbac.ReasonNotCovered, Missing: missing}
	}
	const lacks = "rbac: a.b denied: the member lacks permissions that the change needs"
	for want, denial := range map[string]rbac.DeniedError{
		"rbac: denied: no policy decided it":            {},
		"rbac: app.view denied: no policy decided it":   {Action: "app.view"},
		"rbac: denied: the member is blocked":           {Reason: rbac.ReasonBlocked},
		"rbac: app.view denied: the action is unknown":  {Action: "app.view", Reason: rbac.ReasonUnknownAction},
		"rbac: app.view denied: the member has no role": {Action: "app.view", Reason: rbac.ReasonNoRole},
		"rbac: app.view denied: a role grants it":       {Action: "app.view", Reason: rbac.ReasonGranted},

		lacks:                             notCovered(rbac.Permissions{}),
		lacks + " (c: own)":               notCovered(rbac.Permissions{"c": rbac.ScopeOwn}),
		lacks + " (c: own, d: scope(16))": notCovered(rbac.Permissions{"d": 16, "c": rbac.ScopeOwn}),
		lacks + ` ("x\ny": tenant)`:       notCovered(rbac.Permissions{"x\ny": rbac.ScopeTenant}),
	} {
		assert.EqualError(t, &denial, want)
	}
}

// An admin may lack a hundred permissions. The text of an error names the first of them.
func TestDeniedErrorNamesSixteenMissingPermissions(t *testing.T) {
	t.Parallel()
	missing := make(rbac.Permissions)
	for i := range 100 {
		missing[rbac.Action(fmt.Sprintf("a%02d", i))] = rbac.ScopeOwn
	}
	text := (&rbac.DeniedError{Reason: rbac.ReasonNotCovered, Missing: missing}).Error()
	assert.Contains(t, text, "(a00: own, a01: own, ")
	assert.Contains(t, text, ", a15: own, and 84 more)")
	assert.NotContains(t, text, "a16")
}

// The name of an action may come from a request, and must not forge a line of a log.
func TestDeniedErrorQuotesAnActionThatIsNotWellFormed(t *testing.T) {
	t.Parallel()
	for action, quoted := range map[rbac.Action]string{
		"a\nrbac: miniprogram.release allowed": `"a\nrbac: miniprogram.release allowed"`,
		"App.view":                             `"App.view"`,
		"a\u202eb":                             `"a\u202eb"`,
		rbac.Action(strings.Repeat("a", 65)):   `"` + strings.Repeat("a", 64) + `"...`,
	} {
		denial := &rbac.DeniedError{Action: action, Reason: rbac.ReasonUnknownAction}
		assert.EqualError(t, denial, "rbac: "+quoted+" denied: the action is unknown")
	}
}

func TestDeniedErrorIsErrDenied(t *testing.T) {
	t.Parallel()
	var err error = &rbac.DeniedError{}
	assert.ErrorIs(t, err, rbac.ErrDenied)
	assert.ErrorIs(t, fmt.Errorf("loading the page: %w", err), rbac.ErrDenied)
	assert.NotErrorIs(t, err, fs.ErrPermission, "another error")
	assert.NotErrorIs(t, err, errors.New("rbac: denied"), "another error of the same text")
	assert.EqualError(t, rbac.ErrDenied, "rbac: denied")
}
