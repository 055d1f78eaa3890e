package names

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const alphabet = "abcdefghijklmnop\x00\xff"

func TestFirstAndLastReadTheEndsOfAString(t *testing.T) {
	t.Parallel()
	for length := 8; length <= len(alphabet); length++ {
		s := alphabet[:length]
		assert.Equal(t, binary.LittleEndian.Uint64([]byte(s)), first8(s), "first eight bytes of %q", s)
		assert.Equal(t, binary.LittleEndian.Uint64([]byte(s[length-8:])), last8(s), "last eight bytes of %q", s)
	}
	for length := 4; length <= len(alphabet); length++ {
		s := alphabet[len(alphabet)-length:]
		assert.Equal(t, uint64(binary.LittleEndian.Uint32([]byte(s))), first4(s), "first four bytes of %q", s)
		assert.Equal(t, uint64(binary.LittleEndian.Uint32([]byte(s[length-4:]))), last4(s), "last four bytes of %q", s)
	}
}

func TestUpTo8ReadsAllBytes(t *testing.T) {
	t.Parallel()
	assert.Equal(t, uint64(0), upTo8(""))
	assert.Equal(t, uint64(0xff), upTo8("\xff"))
	assert.Equal(t, uint64(0x616263), upTo8("abc"))
	for length := 1; length <= 8; length++ {
		s := strings.Repeat("a", length)
		for at := range length {
			assert.NotEqual(t, upTo8(s), upTo8(s[:at]+"b"+s[at+1:]), "%q with another byte %d", s, at)
		}
	}
}

func TestFirstAndLastPanicOnAStringThatIsTooShort(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(){
		"first8": func() { _ = first8("1234567") }, "last8": func() { _ = last8("1234567") },
		"first4": func() { _ = first4("123") }, "last4": func() { _ = last4("123") },
	} {
		assert.Panics(t, read, name)
	}
}
