package architecture_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	fencedCode = regexp.MustCompile("(?ms)^```.*?^```")
	mdLink     = regexp.MustCompile(`\[([^\]]*)\]\(([^)\s]+)\)`)
	mdHeading  = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	codeSpan   = regexp.MustCompile("`([^`\n]+)`")
	ownPath    = regexp.MustCompile(`^(cmd|credit|docs|fields|fixtures|imagery|internal|web|workers|yield)/[\w./-]+$`)
	identifier = regexp.MustCompile("^`(?:\\w+\\.)?(\\w+)`$")
)

// library is what documents may point to: tracked paths, folders included, and
// a way to read them.
type library struct {
	paths map[string]bool
	read  func(file string) (string, error)
}

func newLibrary(files []string, read func(string) (string, error)) library {
	l := library{paths: map[string]bool{".": true}, read: read}
	for _, f := range files {
		for ; f != "."; f = path.Dir(f) {
			l.paths[f] = true
		}
	}
	return l
}

// deadLinks lists what a document points to and is not there: files of relative
// links, headings after #, declarations named by links such as
// [`Cover`](imagery/zonal/coverage.go), and paths of the module in code spans.
func (l library) deadLinks(file, text string) []string {
	text = fencedCode.ReplaceAllString(text, "")
	var dead []string
	say := func(format string, args ...any) { dead = append(dead, file+": "+fmt.Sprintf(format, args...)) }
	for _, m := range mdLink.FindAllStringSubmatch(text, -1) {
		target, anchor, _ := strings.Cut(m[2], "#")
		if strings.Contains(target, ":") {
			continue // of another place
		}
		to := path.Join(path.Dir(file), target)
		switch {
		case target == "" && !hasHeading(text, anchor):
			say("link to %s: no such heading here", m[2])
		case target == "":
		case !l.paths[to]:
			say("link to %s, which is not there", m[2])
		case anchor != "" && !l.holds(to, anchor, hasHeading):
			say("link to %s: %s has no such heading", m[2], to)
		}
		if name := identifier.FindStringSubmatch(m[1]); name != nil && strings.HasSuffix(to, ".go") && l.paths[to] && !l.holds(to, name[1], declares) {
			say("link to %s: it declares no %s", m[2], name[1])
		}
	}
	for _, m := range codeSpan.FindAllStringSubmatch(text, -1) {
		if p := strings.TrimSuffix(m[1], "/"); ownPath.MatchString(p) && !l.paths[p] {
			say("`%s` is not there", m[1])
		}
	}
	return dead
}

func (l library) holds(file, name string, test func(text, name string) bool) bool {
	text, err := l.read(file)
	return err == nil && test(text, name)
}

// declares tells whether Go source declares a function, method or type.
func declares(text, name string) bool {
	return regexp.MustCompile(`(?m)^(?:func (?:\([^)]*\) )?|type )` + name + `\b`).MatchString(text)
}

// hasHeading tells whether a document has the heading that an anchor names: in
// lower case, spaces as hyphens, punctuation dropped.
func hasHeading(text, anchor string) bool {
	drop := regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	return slices.ContainsFunc(mdHeading.FindAllStringSubmatch(text, -1), func(m []string) bool {
		return strings.ReplaceAll(strings.ToLower(drop.ReplaceAllString(m[1], "")), " ", "-") == anchor
	})
}

func TestDocumentsPointToWhatIsThere(t *testing.T) {
	t.Parallel()
	files := tracked(t)
	l := newLibrary(files, func(file string) (string, error) {
		b, err := os.ReadFile(filepath.Join(root, file))
		return string(b), err
	})
	read := 0
	for _, file := range files {
		if !strings.HasSuffix(file, ".md") {
			continue
		}
		text, err := l.read(file)
		if err != nil {
			t.Error(err)
			continue
		}
		read++
		for _, dead := range l.deadLinks(file, text) {
			t.Error(dead)
		}
	}
	if read < 5 {
		t.Errorf("read %d documents only", read)
	}
}

func TestDeadLinksAreFound(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"docs/method.md":         "# Method\n\n## Why no seam can show?\n",
		"imagery/zonal/cover.go": "package zonal\n\nfunc Cover() {}\n\nfunc (c Coverage) Weight() {}\n\ntype Coverage struct{}\n",
	}
	l := newLibrary([]string{"docs/method.md", "imagery/zonal/cover.go"}, func(f string) (string, error) { return files[f], nil })
	for name, c := range map[string]struct{ text, want string }{
		"a file that is there":             {"[method](method.md)", ""},
		"a folder that is there":           {"[zonal](../imagery/zonal)", ""},
		"a file that is not":               {"[method](methods.md)", "methods.md"},
		"a picture that is not":            {"![picture](p.svg)", "p.svg"},
		"a link from the wrong folder":     {"[zonal](imagery/zonal)", "imagery/zonal"},
		"a heading that is there":          {"[why](method.md#why-no-seam-can-show)", ""},
		"a heading that is not":            {"[why](method.md#why-not)", "no such heading"},
		"a heading of the document itself": {"[here](#here)", "no such heading"},
		"a function that is there":         {"[`Cover`](../imagery/zonal/cover.go)", ""},
		"a method that is there":           {"[`Weight`](../imagery/zonal/cover.go)", ""},
		"a type by its package":            {"[`zonal.Coverage`](../imagery/zonal/cover.go)", ""},
		"a function that is not":           {"[`Uncover`](../imagery/zonal/cover.go)", "declares no Uncover"},
		"a path in a code span":            {"see `imagery/zonal/cover.go`", ""},
		"a path that is not there":         {"see `imagery/zonal/covers.go`", "covers.go"},
		"a file that a run writes":         {"see `out/lines.csv` and `a/b`", ""},
		"the web":                          {"[orb](https://example.org/orb)", ""},
		"code that only looks like a link": {"```\n[a](b.md)\n```\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expect(t, l.deadLinks("docs/a.md", c.text), c.want)
		})
	}
}
