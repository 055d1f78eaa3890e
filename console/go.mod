module github.com/miniprogram-platform/rbac/console

go 1.25.0

require (
	github.com/miniprogram-platform/rbac v0.0.0
	github.com/stretchr/testify v1.12.1
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect

replace github.com/miniprogram-platform/rbac => ..
