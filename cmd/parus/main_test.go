package main

import (
	"os"
	"testing"

	"parus/internal/services/servicetest"
)

// childMark turns this test binary into the program itself, so that tests run
// the same code as a process of its own, with the race detector where the tests
// have it.
const childMark = "PARUS_TEST_RUNS_MAIN"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == decodeVerb {
		serveSabotaged()
		return
	}
	if list := os.Getenv(proxiesMark); list != "" {
		serveProxies(list)
	}
	if os.Getenv(childMark) != "" {
		main()
		return
	}
	servicetest.Main(m)
}
