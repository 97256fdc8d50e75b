package letter_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"parus/internal/letter"
)

var update = flag.Bool("update", false, "rewrite the texts in testdata")

var system = sync.OnceValues(func() (*letter.Press, error) { return letter.NewPress("") })

// press has the fonts of the system, read once for all tests.
func press(t testing.TB) *letter.Press {
	t.Helper()
	p, err := system()
	if err != nil {
		t.Skipf("no letter can be set here: %v", err)
	}
	return p
}

// write writes a letter and fails on an error.
func write(t testing.TB, l letter.Letter, lang letter.Language) ([]byte, letter.Notes) {
	t.Helper()
	var b bytes.Buffer
	notes, err := press(t).Write(&b, l, lang)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), notes
}

// poppler runs a program of Debian's poppler-utils on a document.
func poppler(t *testing.T, doc []byte, program string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is missing: install Debian's poppler-utils, `make setup-test` does", program)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stdin = bytes.NewReader(doc)
	var out, words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &words
	if err := cmd.Run(); err != nil || words.Len() > 0 {
		t.Fatalf("%s: %v: %s", program, err, words.Bytes())
	}
	return out.String()
}

// read returns the text of each page, as a reader who selects it has it.
func read(t *testing.T, doc []byte) []string {
	t.Helper()
	text := poppler(t, doc, "pdftotext", "-raw", "-enc", "UTF-8", "-", "-")
	return strings.Split(strings.TrimSuffix(text, "\f"), "\f")
}

// dense takes all white space out: where lines break is not what a text says.
func dense(pages ...string) string {
	return strings.Join(strings.Fields(strings.Join(pages, " ")), "")
}

// golden compares a text with the one kept.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (renew it with -update); now:\n%s", path, got)
	}
}
