// Package proof proves that package rbac keeps its laws. It has tests only.
//
// The tests of package rbac explain one function each. The tests here do not
// explain: they generate policies, members and resources, and compare every
// answer with a second implementation of the specification that is slow and
// plain. Read reference_test.go first: it is that implementation, and
// reference_steps_test.go has its steps of administration. worlds_test.go
// generates the questions, entrypoints_test.go lists the functions that answer.
//
// Each law has its file:
//
//	denial_test.go          1  no is the default
//	truth_test.go           2  one truth; where_test.go reads the SQL
//	isolation_test.go       3  isolation, and 5, no cross products
//	monotone_test.go        4  more never takes a right away
//	order_test.go           6  order does not matter
//	administration_test.go  7  no escalation; coalition_test.go tries to escalate
//	roundtrip_test.go       8  what is written is read back the same
//	layers_test.go          8  a policy of layers is a policy of all their specs
//	immutability_test.go    9  nothing changes a policy
//	totality_test.go       10  every call ends; growth_test.go measures how soon
//	validity_test.go       11  what is valid stays valid
//
// exhaustive_test.go asks the default policy every question there is.
// threats_test.go has a test for each threat, T1 to T32. fuzz_test.go has the
// fuzz targets, and testdata/mutants.md what mutation testing leaves.
//
// A failure names the seed and the number of its world. Both are fixed, so that
// running the test again makes the same world.
package proof
