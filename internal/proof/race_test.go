//go:build race

package proof

// fewer is by how much the longest tests are shortened: the race detector makes everything several times as slow.
const fewer = 10
