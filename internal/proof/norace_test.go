//go:build !race

package proof

const fewer = 1
