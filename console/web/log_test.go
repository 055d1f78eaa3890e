package web

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLogShowsWhatWasDoneAndRefused(t *testing.T) {
	h := newHost(t)
	h.post("sam@shop", "/member?id=alice", "step", "block")
	h.post("alice@shop", "/member?id=dev", "step", "block")
	h.change(shop, "alice", func(m *rbac.Member) { m.Status = rbac.StatusActive })
	h.post("alice@shop", "/member?id=dev", "step", "block")
	h.get("sam@shop", "/try?member=carl&action=miniprogram.view&program=mp-42")
	text := h.get("sam@shop", "/log").text()
	assert.Contains(t, text, "sam Block and unblock members about alice block stored")
	assert.Contains(t, text,
		"alice Block and unblock members about dev block refused none of alice's roles grants it policy")
	assert.Contains(t, text, "sam asked: can carl do “View mini programs”? on mini program mp-42 allowed policy")

	for query, lack := range map[string]string{
		"member=carl": "about alice", "outcome=stored": "refused", "action=miniprogram.view": "about dev",
	} {
		filtered := h.get("sam@shop", "/log?"+query).text()
		assert.NotContains(t, filtered, lack, query)
		assert.Contains(t, filtered, " policy ", query)
	}
	assert.NotContains(t, h.get("bob@bakery", "/log").text(), "alice", "each workspace has its own log")
}

// A code is for programs; a page says a sentence, and of whom.
func TestLogSaysReasonsAsSentences(t *testing.T) {
	h := newHost(t)
	entry := LogEntry{Workspace: shop, Actor: "sam", ActorWorkspace: shop, Member: "alice", Owner: "carl",
		Action: rbac.ReleaseMiniProgram, Fingerprint: strings.Repeat("0123456789", 6)}
	for _, row := range []struct {
		outcome      Outcome
		reason, says string
	}{
		{Denied, "not_assigned", "denied the mini program is not assigned to alice's role"},
		{Refused, "own_workspace_only", "refused sam's role grants it in sam's own workspace only"},
		{Refused, "not_covered", "refused sam lacks permissions that the change needs"},
		{Refused, "invalid", "refused what was asked for is not valid"},
		{Refused, "status", "refused the member's status does not allow it"},
		{Refused, "stale", "refused the page was out of date"},
		{Refused, "workspace_invalid", "refused the members of the workspace would no longer be valid"},
		{Refused, "a host's", "refused a host's"},
		{Allowed, "granted", "allowed"},
	} {
		entry.Outcome, entry.Reason = row.outcome, row.reason
		h.store.log = []LogEntry{entry}
		text := h.get("sam@shop", "/log").text()
		assert.Contains(t, text, row.says+" policy 012345678901", row.reason)
		assert.NotContains(t, text, "0123456789012")
		assert.Contains(t, text, "owned by carl")
	}
}

// An ann of the shop is not the ann of the native app who acts at the shop.
func TestLogNamesAMemberWhoseIDIsThatOfAnActorFromElsewhere(t *testing.T) {
	h := newHost(t)
	h.store.log = []LogEntry{{Workspace: shop, Actor: "ann", ActorWorkspace: wallet, Member: "ann", Outcome: Refused}}
	assert.Contains(t, h.get("sam@shop", "/log").text(), "ann of the native app wallet about ann")
}

// A database would refuse to be asked for such texts.
func TestLogAsksTheStoreForNoTextThatIsNone(t *testing.T) {
	h := newHost(t)
	h.store.log = []LogEntry{{Workspace: shop, Actor: "a\x00", ActorWorkspace: shop, Action: "\xff", Outcome: "\x00"}}
	for _, query := range []string{"member=a%00", "action=%ff", "outcome=%00"} {
		a := h.get("sam@shop", "/log?"+query)
		assert.Equal(t, http.StatusOK, a.status, query)
		assert.Contains(t, a.text(), "No entry matches", query)
	}
}

func TestLogCutsManyEntries(t *testing.T) {
	h := newHost(t)
	for i := range 250 {
		h.store.log = append(h.store.log, LogEntry{Workspace: shop, Actor: "sam", ActorWorkspace: shop, Outcome: Stored,
			Detail: fmt.Sprintf("entry-%03d %s", i+1, strings.Repeat("long ", 50))})
	}
	target := "/log?outcome=stored"
	var read []string
	for page := range 3 {
		a := h.get("sam@shop", target)
		assert.Less(t, len(a.body), 200_000)
		assert.Equal(t, page > 0, strings.Contains(a.body, ">Newest<"))
		read = append(read, regexp.MustCompile(`entry-\d+`).FindAllString(a.body, -1)...)
		link := regexp.MustCompile(`href="(log[^"]*)">Older<`).FindStringSubmatch(a.body)
		require.Equal(t, page < 2, link != nil, "page %d", page)
		if link != nil {
			target = "/" + html.UnescapeString(link[1])
		}
	}
	require.Len(t, read, 250, "every entry is on one page")
	slices.Reverse(read)
	assert.IsIncreasing(t, read, "the newest is first")
}
