package stac

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"parus/imagery"
	"parus/imagery/landsat"
	"parus/imagery/sensor"
	"parus/imagery/sidecar"
)

// mtlName is how Landsat's metadata files end.
var mtlName = regexp.MustCompile(`(?i)^(.+)_MTL\.(json|txt|xml)$`)

func isMTL(name string) bool { return mtlName.MatchString(filepath.Base(name)) }

// plain reads the scene descriptions and the Landsat products of a folder and,
// one below, the Landsat products that are folders. It returns the files that
// it has read, and the prefixes of products.
func (l *loader) plain(ctx context.Context, folder string) (read []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	best := map[string]string{} // product → metadata file; JSON before text before XML, by name
	for _, e := range entries { // sorted by name
		name := filepath.Join(folder, e.Name())
		m := mtlName.FindStringSubmatch(e.Name())
		switch {
		case e.IsDir():
			inner, _ := filepath.Glob(filepath.Join(escapeGlob(name), "*_MTL.*")) // the pattern is well formed
			inner = slices.DeleteFunc(inner, func(s string) bool { return !isMTL(s) })
			if len(inner) > 0 {
				slices.Sort(inner)
				best[name] = inner[0]
			}
		case m != nil && best[m[1]] == "":
			best[m[1]] = name
		case sidecar.Is(e.Name()):
			if err := l.described(ctx, name); err != nil {
				return nil, err
			}
			read = append(read, name)
		}
	}
	for _, product := range sortedKeys(best) {
		if err := l.landsat(ctx, best[product]); err != nil {
			return nil, err
		}
		read = append(read, filepath.Join(folder, product))
	}
	return read, nil
}

// told tells whether a JSON file has been read as a scene description, or
// speaks of a Landsat product that was read by its own metadata.
func told(plain []string, name string) bool {
	return isMTL(name) || slices.ContainsFunc(plain, func(p string) bool {
		return name == p || strings.HasPrefix(name, p+"_") && strings.HasSuffix(strings.ToLower(name), "_stac.json")
	})
}

// described adds the scene of a description, or refuses it.
func (l *loader) described(ctx context.Context, path string) error {
	return l.document(ctx, path, func(data []byte) (imagery.Scene, error) {
		d, err := sidecar.Parse(data)
		if err != nil {
			return imagery.Scene{}, err
		}
		sn, ok := l.sensors.Find(d.Sensor)
		if !ok {
			return imagery.Scene{}, fmt.Errorf("sensor %q is not known: name one of %s", d.Sensor, strings.Join(keys(l.sensors), ", "))
		}
		return d.Scene(sn, filepath.Base(path), below(path))
	})
}

// landsat adds the product of a metadata file, or refuses it.
func (l *loader) landsat(ctx context.Context, path string) error {
	return l.document(ctx, path, func(data []byte) (imagery.Scene, error) {
		m, err := landsat.Parse(data)
		if err != nil {
			return imagery.Scene{}, err
		}
		id, err := m.ID()
		if err != nil {
			return imagery.Scene{}, err
		}
		sn, ok := l.sensors.Match(sensor.Clue{ID: id})
		if !ok {
			return imagery.Scene{}, fmt.Errorf("no sensor file for %s", id)
		}
		return m.Scene(sn, below(path))
	})
}

// document adds the scene that read makes of a file's content.
func (l *loader) document(ctx context.Context, path string, read func([]byte) (imagery.Scene, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := l.count(); err != nil {
		return err
	}
	s, err := l.read(path, read)
	if err != nil {
		l.refuse(cmp.Or(s.ID, filepath.Base(path)), err)
		return nil
	}
	it := item{Time: s.Datetime}
	if !s.Bound.IsZero() {
		it.Footprint = s.Bound
	}
	if l.wanted(it) {
		l.scenes = append(l.scenes, s)
	}
	return nil
}

func (l *loader) read(path string, read func([]byte) (imagery.Scene, error)) (imagery.Scene, error) {
	data, err := readFile(path)
	if err != nil {
		return imagery.Scene{}, err
	}
	s, err := read(data)
	if err != nil {
		return s, err
	}
	sn, _ := l.sensors.Find(s.Sensor)
	if err := l.complete(s, sn); err != nil {
		return s, err
	}
	s.InputDigest, err = contentDigest(data, s.Bands)
	return s, err
}

// below finds files beside another one, or in folders there.
func below(path string) func(file string) (string, bool) {
	return func(file string) (string, bool) {
		p := filepath.Join(filepath.Dir(path), filepath.FromSlash(file))
		return p, exists(p)
	}
}

func keys(all sensor.Catalogue) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = s.Key
	}
	return out
}
