package names

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEqualIsTheOperator(t *testing.T) {
	t.Parallel()
	for length := range 40 {
		a := strings.Repeat("a", length)
		assert.True(t, Equal(a, strings.Clone(a)), "two strings of %d bytes", length)
		assert.False(t, Equal(a, a+"a"), "strings of %d and %d bytes", length, length+1)
		assert.False(t, Equal(a+"a", a), "strings of %d and %d bytes", length+1, length)
		for at := range length {
			other := a[:at] + "b" + a[at+1:]
			assert.False(t, Equal(a, other), "strings of %d bytes that differ in byte %d", length, at)
		}
	}
}
