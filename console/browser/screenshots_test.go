package browser

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mostPicture is how many bytes a picture of the docs may have.
const mostPicture = 150_000

// pictures is where the docs have their pictures.
const pictures = "../../docs/images"

// takePicture writes what the window shows.
func (b *tab) takePicture(name string) {
	b.t.Helper()
	picture := get(b, chromedp.CaptureScreenshot())
	assert.Less(b.t, len(picture), mostPicture, name)
	require.NoError(b.t, os.WriteFile(filepath.Join(pictures, name+".png"), picture, 0o644))
}

func TestTakePictures(t *testing.T) {
	if os.Getenv("RBAC_SCREENSHOTS") == "" {
		t.Skip("no pictures are taken: RBAC_SCREENSHOTS is not set")
	}
	c := startFilledConsole(t)
	require.NoError(t, os.MkdirAll(pictures, 0o755))
	for _, row := range []struct {
		name, colours, path string
		width, height       int64
	}{
		{"console-roles", "light", "/roles" + inShop, 1200, 800},
		{"console-roles-dark", "dark", "/roles" + inShop, 1200, 800},
		{"console-try", "light", "/try" + inShop + "&member=alice&action=miniprogram.release&program=mp-43", 1200, 900},
		{"console-members", "light", "/members" + inShop, 1200, 900},
	} {
		b := c.openAs(t, "sam", "shop")
		b.look(row.width, row.height, row.colours)
		b.open(row.path)
		b.takePicture(row.name)
	}

	b := c.openAs(t, "sam", "shop")
	b.look(1200, 900, "light")
	b.open("/role" + inShop + "&role=cashier")
	b.tabTo(`[name="p.miniprogram.edit"]`)
	b.press("assigned")
	b.waitFor(`document.getElementById("preview").innerText.includes("kim")`)
	b.takePicture("console-role")

	url := buildPlayground(t)
	b, _ = openPlayground(t, url)
	b.look(1200, 1400, "light")
	b.writePolicy(`{
  "roles": [
    {
      "id": "cashier", "kind": "developer", "name": "Cashier",
      "permissions": {"analytics.view_transactions": ["assigned"]}
    }
  ],
  "administers": {"developer_admin": ["cashier"]},
  "four_eyes": ["approval.decide_release"]
}`)
	b.waitFor(`document.getElementById("table").innerText.includes("Cashier")`)
	b.tabTo("#role")
	b.press("Cashier")
	b.tabTo("#action")
	b.press("View transaction record")
	b.tabTo("#request button")
	b.press(enterKey)
	b.waitFor(`document.getElementById("answer").innerText.includes("Allowed")`)
	b.takePicture("playground")

	b, _ = openPlayground(t, url)
	b.look(1200, 760, "light")
	b.writePolicy(`{
  "roles": [
    {
      "id": "cashier", "kind": "developer", "name": "Cashier",
      "permissions": {"miniprogram.relase": ["assigned"]}
    }
  ],
  "exclusive": [["cashier", "auditor"]]
}`)
	b.waitFor(`document.getElementById("problems").innerText.includes("auditor")`)
	b.takePicture("playground-problems")
}
