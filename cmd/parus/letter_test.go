package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"parus/credit"
	"parus/internal/letter"
)

func (w *world) testLetter(t *testing.T) {
	dir := t.TempDir()
	lines := filepath.Join(dir, "lines.csv")
	writeFile(t, lines, []byte(w.undisturbed["lines.csv"]))
	var household string
	var line credit.Fen
	for _, r := range table(t, lines) {
		yuan, err := strconv.ParseFloat(r["line_cny"], 64)
		if err == nil && yuan >= 1000 {
			household, line = r["household_id"], credit.RoundFen(yuan)
			break
		}
	}
	if household == "" {
		t.Fatal("no household has a line")
	}
	replayed := program(t, w.env, "replay", household)
	mustExit(t, exitOK, replayed)
	digest := strings.Fields(replayed.out)[1]

	out := filepath.Join(dir, "letter.pdf")
	mustExit(t, exitOK, program(t, w.env, "letter", household, "-o", out, "--lender", "示例县农村商业银行", "--contact", "信贷部 1 号窗口"))
	first, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	again := program(t, w.env, "letter", digest, "-o", "-", "--lender", "示例县农村商业银行", "--contact", "信贷部 1 号窗口")
	mustExit(t, exitOK, again)
	if again.out != string(first) {
		t.Errorf("by digest the letter has other bytes: %d and %d", len(again.out), len(first))
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"a household without decision": {[]string{"nobody", "-o", out}, exitFail, "there is none"},
		"a font that is not there":     {[]string{household, "-o", out, "--letter-font", filepath.Join(dir, "none.ttf")}, exitFail, "PARUS_LETTER_FONT"},
		"a language without letters":   {[]string{household, "-o", out, "--lang", "fr"}, exitUsage, "--lang"},
		"no file to write":             {[]string{household}, exitUsage, "--out"},
	} {
		if r := program(t, w.env, append([]string{"letter"}, c.args...)...); r.code != c.code || !strings.Contains(r.errors, c.want) {
			t.Errorf("%s: exit %d: %s", name, r.code, r.errors)
		}
	}
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext is missing: install Debian's poppler-utils, `make setup-test` does")
	}
	text, err := exec.CommandContext(t.Context(), "pdftotext", out, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(strings.Fields(string(text)), "")
	for _, want := range []string{letter.Capitals(line), digest, household, "**：", "示例县农村商业银行", "联系方式：信贷部1号窗口"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %s in %s", want, said)
		}
	}
}
