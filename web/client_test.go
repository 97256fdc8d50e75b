package web_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
)

var update = flag.Bool("update", false, "write the types of the page's calls anew")

// The page is compiled against what the server says of itself: where an
// operation is changed, its calls no longer compile.
func TestTypesOfThePageAreOfThisServersDocument(t *testing.T) {
	t.Parallel()
	const file = "ui/src/schema.d.ts"
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is missing: run make setup")
	}
	if _, err := os.Stat("ui/node_modules"); err != nil {
		t.Fatal("the generator of types is missing: run make setup")
	}
	_, doc := fetch(t, pageServer(t, fstest.MapFS{}).URL+"/openapi.json")
	cmd := exec.CommandContext(t.Context(), node, "generate.mjs")
	cmd.Dir, cmd.Stdin = "ui/client", strings.NewReader(doc)
	var words bytes.Buffer
	cmd.Stderr = &words
	now, err := cmd.Output()
	if err != nil {
		t.Fatalf("generate types: %v: %s", err, words.Bytes())
	}
	if *update {
		if err := os.WriteFile(file, now, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	was, is := strings.Split(string(kept), "\n"), strings.Split(string(now), "\n")
	for i := range max(len(was), len(is)) {
		if i >= len(was) || i >= len(is) || was[i] != is[i] {
			t.Fatalf("%s is not of this server's operations from line %d on: run make client", file, i+1)
		}
	}
}
