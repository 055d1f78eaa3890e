package strictjson

// Raw reads any one value and returns its bytes. It looks only at where the value ends:
// who reads the bytes finds what is wrong inside.
func (r *Reader) Raw() ([]byte, error) {
	first := r.peek()
	start := r.at
	if first != '{' && first != '[' {
		err := r.skip()
		return r.data[start:r.at], err
	}
	depth := 0
	for r.at < len(r.data) {
		switch c := r.data[r.at]; c {
		case '"':
			r.skipString()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		r.at++
		if depth == 0 {
			return r.data[start:r.at], nil
		}
	}
	return nil, r.unexpected("a value that ends")
}

// skipString goes past a string, or to the end of the document.
func (r *Reader) skipString() {
	for r.at++; r.at < len(r.data); r.at++ {
		switch r.data[r.at] {
		case '\\':
			r.at++
		case '"':
			r.at++
			return
		}
	}
	r.at = len(r.data)
}

// Offset returns where the next value starts.
func (r *Reader) Offset() int {
	r.peek()
	return r.at
}

// AtString reports whether the next value is a string.
func (r *Reader) AtString() bool { return r.peek() == '"' }
