module github.com/miniprogram-platform/rbac

go 1.25.0

require (
	github.com/stretchr/testify v1.7.2
	golang.org/x/exp v0.0.0-20250128144449-3edf0e91c1ae
)

require (
	github.com/davecgh/go-spew v1.1.0 // indirect
	github.com/pmezard/go-difflib v1.0.0 // indirect
	golang.org/x/tools v0.29.0 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)
