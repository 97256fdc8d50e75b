package decoder_test

import (
	"bytes"
	"testing"

	"parus/internal/decoder"
)

// FuzzReadFrame gives the parent anything for an answer: no claim of length
// makes it allocate more than came.
func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("r\x01\x00\x00\x00\x05\x00\x00\x00hello"))
	f.Add([]byte("r\x01\x00\x00\x00\xff\xff\xff\x3fhello"))
	f.Add([]byte("e\x01\x00\x00\x00\xff\xff\xff\xffhello"))
	f.Add([]byte("d\x02\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, content, err := decoder.ReadFrame(bytes.NewReader(data))
		if err == nil && !bytes.HasPrefix(data[9:], content) {
			t.Errorf("%q is not of %q", content, data)
		}
		if len(content) > len(data) && cap(content) > 1<<17 {
			t.Errorf("%d bytes for an answer of %d", cap(content), len(data))
		}
	})
}
