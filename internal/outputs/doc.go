// Package outputs checks what the command rbac writes by the tools that read it: reports
// by their schemas, TypeScript by its compiler, and the workflows of docs/ci.md by running
// them. It is a module of its own, so that the library needs none of these tools. The
// tests need Node and npm, and install the pinned packages of testdata/npm themselves.
//
//	cd internal/outputs && go test -count=1 ./...
//
// The flag is needed because go does not see that the command has changed.
package outputs
