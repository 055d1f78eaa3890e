// Package browser has the tests of the console and of the playground in a real browser. They
// need Chromium and axe-core: run them by .ci/chromium.
//
//	.ci/chromium bash -c 'cd console && go test ./browser'
//
// With RBAC_SCREENSHOTS=1 they also write the pictures in docs/images.
package browser
