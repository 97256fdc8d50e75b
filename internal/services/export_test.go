package services

import (
	"bufio"
	"io"
)

// ReadStartup and Ask are tested on bytes that no good server sends.
var ReadStartup = readStartup

func Ask(r io.Reader, args ...string) (string, error) {
	return ask(io.Discard, bufio.NewReader(r), args...)
}
