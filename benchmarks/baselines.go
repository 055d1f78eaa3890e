package main

import (
	"github.com/miniprogram-platform/rbac"
	"github.com/miniprogram-platform/rbac/internal/baseline"
)

// handwritten asks the maps that a host would write without a library.
type handwritten struct {
	memberless
	baseline.Handwritten
}

func newHandwritten(u *universe) (engine, error) {
	return handwritten{Handwritten: baseline.NewHandwritten(u.spec)}, nil
}

func (handwritten) name() string { return handName }
func (handwritten) close() error { return nil }

func (h handwritten) prepare(mix []request) (sweep, error) {
	return func(first, count int) (int, error) {
		allowed := 0
		part := mix[first : first+count]
		for i := range part {
			q := &part[i]
			if h.Can(*q.Member, q.Action, q.Resource) {
				allowed++
			}
		}
		return allowed, nil
	}, nil
}

// floor asks the same of integers.
type floor struct{ *baseline.Floor }

func newFloor(u *universe) (engine, error) { return floor{baseline.NewFloor(u.spec)}, nil }

func (floor) name() string { return floorName }
func (floor) close() error { return nil }

func (f floor) add(members []rbac.Member) error {
	f.Add(members)
	return nil
}

func (f floor) prepare(mix []request) (sweep, error) {
	asked := f.Requests(mix)
	return func(first, count int) (int, error) {
		allowed := 0
		part := asked[first : first+count]
		for i := range part {
			if f.Can(&part[i]) {
				allowed++
			}
		}
		return allowed, nil
	}, nil
}
