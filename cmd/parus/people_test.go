package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// told is everything that verbs have said, to be searched for what they must
// not say.
type told struct {
	env  []string
	said strings.Builder
}

// parus runs a verb and remembers what it says.
func (w *told) parus(t *testing.T, args ...string) result {
	t.Helper()
	return w.asked(t, "", args...)
}

func (w *told) asked(t *testing.T, in string, args ...string) result {
	t.Helper()
	cmd := command(t.Context(), w.env, args...)
	var out, words bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &out, &words
	r := result{exitStatus(t, cmd.Run()), out.String(), words.String()}
	w.said.WriteString(r.out + r.errors)
	return r
}

// peopleOf reads the names, ID numbers and telephones of a generated package.
func peopleOf(t *testing.T, folder string) (data [][3]string) {
	t.Helper()
	for name, at := range map[string][3]int{"CBF": {2, 4, 7}, "CBF_JTCY": {1, 4, -1}} {
		raw, err := os.ReadFile(filepath.Join(folder, "权属数据", name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows[1:] {
			p := [3]string{r[at[0]], r[at[1]]}
			if at[2] >= 0 {
				p[2] = r[at[2]]
			}
			data = append(data, p)
		}
	}
	return data
}

func TestPersonalDataFromThePackageToTheirEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env, _ := servers(t)
	w := &told{env: append(env, "PARUS_KEYS="+filepath.Join(dir, "keys.json"))}
	mustExit(t, exitOK, program(t, nil, "fixtures", "county", "--seed", "3", "--households", "12", "--size-px", "96", "--dates", "2", "-o", filepath.Join(dir, "county")))
	folder := filepath.Join(dir, "county", "registry", "370199测试县")
	people := peopleOf(t, folder)
	holder := people[0]
	for _, p := range people {
		if p[2] != "" {
			holder = p
			break
		}
	}
	county := []string{"--county", "370199"}
	on := func(args ...string) []string { return append(args, county...) }

	if r := w.parus(t, on("registry", "import", folder)...); r.code != exitFail || !strings.Contains(r.errors, "parus keys new") {
		t.Fatalf("import without the key file that is named: %+v", r)
	}
	mustExit(t, exitOK, w.parus(t, on("keys", "new")...))
	r := w.parus(t, on("registry", "import", folder)...)
	mustExit(t, exitOK, r)
	again := w.parus(t, on("registry", "import", folder)...)
	if mustExit(t, exitOK, again); again.out != r.out || !strings.Contains(again.errors, "release 1 holds this content already") {
		t.Errorf("the same again: %+v", again)
	}
	if r := w.parus(t, on("registry", "releases")...); !regexp.MustCompile(`(?m)^1 +yes .* 52 +0 +370199测试县$`).MatchString(r.out) {
		t.Errorf("releases: %s", r.out)
	}
	if r := w.asked(t, holder[1], on("people", "find")...); r.code != exitUsage {
		t.Errorf("a search without a purpose: %+v", r)
	}
	var person, household string
	for _, text := range holder {
		r := w.asked(t, text+"\n", on("people", "find", "--purpose", "visit at home")...)
		mustExit(t, exitOK, r)
		found := regexp.MustCompile(`(?m)^([0-9a-f]{32})  (\d{18}) +true`).FindStringSubmatch(r.out)
		if found == nil {
			t.Fatalf("not found: %s", r.out)
		}
		person, household = found[1], found[2]
	}
	reveal := func() result { // not remembered: it may tell
		return program(t, w.env, on("people", "reveal", household, "--purpose", "visit at home")...)
	}
	if r := reveal(); r.code != exitOK || !strings.Contains(r.out, holder[0]) || !strings.Contains(r.out, holder[1]) || !strings.Contains(r.out, holder[2]) {
		t.Errorf("revealed: %s%s", r.out, r.errors)
	}
	mustExit(t, exitOK, w.parus(t, on("keys", "rotate", "--retire")...))
	mustExit(t, exitOK, reveal())
	mustExit(t, exitOK, w.parus(t, on("people", "erase", person, "--purpose", "asked for it")...))
	if r := w.asked(t, holder[1], on("people", "find", "--purpose", "visit at home")...); strings.Contains(r.out, person) {
		t.Errorf("found after the end: %s", r.out)
	}
	if r := reveal(); strings.Contains(r.out, holder[1]) || strings.Contains(r.out, holder[0]) {
		t.Errorf("revealed after the end: %s", r.out)
	}
	audit := w.parus(t, on("people", "audit")...)
	mustExit(t, exitOK, audit)
	for _, act := range []string{"import release", "search people", "reveal", "rotate key", "erase person"} {
		if !strings.Contains(audit.out, act) {
			t.Errorf("the audit lacks %q: %s", act, audit.out)
		}
	}
	if r := w.parus(t, on("people", "audit", "--head", strings.Repeat("0", 64))...); r.code != exitFail {
		t.Errorf("an audit without its noted head: %+v", r)
	}
	for _, format := range []string{"fiboa", "geojson", "gpkg"} {
		out := filepath.Join(dir, "out."+format)
		mustExit(t, exitOK, w.parus(t, on("registry", "export", "--format", format, "-o", out)...))
		w.said.WriteString(readFile(t, out))
	}
	mustExit(t, exitOK, w.parus(t, "registry", "check", folder, "--report", filepath.Join(dir, "report.json")))
	w.said.WriteString(readFile(t, filepath.Join(dir, "report.json")))
	said := w.said.String()
	for _, p := range people {
		for i, datum := range p {
			if datum != "" && strings.Contains(said, datum) {
				t.Errorf("datum %d of a person is in what the verbs say or write", i)
			}
		}
	}
}

func TestAKeyFileThatOthersCanReadIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	env := []string{"PARUS_KEYS=" + path, "PARUS_HOME=" + t.TempDir()}
	mustExit(t, exitOK, program(t, env, "keys", "new", "--county", "370199"))
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if r := program(t, env, "keys", "new", "--county", "370198"); r.code != exitFail || !strings.Contains(r.errors, "chmod 600") {
		t.Errorf("%+v", r)
	}
}
