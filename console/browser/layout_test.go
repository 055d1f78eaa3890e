package browser

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// inSight is whether the window shows an element, and nothing covers its middle.
func inSight(selector string) string {
	return `(() => {
		const wanted = document.querySelector('` + selector + `');
		const {left, right, top, bottom} = wanted.getBoundingClientRect();
		const found = document.elementFromPoint((left + right) / 2, (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2);
		return wanted.contains(found);
	})()`
}

// A cell far down must tell its role.
func TestTableKeepsItsHeaderInSight(t *testing.T) {
	b := startConsole(t).openAs(t, "sam", "shop")
	for _, width := range []int64{360, 1400} {
		b.look(width, 800, "light")
		b.open("/roles" + inShop)
		eval[any](b, `document.querySelector("tbody:last-child tr:last-child").scrollIntoView({block: "end"})`)
		assert.True(t, eval[bool](b, inSight("tbody:last-child tr:last-child th")), "the last row, %d pixels", width)
		assert.True(t, eval[bool](b, inSight("thead th:nth-child(2)")), "the header, %d pixels", width)
	}
}

// The form is longer than ten telephones.
func TestRoleFormKeepsItsButtonsInSight(t *testing.T) {
	b := startConsole(t).openAs(t, "sam", "shop")
	b.look(360, 740, "light")
	b.open("/role" + inShop + "&role=cashier")
	assert.True(t, eval[bool](b, inSight(`[value="save"]`)), "at the top")
	b.tabTo(`[name="p.analytics.view_performance"]`)
	assert.True(t, eval[bool](b, inSight(`[value="save"]`)), "in the middle")
	b.press("workspace")
	b.waitFor(`document.getElementById("preview").innerText.includes("kim")`)
	assert.True(t, eval[bool](b, inSight(`[value="preview"]`)))
	assert.True(t, eval[bool](b, inSight(`#preview strong`)), "the preview")
	for range 20 {
		b.press(tabKey)
		assert.True(t, eval[bool](b, `(() => {
			const {left, right, top, bottom} = document.activeElement.getBoundingClientRect();
			return document.activeElement.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
		})()`), "what has the focus is covered")
	}
}
