package migration

default allow := false

allow if {
	member := data.members[input.member]
	member.status == "active"
	some assignment in member.assignments
	some scope, _ in data.grants[assignment.role][input.action]
	assignment.reach[scope][input.at[scope]]
}

visible contains program if {
	member := data.members[input.member]
	member.status == "active"
	some assignment in member.assignments
	some scope, _ in data.grants[assignment.role][input.action]
	some program, at in data.programs
	assignment.reach[scope][at[scope]]
}
