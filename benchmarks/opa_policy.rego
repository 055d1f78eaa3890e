# The role table is data: data.grants[role][action] has the scopes as keys, and
# data.targets[action] the kinds of thing that the action may be done to.
#
# An assignment says what it reaches in each scope, and the input says where the thing
# is in each scope, so that a check is lookups and no search.
package rbac

default allow := false

allow if {
	data.targets[input.action][input.kind]
	member := data.members[input.member]
	member.status == "active"
	some assignment in member.assignments
	some scope, _ in data.grants[assignment.role][input.action]
	assignment.reach[scope][input.at[scope]]
}

# The mini programs to which the member may do input.action. data.programs has, for
# each scope and place, the names of those that are there.
visible contains name if {
	data.targets[input.action].miniprogram
	member := data.members[input.member]
	member.status == "active"
	some assignment in member.assignments
	some scope, _ in data.grants[assignment.role][input.action]
	some place, _ in assignment.reach[scope]
	some name, _ in data.programs[scope][place]
}
