// Package view is what the console's pages show: models that are functions of a policy
// and its members, and the templates, style and script that render them.
package view
