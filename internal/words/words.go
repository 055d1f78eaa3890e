// Package words reads the ends of a string as integers. The compiler makes one
// load of each, and inlines them all, so that code which looks at names on
// every check need not call anything for it.
package words

// First8 returns the first eight bytes of a string that has as many.
func First8(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// Last8 returns the last eight bytes of a string that has as many.
func Last8(s string) uint64 { return First8(s[len(s)-8:]) }

// First4 returns the first four bytes of a string that has as many.
func First4(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

// Last4 returns the last four bytes of a string that has as many.
func Last4(s string) uint64 { return First4(s[len(s)-4:]) }

// Few returns all bytes of a string of at most eight. Strings of one length
// differ if and only if these do.
func Few(s string) (all uint64) {
	for i := range len(s) {
		all = all<<8 | uint64(s[i])
	}
	return all
}
