package demo

import (
	"encoding/json"
	"fmt"
	"io"
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
	for _, p := range people {
		for _, m := range p.Members {
			assert.Contains(t, page, "<bdi>"+m.ID+"</bdi>")
		}
	}
	assert.Contains(t, page, "<bdi>Developer Admin</bdi>", "roles have names")
	assert.Contains(t, page, "<bdi>Cashier</bdi>", "the shop's own, too")
	assert.NotContains(t, page, "developer_admin")
	assert.NotContains(t, page, "damaged")
	const start = "Choose <strong>sam</strong> to run the merchant shop"
	assert.Contains(t, page, start)
	require.NoError(t, set(t, s, Shop, web.WorkspaceState{}))
	assert.NotContains(t, get(h, "/people").Body.String(), start)
}

// plant stores a member by hand.
func plant(t *testing.T, s *Store, id, document string) {
	t.Helper()
	_, err := s.pool.Exec(`
		INSERT INTO console_members (tenant, kind, workspace, id, document) VALUES ($1, $2, $3, $4, $5)`,
		Shop.Tenant, Shop.Kind, Shop.ID, id, document)
	require.NoError(t, err)
}

func plantMember(t *testing.T, s *Store, id string) rbac.Member {
	t.Helper()
	member := active(id, Shop, rbac.Operator)
	document, err := json.Marshal(member)
	require.NoError(t, err)
	plant(t, s, id, string(document))
	return member
}

func TestPeopleStaysSmallWhateverIsStored(t *testing.T) {
	h, s := newHandler(t)
	plantMember(t, s, strings.Repeat("x", 1<<20))
	page := get(h, "/people").Body.String()
	assert.Less(t, len(page), 200_000)
	assert.Contains(t, page, "The ID is too long to choose.")
	for i := range 300 {
		plantMember(t, s, fmt.Sprintf("%03d%s", i, strings.Repeat("<", 150)))
	}
	page = get(h, "/people").Body.String()
	assert.Less(t, len(page), 200_000)
	assert.Contains(t, page, "Narrow the filter to find them.")
	assert.Contains(t, get(h, "/people?q=pia").Body.String(), "<bdi>pia</bdi>")
	assert.Less(t, len(get(h, "/people?q="+strings.Repeat("%3C", 100_000)).Body.String()), 200_000)
}

func TestPeopleShowsTheOthersIfARecordIsDamaged(t *testing.T) {
	h, s := newHandler(t)
	plant(t, s, "zoe", "{")
	_, err := s.pool.Exec(`UPDATE console_workspaces SET own = '{' WHERE id = 'bakery'`)
	require.NoError(t, err)
	page := get(h, "/people")
	assert.Equal(t, http.StatusOK, page.Code)
	for _, has := range []string{
		"<bdi>sam</bdi>", "<bdi>pia</bdi>", "member &#34;zoe&#34; of workspace &#34;shop&#34;",
		"the roles of workspace &#34;bakery&#34;",
	} {
		assert.Contains(t, page.Body.String(), has)
	}
	answer := post(h, "kind=developer&tenant=wallet&workspace=shop&id=zoe", nil)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
	assert.Contains(t, string(body), "What is stored of this member is damaged.")
}

// An ID that was stored by hand stops no change but its own.
func TestALongIDThatIsStoredStopsNoOtherChange(t *testing.T) {
	_, s := newHandler(t)
	long := plantMember(t, s, strings.Repeat("x", 1<<20))
	change := func(change func(*web.WorkspaceState)) error {
		return s.Update(t.Context(), Shop, func(state web.WorkspaceState) (web.WorkspaceState, web.LogEntry, error) {
			change(&state)
			return state, web.LogEntry{Workspace: Shop}, nil
		})
	}
	require.NoError(t, change(func(state *web.WorkspaceState) { state.Members[0].Status = rbac.StatusBlocked }))
	require.NoError(t, change(func(state *web.WorkspaceState) {
		for i := range state.Members {
			if state.Members[i].ID == long.ID {
				state.Members[i].Status = rbac.StatusDeleted
			}
		}
	}))
	stored, err := s.Member(t.Context(), Shop, long.ID)
	require.NoError(t, err)
	assert.Equal(t, rbac.StatusDeleted, stored.Status)
	err = change(func(state *web.WorkspaceState) {
		state.Members = append(state.Members, active(strings.Repeat("z", 256), Shop, rbac.Operator))
	})
	assert.ErrorContains(t, err, "the ID has 256 bytes", "a new one is refused")
}

// The demo shows what exclusive roles and the last admin are.
func TestTheDemoShowsExclusiveRolesAndTheLastAdmin(t *testing.T) {
	h, s := newHandler(t)
	as := func(id, path string) string {
		member, err := s.Member(t.Context(), Shop, id)
		require.NoError(t, err)
		return get(h, path, &http.Cookie{Name: cookieName, Value: key(member)}).Body.String()
	}
	assert.Contains(t, as("sam", "/member?id=alice"), "Operator (cannot be held with another role of the member)")
	assert.Contains(t, as("tia", "/member?id=sam"), "The workspace would lose its last admin: nobody active would hold")
	eve, err := s.Member(t.Context(), Shop, "eve")
	require.NoError(t, err)
	assert.NotZero(t, eve.Assignments[0].NotAfter.Nanosecond()%1_000_000, "her end has microseconds")
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

func TestAFormOfAnotherSiteGetsAPage(t *testing.T) {
	h, s := newHandler(t)
	sam, err := s.Member(t.Context(), Shop, "sam")
	require.NoError(t, err)
	for _, path := range []string{"/people", "/members", "/none"} {
		r := httptest.NewRequest("POST", path, nil)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.AddCookie(&http.Cookie{Name: cookieName, Value: key(sam)})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Equal(t, http.StatusForbidden, w.Code, path)
		assert.Contains(t, w.Body.String(), "this form was sent from another site", path)
		assert.Contains(t, w.Body.String(), "</html>", path)
	}
}

func TestEveryAnswerHasTheHeadersOfTheConsole(t *testing.T) {
	h, _ := newHandler(t)
	for path, want := range map[string]int{
		"/favicon.ico": http.StatusOK, "/people": http.StatusOK, "//people": http.StatusTemporaryRedirect,
		"/": http.StatusUnauthorized, "/a/../people": http.StatusTemporaryRedirect, "/style.css": http.StatusOK,
	} {
		answer := get(h, path)
		assert.Equal(t, want, answer.Code, path)
		assert.Contains(t, answer.Header().Get("Content-Security-Policy"), "default-src 'none'", path)
		assert.Equal(t, "nosniff", answer.Header().Get("X-Content-Type-Options"), path)
	}
}

func TestTheLongestIDOfAFormCanBeStored(t *testing.T) {
	h, s := newHandler(t)
	sam, err := s.Member(t.Context(), Shop, "sam")
	require.NoError(t, err)
	id := strings.Repeat("z", 255)
	r := httptest.NewRequest("POST", "/members", strings.NewReader(url.Values{"step": {"invite"}, "id": {id}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: cookieName, Value: key(sam)})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	assert.Equal(t, http.StatusSeeOther, w.Code)
	_, err = s.Member(t.Context(), Shop, id)
	assert.NoError(t, err)
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
