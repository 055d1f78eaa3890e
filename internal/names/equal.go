package names

// Equal reports whether two IDs are the same. It is a == b, and faster for IDs
// of 4 to 16 bytes: two loads take the place of a call to the runtime. Comparing
// the IDs of workspaces is most of what a check costs once its names are found.
func Equal(a, b string) bool {
	switch n := len(a); {
	case n != len(b):
		return false
	case n > 16:
		return a == b
	case n >= 8:
		return first8(a) == first8(b) && last8(a) == last8(b)
	case n >= 4:
		return first4(a) == first4(b) && last4(a) == last4(b)
	}
	return upTo8(a) == upTo8(b)
}
