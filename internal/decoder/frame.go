package decoder

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Kinds of frames. Lower case goes up, to the parent.
const (
	frameMemory   byte = 'M' // bytes that the child may take, eight of them, the least first
	frameCoverage byte = 'C' // name and coverage, kept for the jobs after it
	frameCRS      byte = 'S' // the address of a file
	frameVerify   byte = 'V' // a scene as JSON
	frameObserve  byte = 'O' // a sight as JSON
	framePlane    byte = 'P' // a plane that is wanted, as JSON
	frameDraw     byte = 'D' // an overlay.Job as JSON
	frameDoing    byte = 'd' // what the child begins to read, in words
	frameResult   byte = 'r' // the job's result
	frameFailed   byte = 'e' // a failure as JSON
)

// maxFrame bounds what a frame may claim to hold, and maxWords what a child
// may say in words.
const (
	maxFrame = 1 << 30
	maxWords = 1 << 16
)

// frame is one message about one job.
type frame struct {
	kind    byte
	job     uint32 // 0 for what is of no job
	content []byte
}

// A frame travels as its kind, the number of its job and the length of its
// content in four bytes each, the least first, and the content.
const frameHead = 9

func writeFrame(w io.Writer, f frame) error {
	if len(f.content) > maxFrame {
		return fmt.Errorf("%d bytes are more than a decoder takes at once", len(f.content))
	}
	head := binary.LittleEndian.AppendUint32([]byte{f.kind}, f.job)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(f.content)))
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err := w.Write(f.content)
	return err
}

var errFrame = errors.New("the decoder's answer is garbled")

// readFrame reads one frame of a job that is known. Memory grows with what
// arrives, not with what is claimed.
func readFrame(r io.Reader, known func(job uint32) bool) (frame, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, err
	}
	f := frame{kind: head[0], job: binary.LittleEndian.Uint32(head[1:])}
	n := int64(binary.LittleEndian.Uint32(head[5:]))
	limit := int64(maxFrame)
	if f.kind == frameDoing || f.kind == frameFailed {
		limit = maxWords
	}
	if n > limit || !known(f.job) {
		return f, errFrame
	}
	var err error
	if n <= maxWords {
		f.content = make([]byte, n)
		_, err = io.ReadFull(r, f.content)
		return f, err
	}
	f.content, err = io.ReadAll(io.LimitReader(r, n))
	if err == nil && int64(len(f.content)) < n {
		err = io.ErrUnexpectedEOF
	}
	return f, err
}
