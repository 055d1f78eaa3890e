package main

import "github.com/miniprogram-platform/rbac"

// can asks the policy about a member that the host has at hand.
type can struct {
	memberless
	policy *rbac.Policy
}

func newCan(u *universe) (engine, error) { return &can{policy: u.policy}, nil }

func (c *can) name() string { return oursName }
func (c *can) close() error { return nil }

func (c *can) prepare(mix []request) (sweep, error) {
	policy := c.policy
	return func(first, count int) (int, error) {
		allowed := 0
		part := mix[first : first+count]
		for i := range part {
			q := &part[i]
			if policy.Can(*q.member, q.action, q.resource) {
				allowed++
			}
		}
		return allowed, nil
	}, nil
}

// bound asks subjects that were bound when the members were added.
type bound struct {
	policy   *rbac.Policy
	subjects map[string]*rbac.Subject
}

func newBound(u *universe) (engine, error) {
	return &bound{policy: u.policy, subjects: map[string]*rbac.Subject{}}, nil
}

func (b *bound) name() string { return boundName }
func (b *bound) close() error { return nil }

func (b *bound) add(members []rbac.Member) error {
	for _, m := range members {
		b.subjects[m.ID] = b.policy.Bind(m)
	}
	return nil
}

// boundRequest holds the subject: a host binds once for each web request.
type boundRequest struct {
	subject  *rbac.Subject
	action   rbac.Action
	resource rbac.Resource
}

func (b *bound) prepare(mix []request) (sweep, error) {
	asked := make([]boundRequest, len(mix))
	for i, q := range mix {
		asked[i] = boundRequest{b.subjects[q.member.ID], q.action, q.resource}
	}
	return func(first, count int) (int, error) {
		allowed := 0
		part := asked[first : first+count]
		for i := range part {
			q := &part[i]
			if q.subject.Can(q.action, q.resource) {
				allowed++
			}
		}
		return allowed, nil
	}, nil
}
