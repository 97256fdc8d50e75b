package decoder

import (
	"io"

	"parus/imagery/overlay"
)

// ReadFrame is readFrame for job 1, for tests.
func ReadFrame(r io.Reader) (kind byte, content []byte, err error) {
	f, err := readFrame(r, func(job uint32) bool { return job == 1 })
	return f.kind, f.content, err
}

// PackPicture and UnpackPicture take pictures through a pipe, for tests.
func PackPicture(p Picture) ([]byte, error) { return packPicture(p) }

// UnpackPicture tells whether the job can have given the answer.
func UnpackPicture(answer []byte, j overlay.Job) (Picture, bool) { return unpackPicture(answer, j) }
