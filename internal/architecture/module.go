package architecture

import (
	"cmp"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Package is what the rules need to know of a Go package.
type Package struct {
	Path    string   // within the module: "imagery/zonal"
	Name    string   // of the package clause
	Doc     string   // package comment, whichever file has it
	Imports []string // of its files that are not tests, whatever their build tags; those of the module without its name
}

// ReadModule reads the packages of the module called name below root. It
// parses the files instead of asking the go command, so that no build tag and
// no disabled cgo hides an import.
func ReadModule(root, name string) ([]Package, error) {
	byPath := map[string]*Package{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if file != root && skipped(d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		dir, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		p := byPath[dir]
		if p == nil {
			p = &Package{Path: filepath.ToSlash(dir)}
			byPath[dir] = p
		}
		return p.add(file, name)
	})
	if err != nil {
		return nil, fmt.Errorf("read the module in %s: %w", root, err)
	}
	var pkgs []Package
	for _, p := range byPath {
		slices.Sort(p.Imports)
		p.Imports = slices.Compact(p.Imports)
		pkgs = append(pkgs, *p)
	}
	slices.SortFunc(pkgs, func(a, b Package) int { return cmp.Compare(a.Path, b.Path) })
	return pkgs, nil
}

// skipped are the folders that hold no source of the module.
func skipped(dir string) bool {
	return strings.HasPrefix(dir, ".") || dir == "node_modules" || dir == "testdata" || dir == "vendor"
}

// add takes the clause, comment and imports of one file.
func (p *Package) add(file, module string) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, src, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return err
	}
	p.Name = f.Name.Name
	if f.Doc != nil {
		p.Doc = f.Doc.Text()
	}
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s: import %s: %w", file, spec.Path.Value, err)
		}
		if rest, ok := strings.CutPrefix(imported, module+"/"); ok {
			imported = Own + rest
		}
		p.Imports = append(p.Imports, imported)
	}
	return nil
}

// Own marks an import of the module itself: "./imagery/zonal".
const Own = "./"

// under says whether a path is dir or below it.
func under(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

// tree is the part of the module that a package belongs to: the first folder,
// and below internal and cmd the second one too.
func tree(p string) string {
	parts := strings.Split(p, "/")
	if len(parts) > 1 && (parts[0] == "internal" || parts[0] == "cmd") {
		return path.Join(parts[0], parts[1])
	}
	return parts[0]
}
