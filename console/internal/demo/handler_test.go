package demo

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/console/web"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newHandler(t *testing.T) (http.Handler, *Store) {
	t.Helper()
	s := open(t, filepath.Join(t.TempDir(), "a.db"))
	h, err := NewHandler(s)
	require.NoError(t, err)
	return h, s
}

// post sends the form of the page of people.
func post(h http.Handler, member string, header http.Header) *http.Response {
	return postForm(h, url.Values{"member": {member}}, header)
}

func postForm(h http.Handler, form url.Values, header http.Header) *http.Response {
	r := httptest.NewRequest("POST", "/people", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func get(h http.Handler, path string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for _, cookie := range cookies {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPeopleNamesEveryMember(t *testing.T) {
	h, s := newHandler(t)
	people, err := s.People(t.Context())
	require.NoError(t, err)
	page := get(h, "/people").Body.String()
	for _, m := range people {
		assert.Contains(t, page, "<bdi>"+m.ID+"</bdi>")
	}
}

func TestWhoIsChosenIsLoadedAnewForEachRequest(t *testing.T) {
	h, s := newHandler(t)
	sam, err := s.Member(t.Context(), Shop, "sam")
	require.NoError(t, err)
	answer := post(h, key(sam), nil)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	require.Len(t, answer.Cookies(), 1)
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(answer.Cookies()[0])
	looking, err := s.looking(r)
	require.NoError(t, err)
	assert.Equal(t, sam, looking)
	assert.Contains(t, get(h, "/people", answer.Cookies()...).Body.String(), "(you)")

	require.NoError(t, set(t, s, Shop, web.WorkspaceState{Suspended: true, Members: []rbac.Member{sam}}))
	looking, err = s.looking(r)
	require.NoError(t, err)
	assert.True(t, looking.Suspended)

	require.NoError(t, set(t, s, Shop, web.WorkspaceState{}))
	_, err = s.looking(r)
	assert.ErrorIs(t, err, web.ErrNoMember)
}

func TestNobodyIsChosenByAForgedRequest(t *testing.T) {
	h, s := newHandler(t)
	sam, err := s.Member(t.Context(), Shop, "sam")
	require.NoError(t, err)
	for _, member := range []string{
		"", "%zz", "id=sam", "kind=developer&tenant=wallet&workspace=shop&id=nobody",
		"kind=tenant&tenant=wallet&workspace=shop&id=sam", "kind=7&tenant=wallet&workspace=shop&id=sam",
		"kind=developer&tenant=wallet&workspace=shop&id=%00", "kind=developer&workspace=shop&id=sam",
	} {
		answer := post(h, member, nil)
		assert.Equal(t, http.StatusBadRequest, answer.StatusCode, member)
		assert.Empty(t, answer.Cookies(), member)
	}
	answer := postForm(h, url.Values{"member": {key(sam)}, "more": {strings.Repeat("x", longestForm)}}, nil)
	assert.Equal(t, http.StatusBadRequest, answer.StatusCode, "a long form")
	answer = post(h, key(sam), http.Header{"Sec-Fetch-Site": {"cross-site"}})
	assert.Equal(t, http.StatusForbidden, answer.StatusCode)
	assert.Empty(t, answer.Cookies())
}

func TestPeopleSaysThatTheDatabaseIsGone(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"))
	require.NoError(t, err)
	h, err := NewHandler(s)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	page := get(h, "/people")
	assert.Equal(t, http.StatusServiceUnavailable, page.Code)
	assert.Contains(t, page.Body.String(), "The database does not answer.")
	answer := post(h, "kind=developer&tenant=wallet&workspace=shop&id=sam", nil)
	assert.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
	assert.Empty(t, answer.Cookies())
}
