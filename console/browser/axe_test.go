package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var axeScript = sync.OnceValues(func() (string, error) {
	script, err := os.ReadFile(os.Getenv("RBAC_AXE"))
	return string(script), err
})

// violation is a rule of axe-core that a page breaks.
type violation struct {
	ID    string
	Help  string
	Nodes []struct {
		HTML           string
		FailureSummary string
	}
}

// repeatedCells are the cells of tables that are as another one. A long table has hundreds, and
// axe-core takes seconds to find the same of each.
const repeatedCells = `[...document.querySelectorAll("td")].filter((cell, i, all) =>
	all.findIndex(other => other.innerHTML === cell.innerHTML) < i)`

// checkAccessibility runs axe-core in the page. The browser runs it although the page's
// security policy allows no other script than its own.
func (b *tab) checkAccessibility(name string) {
	b.t.Helper()
	if !eval[bool](b, `"axe" in window`) {
		script, err := axeScript()
		require.NoError(b.t, err)
		eval[any](b, script+`; null`)
	}
	answer := eval[string](b, `axe.run({exclude: `+repeatedCells+`}, {preload: false, resultTypes: ["violations"]})
		.then(found => JSON.stringify(found.violations))`)
	var violations []violation
	require.NoError(b.t, json.Unmarshal([]byte(answer), &violations))
	for _, v := range violations {
		var nodes strings.Builder
		for _, node := range v.Nodes {
			fmt.Fprintf(&nodes, "\n%s\n%s", node.HTML, node.FailureSummary)
		}
		assert.Fail(b.t, name+": "+v.ID+": "+v.Help, nodes.String())
	}
}
