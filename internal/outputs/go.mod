module github.com/miniprogram-platform/rbac/internal/outputs

go 1.26.0

replace github.com/miniprogram-platform/rbac => ../..

require (
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3
	github.com/stretchr/testify v1.12.1
)

require (
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/text v0.14.0 // indirect
)
