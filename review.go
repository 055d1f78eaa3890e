package rbac

import "iter"

// Actions yields the actions the policy declares and what each is done to, in
// name order.
func (p *Policy) Actions() iter.Seq2[Action, Target] {
	return func(yield func(Action, Target) bool) {
		if p == nil {
			return
		}
		for i := range p.rules {
			if !yield(p.rules[i].action, p.rules[i].target) {
				return
			}
		}
	}
}
