package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progressEvery is how often progress is told; a terminal's line is redrawn.
const progressEvery = 2 * time.Second

// newProgress returns a function to call with how much is done. It tells it on
// w with an estimate of the time left: on a terminal in one line, else in plain
// lines. Work that is done within two seconds says nothing. The function is
// called from one goroutine.
func newProgress(w io.Writer, verb, unit string, now func() time.Time) func(done, total int) {
	began, told := now(), now()
	f, ok := w.(*os.File)
	terminal := false
	if ok {
		if fi, err := f.Stat(); err == nil {
			terminal = fi.Mode()&os.ModeCharDevice != 0
		}
	}
	return func(done, total int) {
		t := now()
		if done == 0 || done < total && t.Sub(told) < progressEvery || done == total && told.Equal(began) {
			return
		}
		told = t
		left := time.Duration(float64(t.Sub(began)) / float64(done) * float64(total-done)).Round(time.Second)
		line := fmt.Sprintf("%s: %d of %d %s, %s left", verb, done, total, unit, left)
		switch {
		case !terminal:
			fmt.Fprintln(w, line)
		case done == total:
			fmt.Fprintf(w, "\r%-60s\n", line)
		default:
			fmt.Fprintf(w, "\r%-60s", line)
		}
	}
}
