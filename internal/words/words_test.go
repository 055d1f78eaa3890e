package words

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const alphabet = "abcdefghijklmnop\x00\xff"

func TestTheEndsAreReadAsOfASlice(t *testing.T) {
	t.Parallel()
	for length := 8; length <= len(alphabet); length++ {
		s := alphabet[:length]
		assert.Equal(t, binary.LittleEndian.Uint64([]byte(s)), First8(s), "first eight bytes of %q", s)
		assert.Equal(t, binary.LittleEndian.Uint64([]byte(s[length-8:])), Last8(s), "last eight bytes of %q", s)
	}
	for length := 4; length <= len(alphabet); length++ {
		s := alphabet[len(alphabet)-length:]
		assert.Equal(t, uint64(binary.LittleEndian.Uint32([]byte(s))), First4(s), "first four bytes of %q", s)
		assert.Equal(t, uint64(binary.LittleEndian.Uint32([]byte(s[length-4:]))), Last4(s), "last four bytes of %q", s)
	}
}

func TestAFewBytesAreAllRead(t *testing.T) {
	t.Parallel()
	assert.Equal(t, uint64(0), Few(""))
	assert.Equal(t, uint64(0xff), Few("\xff"))
	assert.Equal(t, uint64(0x616263), Few("abc"))
	for length := 1; length <= 8; length++ {
		s := strings.Repeat("a", length)
		for at := range length {
			assert.NotEqual(t, Few(s), Few(s[:at]+"b"+s[at+1:]), "%q with another byte %d", s, at)
		}
	}
}

func TestAStringThatIsTooShortIsNotRead(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(){
		"First8": func() { _ = First8("1234567") }, "Last8": func() { _ = Last8("1234567") },
		"First4": func() { _ = First4("123") }, "Last4": func() { _ = Last4("123") },
	} {
		assert.Panics(t, read, name)
	}
}
