package browser

import (
	"context"
	"regexp"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	printer "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// a4Width is how many pixels of a page go on A4 that stands upright, the narrowest paper.
const a4Width = 718

// papers are sizes in inches, as the paper lies in the printer.
var papers = map[string][2]float64{"Letter": {8.5, 11}, "A4": {8.27, 11.69}}

// sheet is where a PDF has a page.
var sheet = regexp.MustCompile(`/Type\s*/Page\b`)

// sheets returns how many sheets of paper the page takes.
func (b *tab) sheets(paper [2]float64) int {
	b.t.Helper()
	likeStyle := true // lies as the style sheet says, as in the browser's own dialog
	printed := get(b, func(ctx context.Context, target *chromedp.Target) (printer.PrintToPDFResult, error) {
		return cdp.Call(ctx, target, printer.PrintToPDF, printer.PrintToPDFParams{
			PaperWidth: paper[0], PaperHeight: paper[1], PreferCSSPageSize: &likeStyle,
		})
	})
	return len(sheet.FindAll(printed.Data, -1))
}

// lookPrinted shows the page as paper of that width has it.
func (b *tab) lookPrinted(width int64) {
	b.t.Helper()
	b.look(width, 900, "light")
	b.do(command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
}

// beyond lists what is wider than the paper.
const beyond = `[...document.querySelectorAll("main *")]
	.filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.outerHTML)`

// largerThanLabels lists secondary texts of a table that are larger than the label of their row.
const largerThanLabels = `[...document.querySelectorAll("table :is(small, code, abbr, .chip)")]
	.filter(e => e.checkVisibility() && parseFloat(getComputedStyle(e).fontSize) >
		parseFloat(getComputedStyle(e.closest("table").querySelector("tbody th")).fontSize)).map(e => e.outerHTML)`

func TestPrintRoles(t *testing.T) {
	c := startConsole(t)
	for _, row := range []struct {
		name, id, place, path string
		most                  int // sheets
		says                  string
	}{
		{"a merchant", "sam", "shop", inShop, 3, "Roles of the merchant shop. "},
		{"the native app with its merchants", "ann", "wallet", inWallet + "&held=all", 3,
			"Roles of the native app wallet and its merchants. "},
		{"a group", "sam", "shop", inShop + "&group=Members", 1, "Roles of the merchant shop, group Members. "},
		{"a role", "sam", "shop", inShop + "&role=cashier&scope=assigned", 1,
			"Roles of the merchant shop, role cashier, scope assigned. "},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := c.openAs(t, row.id, row.place)
			b.open("/roles" + row.path)
			assert.Contains(t, b.mainText(), "To print it")
			for name, paper := range papers {
				sheets := b.sheets(paper)
				t.Logf("%s: %d sheets", name, sheets)
				assert.LessOrEqual(t, sheets, row.most, name)
				require.Positive(t, sheets)
			}
			b.lookPrinted(a4Width)
			assert.Empty(t, eval[[]string](b, beyond), "wider than the paper")
			assert.Empty(t, eval[[]string](b, brokenWords))
			assert.Empty(t, eval[[]string](b, largerThanLabels))
			text := b.mainText()
			assert.Regexp(t, regexp.QuoteMeta(row.says)+
				`\d+ \w+ \d{4}, \d\d:\d\d UTC\. Policy [0-9a-f]{12}\.`, text)
			for _, lacks := range []string{"Change", "CSV", "Filter", "To print it", "member.invite"} {
				assert.NotContains(t, text, lacks)
			}
		})
	}
}
