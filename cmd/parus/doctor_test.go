package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parus/internal/services/servicetest"
)

// doctor runs the verb and returns its exit status and table.
func doctor(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	var out, words bytes.Buffer
	code := run(t.Context(), append([]string{"doctor"}, args...), &streams{Out: &out, Err: &words})
	return code, out.String(), words.String()
}

// line returns the table's line of a subject.
func line(t *testing.T, table, subject string) string {
	t.Helper()
	for l := range strings.Lines(table) {
		if f := strings.Fields(l); len(f) > 1 && strings.HasPrefix(strings.Join(f[1:], " "), subject) {
			return l
		}
	}
	t.Fatalf("no line on %s in\n%s", subject, table)
	return ""
}

func TestDoctorFindsServersThatAnswer(t *testing.T) {
	t.Parallel()
	code, table, words := doctor(t, "--home", t.TempDir(),
		"--database-url", servicetest.Database(t), "--redis-url", servicetest.Redis(t))
	if code != exitOK || strings.Contains(table, "missing") || strings.Count(table, "\n") != 11 {
		t.Errorf("exit %d\n%s%s", code, table, words)
	}
	if l := line(t, table, "database"); !strings.Contains(l, "PostGIS 3.") {
		t.Error(l)
	}
}

func TestDoctorSaysWhatIsMissingAndFails(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	for name, c := range map[string]struct {
		args          []string
		subject, want string
	}{
		"a database that is not there":  {[]string{"--database-url", "postgres://nobody@/none?host=" + home}, "database", "PARUS_DATABASE_URL"},
		"a queue that is not there":     {[]string{"--redis-url", "redis-socket://" + home + "/none.sock"}, "queue", "PARUS_REDIS_URL"},
		"a home that can't be a folder": {[]string{"--home", "/proc/none"}, "disk", "PARUS_HOME"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, table, words := doctor(t, append([]string{"--home", home}, c.args...)...)
			l := line(t, table, c.subject)
			if code != exitFail || !strings.HasPrefix(l, "missing ") || !strings.Contains(l, c.want) || !strings.Contains(words, "missing") {
				t.Errorf("exit %d, %s%s", code, l, words)
			}
		})
	}
}

func TestDoctorChangesNothing(t *testing.T) {
	t.Parallel()
	home := filepath.Join(t.TempDir(), "home")
	doctor(t, "--home", home)
	if _, err := os.Stat(home); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s was made", home)
	}
}

func TestReportCountsWhatIsNeededOnly(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := printFindings(&out, []finding{
		{subject: "one", found: "here"},
		{subject: "two", err: errors.New("gone\ntwice"), optional: true},
		{subject: "three", err: errors.New("gone")},
	})
	want := "ok       one    here\nabsent   two    gone; twice\nmissing  three  gone\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	if err == nil || !strings.Contains(err.Error(), "1 of 3") {
		t.Errorf("got %v", err)
	}
	if err := printFindings(&out, []finding{{subject: "two", err: errors.New("gone"), optional: true}}); err != nil {
		t.Errorf("an optional thing fails: %v", err)
	}
}

func TestDoctorSaysWhereLettersLackTheirFonts(t *testing.T) {
	t.Parallel()
	_, table, _ := doctor(t, "--home", t.TempDir(), "--letter-font", filepath.Join(t.TempDir(), "none.ttf"))
	if l := line(t, table, "letter fonts"); !strings.HasPrefix(l, "absent") || !strings.Contains(l, "PARUS_LETTER_FONT") {
		t.Error(l)
	}
}
