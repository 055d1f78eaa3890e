package web

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNewNeedsItsConfig(t *testing.T) {
	_, err := New(Config{})
	assert.ErrorContains(t, err, "Policy, Store and Member")
}
