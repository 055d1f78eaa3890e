package view

import (
	"fmt"
	"slices"

	"github.com/miniprogram-platform/rbac"
)

// MergeRole merges two edits of one role: what is typed, and what is stored now. Was is the role
// that the typed one is based on. What only one of the two has changed is as that one says. What
// both have changed is as it is typed, and there is a sentence for it, because the editor must
// decide.
func MergeRole(policy *rbac.Policy, was, stored, typed rbac.Role) (merged rbac.Role, both []string) {
	merged = stored
	var conflict bool
	if merged.Name, conflict = merge(was.Name, stored.Name, typed.Name); conflict {
		both = append(both, fmt.Sprintf("The name was %q, is %q now, and you wrote %q.", was.Name, stored.Name, typed.Name))
	}
	merged.Description, conflict = merge(was.Description, stored.Description, typed.Description)
	if conflict {
		both = append(both, fmt.Sprintf("The description was %q, is %q now, and you wrote %q.",
			was.Description, stored.Description, typed.Description))
	}
	merged.Permissions = make(rbac.Permissions)
	for action := range was.Permissions.Union(stored.Permissions).Union(typed.Permissions) {
		before, now, wanted := was.Permissions[action], stored.Permissions[action], typed.Permissions[action]
		scope, conflict := merge(before, now, wanted)
		if scope != 0 {
			merged.Permissions[action] = scope
		}
		if conflict {
			both = append(both, fmt.Sprintf("“%s” was %s, is %s now, and you chose %s.",
				ActionName(policy, action), chipOf(before).Word, chipOf(now).Word, chipOf(wanted).Word))
		}
	}
	slices.Sort(both)
	return merged, both
}

// merge returns the value of whoever has changed it. It is a conflict if both have, to different
// values.
func merge[V comparable](was, stored, typed V) (merged V, conflict bool) {
	if typed == was {
		return stored, false
	}
	return typed, stored != was && stored != typed
}
