package browser

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/miniprogram-platform/rbac/console/internal/demo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patience is how long a step of a test may take. A busy machine is slow.
const patience = 30 * time.Second

var (
	start   sync.Once
	browser context.Context
	stop    = func() {}
	failed  error
)

func TestMain(m *testing.M) {
	code := m.Run()
	stop()
	os.Exit(code)
}

// startBrowser returns the one browser of all tests.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	binary := os.Getenv("RBAC_CHROMIUM")
	if binary == "" || os.Getenv("RBAC_AXE") == "" {
		require.Empty(t, os.Getenv("RBAC_REQUIRE_CHROMIUM"), "no browser: run the test by .ci/chromium")
		t.Skip("pages are not tested in a browser: run the test by .ci/chromium")
	}
	start.Do(func() {
		allocator, closeAllocator := chromedp.NewExecAllocator(context.Background(),
			chromedp.ExecPath(binary),
			chromedp.Headless,
			chromedp.NoSandbox,
			chromedp.DisableGPU,
			chromedp.NoFirstRun,
			chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"), // it stays on this machine
			chromedp.Flag("disable-quic", true),
			chromedp.Flag("disable-background-networking", true),
			chromedp.Flag("disable-component-update", true),
			chromedp.Flag("disable-sync", true),
			chromedp.Flag("disable-dev-shm-usage", true),
		)
		var closeBrowser context.CancelFunc
		browser, closeBrowser = chromedp.NewContext(allocator)
		stop = func() { closeBrowser(); closeAllocator() }
		failed = chromedp.Do(browser)
	})
	require.NoError(t, failed)
	return browser
}

// tab is a tab of the browser, with cookies of its own.
type tab struct {
	t      *testing.T
	ctx    context.Context
	origin string

	mu       sync.Mutex
	requests []*network.EventRequestWillBeSent
	bytes    map[network.RequestID]float64
	trouble  []string // what a page must not do
	status   string   // of a page that says no, such as "404"; the browser reports it as an error
}

// openTab opens a tab for the pages of a server. When the test ends, the tab must have seen
// no request to another server, no violation of the page's security policy and no error.
func openTab(t *testing.T, origin string) *tab {
	t.Helper()
	b := &tab{t: t, origin: origin, bytes: make(map[network.RequestID]float64)}
	ctx, cancel := chromedp.NewContext(startBrowser(t), chromedp.WithNewBrowserContext(), chromedp.WithListener(b.listen))
	t.Cleanup(cancel)
	b.ctx = ctx
	b.do(command(audits.Enable, cdp.Empty{}), command(network.Enable, network.EnableParams{}))
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		assert.Empty(t, b.trouble)
	})
	return b
}

// command returns a command of the protocol as an action.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, params)
		return err
	})
}

// listen notes what the page does. It runs where the browser's messages are read.
func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if strings.HasPrefix(e.Request.URL, "data:") {
			return // a picture of the browser's own controls
		}
		b.requests = append(b.requests, e)
		if !strings.HasPrefix(e.Request.URL, b.origin+"/") && e.Request.URL != "about:blank" {
			b.trouble = append(b.trouble, "a request to "+e.Request.URL)
		}
	case *network.EventDataReceived:
		b.bytes[e.RequestID] += float64(e.DataLength)
	case *audits.EventIssueAdded:
		if broken := e.Issue.Details.ContentSecurityPolicyIssueDetails; broken != nil {
			b.trouble = append(b.trouble, fmt.Sprintf("against the security policy: %+v", *broken))
		}
	case *log.EventEntryAdded:
		if b.status != "" && strings.Contains(e.Entry.Text, "status of "+b.status) {
			return
		}
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			b.trouble = append(b.trouble, fmt.Sprintf("%s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL))
		}
	case *runtime.EventExceptionThrown:
		b.trouble = append(b.trouble, fmt.Sprintf("an exception: %+v", e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		b.trouble = append(b.trouble, fmt.Sprintf("the script writes to the console: %s", e.Type))
	}
}

// contextOf returns the context of one step.
func contextOf(b *tab) (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.ctx, patience)
}

// do runs actions, and ends the test at the first error.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if b.ctx.Err() == nil {
		require.NoError(b.t, chromedp.Do(b.ctx)) // opens the tab, which lives as long as this context
	}
	ctx, cancel := contextOf(b)
	defer cancel()
	require.NoError(b.t, chromedp.Do(ctx, actions...))
}

// get runs an action that returns a value.
func get[T any](b *tab, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := contextOf(b)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	require.NoError(b.t, err)
	return value
}

// eval returns the value of an expression of JavaScript.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	return get(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// open opens a page, and forgets what was requested before.
func (b *tab) open(path string) {
	b.t.Helper()
	b.forget()
	b.do(chromedp.Navigate(b.origin + path))
}

// forget forgets what was requested.
func (b *tab) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests = nil
	clear(b.bytes)
}

// follow does what leads to another page, and waits until that has loaded.
func (b *tab) follow(action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := contextOf(b)
	defer cancel()
	_, err := chromedp.RunResponse(ctx, action)
	require.NoError(b.t, err)
}

// look sets the size of the window and the colours that the user prefers.
func (b *tab) look(width, height int64, colours string) {
	b.t.Helper()
	b.do(
		command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: width, Height: height, DeviceScaleFactor: 1,
		}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: colours},
		}}),
	)
}

// brokenWords lists the words of tables that break inside. An action's code may.
const brokenWords = `(() => {
	const broken = [];
	const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
	for (let node; node = texts.nextNode();) {
		const within = node.parentElement;
		if (!within.closest("table") || within.closest("code") || !within.checkVisibility()) continue;
		for (const word of node.data.matchAll(/\p{L}+/gu)) {
			const range = document.createRange();
			range.setStart(node, word.index);
			range.setEnd(node, word.index + word[0].length);
			const lines = new Set([...range.getClientRects()].map(r => Math.round(r.top)));
			if (lines.size > 1) broken.push(word[0]);
		}
	}
	return broken;
})()`

// disableScripts makes the next pages run no script of their own.
func (b *tab) disableScripts() {
	b.t.Helper()
	b.do(command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
}

// loaded returns how many requests of each type the page took, and the bytes of all.
func (b *tab) loaded() (types map[network.ResourceType]int, bytes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	types = make(map[network.ResourceType]int)
	for _, request := range b.requests {
		if strings.HasSuffix(request.Request.URL, "/favicon.ico") {
			continue // the browser asks once for all pages
		}
		types[request.Type]++
		bytes += int(b.bytes[request.RequestID])
	}
	return types, bytes
}

// console is a server of the demonstration with members of its own.
type console struct {
	store *demo.Store
	url   string
}

func startConsole(t *testing.T) *console {
	t.Helper()
	store, err := demo.Open(t.Context(), filepath.Join(t.TempDir(), "console.db"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, store.Close()) })
	handler, err := demo.NewHandler(store)
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return &console{store, server.URL}
}

// openAs opens a tab in which somebody has been chosen. Without an ID nobody has.
func (c *console) openAs(t *testing.T, id string, place string) *tab {
	t.Helper()
	b := openTab(t, c.url)
	if id == "" {
		return b
	}
	kind := "developer"
	if place == "wallet" {
		kind = "tenant"
	}
	member := url.Values{"kind": {kind}, "tenant": {"wallet"}, "workspace": {place}, "id": {id}}.Encode()
	b.do(command(network.SetCookie, network.SetCookieParams{Name: "member", Value: member, URL: c.url}))
	return b
}
