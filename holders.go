package rbac

import (
	"iter"
	"time"
)

// WhoCan yields those of the members who may do the action to the resource, as of
// the first member that is read, in the order in which they come. It reads the clock
// once and one member at a time, and stops when the caller stops. Of nil members it
// yields none.
func (p *Policy) WhoCan(action Action, resource Resource, members iter.Seq[Member]) iter.Seq[Member] {
	return func(yield func(Member) bool) {
		p.WhoCanAt(wallClock(), action, resource, members)(yield)
	}
}

// WhoCanAt is WhoCan at the given time.
func (p *Policy) WhoCanAt(
	now time.Time, action Action, resource Resource, members iter.Seq[Member],
) iter.Seq[Member] {
	return func(yield func(Member) bool) {
		if members == nil {
			return
		}
		for member := range members {
			if p.CheckAt(now, member, action, resource).Allowed && !yield(member) {
				return
			}
		}
	}
}
