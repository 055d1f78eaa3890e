package names

// The ends of a string as integers. The compiler makes one load of each function
// and inlines them all, so a lookup calls nothing for them.

// first8 returns the first eight bytes of a string that has as many.
func first8(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// last8 returns the last eight bytes of a string that has as many.
func last8(s string) uint64 { return first8(s[len(s)-8:]) }

// first4 returns the first four bytes of a string that has as many.
func first4(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

// last4 returns the last four bytes of a string that has as many.
func last4(s string) uint64 { return first4(s[len(s)-4:]) }

// upTo8 returns all bytes of a string of at most eight. Strings of one length
// are equal if and only if these are.
func upTo8(s string) (all uint64) {
	for i := range len(s) {
		all = all<<8 | uint64(s[i])
	}
	return all
}
