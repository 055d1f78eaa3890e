package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/stretchr/testify/assert"
)

// page is a page of the console, as somebody sees it.
type page struct {
	name, path, id, place string
}

const inShop = "?kind=developer&workspace=shop"

var pages = []page{
	{"people", "/people", "sam", "shop"},
}

// most is how many bytes a page may load, with its style and script.
const most = 200_000

func TestPagesAreAccessibleInEachSizeAndColour(t *testing.T) {
	c := startConsole(t)
	for _, p := range pages {
		t.Run(p.name, func(t *testing.T) {
			b := c.openAs(t, p.id, p.place)
			for _, width := range []int64{360, 1400} {
				for _, colours := range []string{"light", "dark"} {
					name := fmt.Sprintf("%d pixels, %s", width, colours)
					b.look(width, 900, colours)
					b.open(p.path)
					assert.LessOrEqual(t, eval[int64](b, `document.documentElement.scrollWidth`), width, "%s: the page scrolls sideways", name)
					b.checkAccessibility(name)
				}
			}
		})
	}
}

func TestPagesAreSmall(t *testing.T) {
	c := startConsole(t)
	for _, p := range pages {
		b := c.openAs(t, p.id, p.place)
		b.open(p.path)
		types, bytes := b.loaded()
		assert.Equal(t, map[network.ResourceType]int{
			network.ResourceTypeDocument: 1, network.ResourceTypeStylesheet: 1, network.ResourceTypeScript: 1,
		}, types, p.name)
		assert.Less(t, bytes, most, p.name)
		assert.Positive(t, bytes, p.name)
		t.Logf("%s: %d bytes with style and script", p.name, bytes)
	}
}

func TestPagesWorkWithoutJavaScript(t *testing.T) {
	c := startConsole(t)
	for _, p := range pages {
		b := c.openAs(t, p.id, p.place)
		b.open(p.path)
		with := eval[string](b, `document.querySelector("main").innerText`)
		b.do(command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
		b.open(p.path)
		assert.Equal(t, with, eval[string](b, `document.querySelector("main").innerText`), p.name)
	}
}
