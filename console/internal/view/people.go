package view

// PeopleOf is a workspace on the demo's page where one chooses a member.
type PeopleOf struct {
	Workspace string
	Members   []Candidate
}

// Candidate is a member to choose.
type Candidate struct {
	Key    string // what the form sends
	ID     string
	Status string
	Roles  []string
	Chosen bool
}
