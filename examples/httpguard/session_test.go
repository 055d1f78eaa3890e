package main

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOnlyABearerOfATokenIsAMember(t *testing.T) {
	for header, wanted := range map[string]error{
		"Bearer alice":  nil,
		"alice":         ErrNoMember,
		"Basic alice":   ErrNoMember,
		"Bearer Alice":  ErrNoMember,
		"Bearer alice ": ErrNoMember,
		"Bearer ":       ErrNoMember,
		"":              ErrNoMember,
	} {
		t.Run(header, func(t *testing.T) {
			request := httptest.NewRequest("GET", "/", nil)
			request.Header.Set("Authorization", header)
			_, err := demoSessions().identify(demoStore())(request)
			assert.ErrorIs(t, err, wanted)
		})
	}
}
