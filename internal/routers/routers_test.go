package routers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

var routers = map[string]func(*records) http.Handler{"chi": withChi, "echo": withEcho, "gin": withGin}

func TestRoutersAnswerAsTheGuardAlone(t *testing.T) {
	const released = "alice released mp-42"
	for name, mount := range routers {
		for _, row := range []struct {
			name, user, method, path string
			status                   int
			body                     string
		}{
			{"alice can release mp-42", "alice", "POST", "/v1/miniprograms/mp-42/release", 200, released},
			{"an escaped letter is that letter", "alice", "POST", "/v1/miniprograms/%6dp-42/release", 200, released},
			{"alice cannot release mp-43", "alice", "POST", "/v1/miniprograms/mp-43/release", 403, `"not_assigned"`},
			{"alice lists mp-42 only", "alice", "GET", "/v1/miniprograms", 200, "mp-42\n"},
			{"bob gets 404", "bob", "POST", "/v1/miniprograms/mp-42/release", 404, `{"title":"Not Found"`},
			{"nobody gets 401", "", "POST", "/v1/miniprograms/mp-42/release", 401, "sign in first"},
			{"a missing route is not found", "alice", "GET", "/v1/secrets", 404, "not found"},
			{"a missing method is not allowed",
				"alice", "DELETE", "/v1/miniprograms/mp-42/release", 405, "Not Allowed"},
		} {
			t.Run(name+": "+row.name, func(t *testing.T) {
				var kept records
				answer := ask(mount(&kept), row.user, row.method, row.path)
				assert.Equal(t, row.status, answer.Code)
				assert.Contains(t, answer.Body.String(), row.body)
				if row.user == "alice" && row.status != 404 && row.status != 405 {
					assert.Len(t, kept.list, 1)
				}
			})
		}
	}
}

// Whatever a router makes of a path, a stranger cannot tell mp-42, which exists, from
// mp-99, which does not, and nothing is allowed without a record.
func TestRoutersHideWhatExists(t *testing.T) {
	for name, mount := range routers {
		t.Run(name, func(t *testing.T) {
			var kept records
			handler := mount(&kept)
			for _, method := range []string{"POST", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "RELEASE"} {
				for _, path := range []string{
					"/v1/miniprograms/mp-42/release", "/v1/miniprograms/mp-42/release/",
					"//v1/miniprograms/mp-42/release",
					"/v1//miniprograms/mp-42/release", "/v1/./miniprograms/mp-42/release",
					"/hello/../v1/miniprograms/mp-42/release", "/v1/miniprograms/mp-42%2Frelease",
					"/v1%2Fminiprograms/mp-42/release", "/V1/miniprograms/mp-42/release",
					"/v1/miniprograms/mp-42;/release",
					"/v1/miniprograms/mp-42/release?id=mp-43&path=/hello",
				} {
					missing := strings.ReplaceAll(path, "mp-42", "mp-99")
					for _, user := range []string{"bob", ""} {
						expected, present := ask(handler, user, method, missing), ask(handler, user, method, path)
						assert.Equal(t, expected.Code, present.Code, "%s %s as %q", method, path, user)
						body := strings.ReplaceAll(present.Body.String(), "mp-42", "mp-99")
						assert.Equal(t, expected.Body.String(), body, "%s %s as %q", method, path, user)
						assert.NotContains(t, present.Body.String(), "released")
					}
				}
			}
			for _, record := range kept.list {
				assert.False(t, record.Decision.Allowed)
			}
		})
	}
}

func TestRoutersPassTheirRequestID(t *testing.T) {
	for name, mount := range routers {
		t.Run(name, func(t *testing.T) {
			var kept records
			handler := mount(&kept)
			ask(handler, "alice", "GET", "/v1/miniprograms")
			ask(handler, "alice", "GET", "/v1/miniprograms")
			first, second := kept.list[0].RequestID, kept.list[1].RequestID
			assert.NotEmpty(t, first)
			assert.NotEmpty(t, second)
			assert.NotEqual(t, first, second)
		})
	}
}
