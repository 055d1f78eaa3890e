package browser

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/internal/demo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Keys. Others are written as the text that they type.
const (
	tabKey   = "\t"
	enterKey = "\r"
	downKey  = "\u0302"
)

// mostTabs is more often than any page needs the Tab key to reach its end.
const mostTabs = 400

// press presses keys where the focus is.
func (b *tab) press(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// tabTo presses Tab until an element has the focus.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	quoted, err := json.Marshal(selector)
	require.NoError(b.t, err)
	for range mostTabs {
		b.press(tabKey)
		if eval[bool](b, `document.activeElement.matches(`+string(quoted)+`)`) {
			return
		}
	}
	require.Fail(b.t, "the Tab key does not reach "+selector)
}

// enter presses Enter, and waits until the page that follows has loaded.
func (b *tab) enter() {
	b.t.Helper()
	b.follow(chromedp.KeyEvent(enterKey))
}

// waitFor waits until an expression of JavaScript is true.
func (b *tab) waitFor(expression string) {
	b.t.Helper()
	ctx, cancel := contextOf(b)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](expression))
	require.NoError(b.t, err, expression)
}

// mainText returns what the page says.
func (b *tab) mainText() string {
	b.t.Helper()
	return eval[string](b, `document.querySelector("main").innerText`)
}

// walk notes which controls get the focus, and which do not show it. It returns how often
// Tab must be pressed at most: a field for a time has eight parts.
const walk = `(() => {
	const controls = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
		.filter(e => !e.disabled && e.type !== "hidden" && e.checkVisibility());
	controls.forEach((e, i) => e.dataset.walked = "no");
	window.unfocused = [];
	document.addEventListener("focusin", ({target}) => {
		target.dataset.walked = "yes";
		const style = getComputedStyle(target);
		if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) unfocused.push(target.outerHTML);
	});
	document.activeElement.blur();
	return controls.length + 8 * document.querySelectorAll('[type="datetime-local"]').length;
})()`

// checkKeyboard presses Tab through the whole page.
func (b *tab) checkKeyboard() {
	b.t.Helper()
	stops := eval[int](b, walk)
	require.Positive(b.t, stops)
	require.Less(b.t, stops, mostTabs)
	b.press(strings.Repeat(tabKey, stops))
	missed := eval[[]string](b, `[...document.querySelectorAll('[data-walked="no"]')].map(e => e.outerHTML)`)
	assert.Empty(b.t, missed, "controls that the Tab key does not reach")
	assert.Empty(b.t, eval[[]string](b, `unfocused`), "controls that do not show the focus")
}

func TestSkipLinkLeadsToTheContent(t *testing.T) {
	b := startConsole(t).openAs(t, "sam", "shop")
	b.open("/roles" + inShop)
	b.press(tabKey)
	assert.True(t, eval[bool](b, `document.activeElement.matches(".skip")`))
	assert.GreaterOrEqual(t, eval[float64](b, `document.activeElement.getBoundingClientRect().left`), 0.0, "it is visible")
	b.press(enterKey)
	b.waitFor(`document.activeElement.id === "main"`)
}

func TestChoosePersonByKeyboard(t *testing.T) {
	b := openTab(t, startConsole(t).url)
	b.open("/people")
	b.tabTo(`button[value*="id=sam"]`)
	b.enter()
	assert.Contains(t, eval[string](b, `document.querySelector(".viewer").innerText`), "sam")
}

func TestFilterRolesByKeyboard(t *testing.T) {
	b := startConsole(t).openAs(t, "sam", "shop")
	b.open("/roles" + inShop)
	assert.Contains(t, b.mainText(), "Release mini programs")
	b.tabTo("#group")
	b.press("Members")
	b.tabTo(".filter button")
	b.enter()
	assert.Contains(t, b.mainText(), "Invite members")
	assert.NotContains(t, b.mainText(), "Release mini programs")
}

func TestTryARequestByKeyboard(t *testing.T) {
	b := startConsole(t).openAs(t, "sam", "shop")
	b.open("/try" + inShop)
	b.tabTo("#member")
	b.press("alice")
	b.tabTo("#action")
	b.press("Release mini programs")
	b.tabTo("#program")
	b.press("mp-43")
	b.enter()
	text := b.mainText()
	assert.Contains(t, text, "Denied")
	assert.Contains(t, text, "assign the mini program mp-43 with the role Developer", "a remedy")
}

func TestChangeARoleByKeyboard(t *testing.T) {
	c := startConsole(t)
	b := c.openAs(t, "sam", "shop")
	b.open("/role" + inShop + "&role=cashier")
	b.tabTo(`[name="p.analytics.view_performance"]`)
	b.press("workspace")
	b.waitFor(`document.getElementById("preview").innerText.includes("View performance")`)
	b.tabTo(`button[value="save"]`)
	b.enter()
	state, err := c.store.State(t.Context(), demo.Shop)
	require.NoError(t, err)
	require.Len(t, state.Own.Roles, 1)
	assert.Equal(t, rbac.ScopeWorkspace, state.Own.Roles[0].Permissions[rbac.ViewPerformance])
}

func TestPreviewOfARoleWithoutJavaScript(t *testing.T) {
	c := startConsole(t)
	b := c.openAs(t, "sam", "shop")
	b.disableScripts()
	b.open("/role" + inShop + "&role=cashier")
	b.tabTo(`[name="p.analytics.view_performance"]`)
	b.press("workspace")
	b.tabTo(`button[value="preview"]`)
	b.enter()
	assert.Contains(t, eval[string](b, `document.getElementById("preview").innerText`), "View performance")
	state, err := c.store.State(t.Context(), demo.Shop)
	require.NoError(t, err)
	assert.NotContains(t, state.Own.Roles[0].Permissions, rbac.ViewPerformance, "nothing is stored")
}

func TestInviteByKeyboard(t *testing.T) {
	c := startConsole(t)
	b := c.openAs(t, "sam", "shop")
	b.open("/members" + inShop)
	b.tabTo("#invite-id")
	b.press("new person")
	b.tabTo("#invite-role")
	b.press("Operator")
	b.tabTo(`form[action^="members"][method="post"] button`)
	b.enter()
	member, err := c.store.Member(t.Context(), demo.Shop, "new person")
	require.NoError(t, err)
	assert.Equal(t, rbac.StatusInvited, member.Status)
	require.Len(t, member.Assignments, 1)
	assert.Equal(t, rbac.Operator, member.Assignments[0].Role)
}

func TestBlockAMemberByKeyboard(t *testing.T) {
	c := startConsole(t)
	b := c.openAs(t, "sam", "shop")
	b.open("/members" + inShop)
	b.tabTo(`a[href*="id=alice"]`)
	b.enter()
	b.tabTo(`form:has(input[value="block"]) button`)
	b.enter()
	member, err := c.store.Member(t.Context(), demo.Shop, "alice")
	require.NoError(t, err)
	assert.Equal(t, rbac.StatusBlocked, member.Status)
	b.open("/log" + inShop)
	assert.Contains(t, b.mainText(), "alice")
}

// openMember opens a member's page for the shop's admin.
func (c *console) openMember(t *testing.T, id string) *tab {
	t.Helper()
	b := c.openAs(t, "sam", "shop")
	b.open("/member" + inShop + "&id=" + id)
	return b
}

// inShop returns a member as the shop has stored them.
func (c *console) inShop(t *testing.T, id string) rbac.Member {
	t.Helper()
	member, err := c.store.Member(t.Context(), demo.Shop, id)
	require.NoError(t, err)
	return member
}

func TestChangeAnAssignmentByKeyboard(t *testing.T) {
	c := startConsole(t)
	b := c.openMember(t, "alice")
	b.tabTo(`a[href*="edit="]`)
	b.enter()
	form := `form:has([name="step"][value="replace"])`
	assert.True(t, eval[bool](b, inSight(form)), "the form is where the page opens")
	b.tabTo(form + ` input[value="mp-43"]`)
	b.press(" ")
	b.tabTo(form + ` button`)
	b.enter()
	require.Len(t, c.inShop(t, "alice").Assignments, 1)
	assert.Equal(t, []string{"mp-42", "mp-43"}, c.inShop(t, "alice").Assignments[0].MiniPrograms)
}

func TestRevokeByKeyboard(t *testing.T) {
	c := startConsole(t)
	b := c.openMember(t, "alice")
	b.tabTo(`form:has([value="revoke"]) button`)
	b.enter()
	assert.Empty(t, c.inShop(t, "alice").Assignments)
}

func TestStepsOfAMemberByKeyboard(t *testing.T) {
	c := startConsole(t)
	for _, row := range []struct {
		step, id string
		folded   bool // in details that must be opened
		want     rbac.Status
	}{
		{"unblock", "cem", false, rbac.StatusActive},
		{"withdraw", "ivy", true, rbac.StatusWithdrawn},
		{"delete", "kim", true, rbac.StatusDeleted},
	} {
		t.Run(row.step, func(t *testing.T) {
			b := c.openMember(t, row.id)
			if row.folded {
				b.tabTo(`details:has([value="` + row.step + `"]) summary`)
				b.press(enterKey)
			}
			b.tabTo(`form:has([value="` + row.step + `"]) button`)
			b.enter()
			assert.Equal(t, row.want, c.inShop(t, row.id).Status)
		})
	}
}

func TestFilterTheLogByKeyboard(t *testing.T) {
	b := startFilledConsole(t).openAs(t, "sam", "shop")
	b.open("/log" + inShop)
	b.tabTo("#member")
	b.press("alice")
	b.tabTo("#outcome")
	b.press("denied")
	b.tabTo(".filter button")
	b.enter()
	assert.Equal(t, 1, eval[int](b, `document.querySelectorAll("tbody tr").length`))
	assert.Contains(t, b.mainText(), "mini program mp-43")
}
