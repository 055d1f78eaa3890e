package web

import (
	"fmt"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/require"
)

// busy returns a host whose shop has 1,000 members and ten roles of its own.
func busy(t testing.TB) *host {
	t.Helper()
	h := newHost(t)
	h.addMembers(1000)
	state := h.store.states[shop]
	for i := range 9 {
		r := cashier()
		r.ID, r.Name = rbac.RoleID(fmt.Sprintf("role_%d", i)), fmt.Sprintf("Role %d", i)
		state.Own.Roles = append(state.Own.Roles, r)
	}
	h.store.states[shop] = state
	return h
}

// BenchmarkPages reports what a page costs on the server, with 1,000 members.
func BenchmarkPages(b *testing.B) {
	h := busy(b)
	for name, target := range map[string]string{
		"roles":   "/roles",
		"members": "/members",
		"member":  "/member?id=alice",
		"role":    "/role?role=cashier",
		"try":     "/try?member=alice&action=miniprogram.release&program=mp-42",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				require.Equal(b, 200, h.get("sam@shop", target).status)
			}
		})
	}
}

// BenchmarkPreview reports what a live preview costs that concerns 1,001 members.
func BenchmarkPreview(b *testing.B) {
	h := busy(b)
	form := h.get("sam@shop", "/role?role=cashier")
	for b.Loop() {
		answer := h.post("sam@shop", "/role?role=cashier",
			"role", "cashier", "base_version", form.hidden("base_version"), "name", "Cashier",
			"p.miniprogram.edit", "assigned", "do", "fragment")
		require.Contains(b, answer.text(), "And 951 more.")
	}
}
