package decoder

import "io"

// ReadFrame is readFrame for job 1, for tests.
func ReadFrame(r io.Reader) (kind byte, content []byte, err error) {
	f, err := readFrame(r, func(job uint32) bool { return job == 1 })
	return f.kind, f.content, err
}
