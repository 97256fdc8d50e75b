package credit_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"parus/credit"
)

// Stored snapshots replay to the byte, on one thread and on eight at once. The
// file changes with the engine's version alone.
func TestGoldenSnapshotsReplayOnAnyNumberOfThreads(t *testing.T) { // not parallel: it sets GOMAXPROCS
	const file = "testdata/households.json"
	if *update {
		e := engine(t)
		var all []credit.Snapshot
		for _, c := range generated(t, 6) {
			s, err := e.NewSnapshot(c)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, s)
		}
		b, err := json.MarshalIndent(all, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var stored []credit.Snapshot
	if err := json.Unmarshal(b, &stored); err != nil {
		t.Fatal(err)
	}
	if len(stored) != 6 {
		t.Fatalf("%d snapshots in %s, want 6", len(stored), file)
	}
	for _, threads := range []int{1, 8} {
		before := runtime.GOMAXPROCS(threads)
		var wg sync.WaitGroup
		for range threads {
			wg.Go(func() {
				for _, s := range stored {
					if err := credit.Replay(s); err != nil {
						t.Errorf("%d threads: %v", threads, err)
					}
				}
			})
		}
		wg.Wait()
		runtime.GOMAXPROCS(before)
	}
}

// A compiler may fuse x·y + z into one rounding where the machine can, unless
// the product is converted explicitly (Go specification, floating-point
// operators). Here it finds nothing to fuse for a machine that could: so that
// gives the bits of those that cannot. The first run compiles the imports too.
func TestNoMachineFusesRoundings(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles for other machines")
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skipf("no go command to compile with: %v", err)
	}
	fused := regexp.MustCompile(`\bFN?M(ADD|SUB)[DS]\b`)
	cmd := exec.Command(tool, "build", "-o", os.DevNull, "-gcflags=parus/credit=-S", "parus/credit")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	listing, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("compile for arm64: %v\n%s", err, listing)
	}
	if !bytes.Contains(listing, []byte("FMULD")) {
		t.Fatal("no product in the listing: the check sees nothing")
	}
	for line := range strings.Lines(string(listing)) {
		if fused.MatchString(line) {
			t.Errorf("fused: %s", line)
		}
	}
}
