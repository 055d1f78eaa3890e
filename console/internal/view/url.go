//go:build !js

package view

import "html/template"

// URL is an address that is written as it is.
type URL = template.URL
