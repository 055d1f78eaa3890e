// Package canonical writes JSON values as RFC 8785 (JSON Canonicalization Scheme)
// has them, so that equal values have equal bytes in every version of Go.
package canonical

const hex = "0123456789abcdef"

// AppendString appends a text as a JSON string. It escapes what RFC 8785, section
// 3.2.2.2, escapes and nothing else. The text must be valid UTF-8.
func AppendString(to []byte, text string) []byte {
	to = append(to, '"')
	start := 0
	for i := range len(text) {
		if c := text[i]; c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		escape := escapes(text[i])
		to = append(append(to, text[start:i]...), escape...)
		if escape == `\u00` {
			to = append(to, hex[text[i]>>4], hex[text[i]&15])
		}
		start = i + 1
	}
	return append(append(to, text[start:]...), '"')
}

// escapes returns how a byte is escaped that cannot stand for itself. For a control
// character without a short form it returns the start of the long one.
func escapes(c byte) string {
	switch c {
	case '"':
		return `\"`
	case '\\':
		return `\\`
	case '\b':
		return `\b`
	case '\t':
		return `\t`
	case '\n':
		return `\n`
	case '\f':
		return `\f`
	case '\r':
		return `\r`
	}
	return `\u00`
}
