package web

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNewNeedsPolicyStoreAndMember(t *testing.T) {
	h := newHost(t)
	for name, leaveOut := range map[string]func(*Config){
		"policy": func(c *Config) { c.Policy = nil },
		"store":  func(c *Config) { c.Store = nil },
		"member": func(c *Config) { c.Member = nil },
	} {
		config := h.config()
		leaveOut(&config)
		_, err := New(config)
		assert.ErrorContains(t, err, "Policy, Store and Member", name)
	}
}

// allPages are addresses that the shop's admin can open.
var allPages = []string{
	"/", "/roles", "/roles?part=2", "/try", "/try?member=alice&action=miniprogram.release&program=mp-42",
	"/role", "/role?role=cashier", "/members", "/members?status=invited", "/member?id=alice", "/member?id=ivy",
	"/member?id=gus", "/member?id=left", "/log",
}

func TestNewServesEachPageCompleteAndSmall(t *testing.T) {
	h := newHost(t)
	for _, target := range allPages {
		t.Run(target, func(t *testing.T) {
			a := h.get("sam@shop", target)
			require.Equal(t, http.StatusOK, a.status, a.text())
			assert.Less(t, len(a.body), 200_000)
			assert.Contains(t, a.body, "</html>")
			assert.Equal(t, 1, strings.Count(a.body, "<h1>"))
			assert.Equal(t, 1, strings.Count(a.body, `rel="stylesheet"`))
			assert.Equal(t, 1, strings.Count(a.body, "<script"))
			assert.NotContains(t, a.body, "ZgotmplZ")
		})
	}
}

// inline finds what a strict Content-Security-Policy refuses, and addresses of other hosts.
var inline = regexp.MustCompile(
	`(?i)<style|<script(?: [^>]*)?>[^<]|\sstyle=|\son[a-z]+=|javascript:|https?://|href="//|src="//`)

func TestNewServesNothingInlineAndNothingFromElsewhere(t *testing.T) {
	h := newHost(t)
	for _, target := range append(allPages, "/nothing") {
		assert.Empty(t, inline.FindString(h.get("sam@shop", target).body), target)
	}
}

func TestNewSetsTheHeadersOfEveryAnswer(t *testing.T) {
	h := newHost(t)
	answers := map[string]answer{
		"a page":      h.get("sam@shop", "/roles"),
		"no page":     h.get("sam@shop", "/nothing"),
		"nobody":      h.get("", "/roles"),
		"a change":    h.post("sam@shop", "/member?id=alice", "step", "block"),
		"a refusal":   h.post("alice@shop", "/member?id=sam", "step", "block"),
		"the CSV":     h.get("sam@shop", "/roles.csv"),
		"the style":   h.get("", "/style.css"),
		"wrong verbs": h.ask("sam@shop", "PUT", "/roles", nil, "Sec-Fetch-Site", "same-origin"),
	}
	for name, a := range answers {
		assert.Equal(t, policyHeader, a.header.Get("Content-Security-Policy"), name)
		assert.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"), name)
		assert.Equal(t, "same-origin", a.header.Get("Referrer-Policy"), name)
		if name != "the style" {
			assert.Equal(t, "no-store", a.header.Get("Cache-Control"), name)
		}
	}
}

func TestNewServesStyleAndScriptThatPagesName(t *testing.T) {
	h := newHost(t)
	page := h.get("sam@shop", "/roles").body
	for _, file := range []string{`href="(style\.css\?v=[0-9a-f]+)"`, `src="(script\.js\?v=[0-9a-f]+)"`} {
		match := regexp.MustCompile(file).FindStringSubmatch(page)
		require.NotNil(t, match, file)
		a := h.get("", "/"+match[1])
		assert.Equal(t, http.StatusOK, a.status)
		assert.Contains(t, a.header.Get("Cache-Control"), "immutable")
		a = h.get("", "/"+strings.SplitAfter(match[1], "v=")[0]+"old")
		assert.Equal(t, "no-cache", a.header.Get("Cache-Control"), "an old address does not keep a new file")
	}
}

func TestNewWorksBelowAPrefix(t *testing.T) {
	h := newHost(t)
	mux := http.NewServeMux()
	mux.Handle("/console/", http.StripPrefix("/console", h.Handler))
	server := httptest.NewServer(mux)
	defer server.Close()
	link := regexp.MustCompile(`(?:href|action|src)="([^"#]*)"`)
	r, err := http.NewRequest("GET", server.URL+"/console/members", nil)
	require.NoError(t, err)
	r.Header.Set("X-Member", "sam@shop")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	links := link.FindAllStringSubmatch(string(page), -1)
	require.Greater(t, len(links), 10)
	for _, match := range links {
		if match[1] == "/who" {
			continue // the host's own
		}
		target, err := answer.Request.URL.Parse(strings.ReplaceAll(match[1], "&amp;", "&"))
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(target.Path, "/console/"), match[1])
	}
}

func TestNewRefusesFormsOfOtherSites(t *testing.T) {
	h := newHost(t)
	for name, header := range map[string][]string{
		"another site":      {"Sec-Fetch-Site", "cross-site"},
		"a sibling domain":  {"Sec-Fetch-Site", "same-site"},
		"an old browser":    {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
		"a sandboxed frame": {"Sec-Fetch-Site", "", "Origin", "null"},
	} {
		a := h.ask("sam@shop", "POST", "/member?id=alice", url.Values{"step": {"delete"}}, header...)
		assert.Equal(t, http.StatusForbidden, a.status, name)
		assert.Contains(t, a.text(), "this form was sent from another site", name)
		assert.Equal(t, rbac.StatusActive, h.stored(shop, "alice").Status, name)
	}
}

func TestNewChangesNothingOnGET(t *testing.T) {
	h := newHost(t)
	before := h.store.states[shop]
	for _, target := range []string{
		"/member?id=alice&step=delete", "/members?step=invite&id=eve&role=operator", "/accept",
		"/role?role=cashier&do=remove", "/role?do=save&role=eve",
	} {
		h.get("sam@shop", target)
	}
	assert.Equal(t, before, h.store.states[shop])
}

func TestNewRefusesLargeForms(t *testing.T) {
	h := newHost(t)
	for _, target := range []string{"/members", "/member?id=alice", "/role"} {
		a := h.post("sam@shop", target, "step", "invite", "id", strings.Repeat("x", 1<<20))
		assert.Equal(t, http.StatusRequestEntityTooLarge, a.status, target)
		assert.Contains(t, a.text(), "a form can have at most 1048576 bytes")
	}
	assert.Empty(t, h.store.log)
}

func TestNewRefusesDamagedForms(t *testing.T) {
	h := newHost(t)
	r := httptest.NewRequest("POST", "/member?id=alice", strings.NewReader("step=%zz"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Member", "sam@shop")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	assert.Equal(t, http.StatusBadRequest, w.Code)
	for _, form := range [][]string{
		{}, {"step", "promote"}, {"step", "assign", "program", "%zz", "role", "operator"}, {"step", "replace"},
	} {
		a := h.post("sam@shop", "/member?id=alice", form...)
		assert.Equal(t, http.StatusBadRequest, a.status, form)
		assert.Contains(t, a.text(), "The form cannot be read", form)
	}
	for _, contentType := range []string{"text/plain", "application/json", "multipart/form-data; boundary=x", ""} {
		a := h.ask("sam@shop", "POST", "/member?id=alice", url.Values{"step": {"block"}}, "Content-Type", contentType)
		assert.Equal(t, http.StatusBadRequest, a.status, contentType)
		assert.Contains(t, a.text(), "the browser did not send it as a form", contentType)
		a = h.ask("sam@shop", "POST", "/none", nil, "Content-Type", contentType)
		assert.Equal(t, http.StatusNotFound, a.status, contentType)
		a = h.ask("sam@shop", "POST", "/none", nil, "Content-Type", contentType, "Sec-Fetch-Site", "cross-site")
		assert.Equal(t, http.StatusForbidden, a.status, contentType)
	}
	assert.Equal(t, http.StatusBadRequest, h.post("sam@shop", "/role", "do", "nothing").status)
	assert.Equal(t, role(rbac.Developer, "mp-42"), h.stored(shop, "alice").Assignments[0])
	assert.Empty(t, h.store.log)
}

// The links of an answer that is not at the console's top lead to the top.
func TestNewLinksFromDeeperPaths(t *testing.T) {
	h := newHost(t)
	mux := http.NewServeMux()
	mux.Handle("/console/", http.StripPrefix("/console", h.Handler))
	h.Handler = mux
	for _, as := range []string{"sam@shop", "ivy@shop"} {
		for _, path := range []string{"/console/foo", "/console/foo/", "/console/foo/bar", "/console/a/b%2Fc/d"} {
			a := h.get(as, path)
			base, err := url.Parse(path)
			require.NoError(t, err)
			links := regexp.MustCompile(`(?:href|src|action)="([^"#]+)"`).FindAllStringSubmatch(a.body, -1)
			require.GreaterOrEqual(t, len(links), 4, path)
			for _, link := range links {
				target, err := base.Parse(link[1])
				require.NoError(t, err)
				assert.Regexp(t, `^/(console/(style\.css|script\.js|accept)?|who)$`, target.EscapedPath(),
					"%s on %s", link[1], path)
			}
		}
	}
}

// A form that one process made is sent to another one, or after a restart.
func TestNewWithTheSameSecretTakesTheFormsOfAnotherConsole(t *testing.T) {
	secret := []byte("0123456789abcdef")
	for _, row := range []struct {
		name             string
		first, second    []byte
		status, programs int
	}{
		{"the same secret", secret, secret, http.StatusSeeOther, 1},
		{"another secret", secret, []byte("0123456789abcdeF"), http.StatusConflict, 2},
		{"no secret", nil, nil, http.StatusConflict, 2},
	} {
		h := newHost(t)
		consoles := make([]http.Handler, 2)
		for i, secret := range [][]byte{row.first, row.second} {
			config := h.config()
			config.Secret = secret
			console, err := newConsole(config)
			require.NoError(t, err)
			consoles[i], h.keys = console.handler(), console.keys
			if i == 0 {
				h.Handler = consoles[0]
			}
		}
		page := h.get("sam@shop", "/member?id=carl")
		link := regexp.MustCompile(`href="(member[^"]*edit=[^"]*)"`).FindStringSubmatch(page.body)
		held := h.get("sam@shop", "/"+html.UnescapeString(link[1])).hidden("held")
		h.Handler = consoles[1]
		a := h.post("sam@shop", "/member?id=carl", "step", "replace", "held", held, "role", "cashier", "had", "mp-43")
		assert.Equal(t, row.status, a.status, row.name)
		assert.Len(t, h.stored(shop, "carl").Assignments[0].MiniPrograms, row.programs, row.name)
	}
}

func TestNewRefusesAShortSecret(t *testing.T) {
	config := newHost(t).config()
	config.Secret = []byte("0123456789abcde")
	_, err := New(config)
	assert.ErrorContains(t, err, "Config.Secret has 15 bytes")
}
