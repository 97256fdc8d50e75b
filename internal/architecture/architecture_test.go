package architecture_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"parus/internal/architecture"
)

const root = "../.."

func TestTheRepositoryKeepsTheRules(t *testing.T) {
	t.Parallel()
	pkgs, err := architecture.ReadModule(root, "parus")
	if err != nil {
		t.Fatal(err)
	}
	imports := 0
	for _, p := range pkgs {
		imports += len(p.Imports)
	}
	if len(pkgs) < 5 || imports < 20 {
		t.Fatalf("read %d packages with %d imports: not the whole module", len(pkgs), imports)
	}
	for name, rule := range map[string]func([]architecture.Package) []string{
		"imports go down":           architecture.Floors,
		"drivers have one user":     architecture.Reserved,
		"names have a subject":      architecture.Names,
		"packages have a comment":   architecture.Docs,
		"nothing imports the rules": importsTheRules,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, breach := range rule(pkgs) {
				t.Error(breach)
			}
		})
	}
}

func importsTheRules(pkgs []architecture.Package) []string {
	var breaches []string
	for _, p := range pkgs {
		for _, imported := range p.Imports {
			if imported == architecture.Own+"internal/architecture" {
				breaches = append(breaches, p.Path+" imports internal/architecture")
			}
		}
	}
	return breaches
}

// tracked lists the files that git knows.
func tracked(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "-C", root, "ls-files", "-z").Output()
	if err != nil {
		t.Skipf("this is no git checkout, so what is tracked is not known: %v", err)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
}

func TestTheTopOfTheRepositoryHoldsNothingUnplanned(t *testing.T) {
	t.Parallel()
	for _, breach := range architecture.TopLevel(tracked(t)) {
		t.Error(breach)
	}
}

func TestTrackedTextTellsNothingOfAMachine(t *testing.T) {
	t.Parallel()
	read := 0
	for _, file := range tracked(t) {
		b, err := os.ReadFile(filepath.Join(root, file))
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed, and not yet committed
		}
		if err != nil {
			t.Error(err)
			continue
		}
		if bytes.IndexByte(b, 0) >= 0 {
			continue
		}
		read++
		for _, breach := range architecture.Traces(file, string(b)) {
			t.Error(breach)
		}
	}
	if read < 10 {
		t.Errorf("read %d files only", read)
	}
}

// linked is what the go command tells of a package that a binary links.
type linked struct {
	ImportPath string
	Standard   bool
	CgoFiles   []string
}

// links lists what a binary links.
func links(t *testing.T, pkg string) []linked {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,CgoFiles", pkg)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1") // or packages with cgo would hide it
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v\n%s", pkg, err, stderr.Bytes())
	}
	var all []linked
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var l linked
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
}

func TestTheServerLinksNoGDALAndNoC(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(filepath.Join(root, "cmd/parusd")); err != nil {
		t.Skip("cmd/parusd is not there yet")
	}
	deps := links(t, "./cmd/parusd")
	if len(deps) < 50 {
		t.Fatalf("%d packages only", len(deps))
	}
	for _, l := range deps {
		if strings.Contains(l.ImportPath, "godal") || (!l.Standard && len(l.CgoFiles) > 0) {
			t.Errorf("cmd/parusd links %s", l.ImportPath)
		}
	}
}

func TestTheRuleOnLinksSeesGDALWhereItIs(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(filepath.Join(root, "imagery/gdal")); err != nil {
		t.Skip("imagery/gdal is not there yet")
	}
	for _, l := range links(t, "./imagery/gdal") {
		if strings.Contains(l.ImportPath, "godal") && len(l.CgoFiles) > 0 {
			return
		}
	}
	t.Error("imagery/gdal seems to link no GDAL: the test of cmd/parusd would see none either")
}
