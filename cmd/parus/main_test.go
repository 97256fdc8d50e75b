package main

import (
	"os"
	"testing"
	"time"

	"parus/internal/services/servicetest"
)

// childMark turns this test binary into the program itself, so that tests run
// the same code as a process of its own, with the race detector where the tests
// have it.
const childMark = "PARUS_TEST_RUNS_MAIN"

// clockMark is by how much such a process's clock is ahead.
const clockMark = "PARUS_TEST_CLOCK_AHEAD"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == decodeVerb {
		serveSabotaged()
		return
	}
	if len(os.Args) > 1 && os.Args[1] == readUploadVerb {
		readSabotaged()
		return
	}
	if list := os.Getenv(proxiesMark); list != "" {
		serveProxies(list)
		return
	}
	if os.Getenv(childMark) != "" {
		off, _ := time.ParseDuration(os.Getenv(clockMark)) // none
		os.Exit(called(func() time.Time { return time.Now().Add(off) }))
	}
	servicetest.Main(m)
}
