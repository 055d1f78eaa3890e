package rbac_test

import (
	"time"

	"github.com/miniprogram-platform/rbac"
)

// inForce says whether the assignment counts at that instant.
func inForce(now time.Time, as rbac.Assignment) bool {
	started := as.NotBefore.IsZero() || !now.Before(as.NotBefore)
	ended := !as.NotAfter.IsZero() && !now.Before(as.NotAfter)
	return started && !ended
}
