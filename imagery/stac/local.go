package stac

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"parus/imagery/sidecar"
)

// Limits of what a local catalogue may hold.
const (
	maxFile  = 512 << 20 // bytes of one JSON file
	maxDepth = 16        // of catalogues in catalogues
)

// local reads a file or folder.
func (l *loader) local(ctx context.Context, path string) error {
	fi, err := os.Stat(path)
	if err != nil {
		return err
	}
	switch {
	case fi.IsDir() && isSAFE(path):
		return l.productFolder(ctx, path)
	case fi.IsDir() && exists(filepath.Join(path, "catalog.json")):
		return l.local(ctx, filepath.Join(path, "catalog.json"))
	case fi.IsDir():
		return l.folder(ctx, path)
	case metadataName(path):
		return l.local(ctx, filepath.Dir(path))
	case sidecar.Is(path):
		return l.described(ctx, path)
	case isMTL(path):
		return l.landsat(ctx, path)
	case isZip(path):
		return l.zip(ctx, path)
	}
	data, err := readFile(path)
	if err != nil {
		return err
	}
	return l.file(ctx, path, data, map[string]bool{}, 0)
}

// folder reads every JSON file of a folder that is an item or a collection of
// items, every scene description, every Landsat product by its MTL file, and
// every SAFE folder and zip; others, such as a summary, are passed over.
func (l *loader) folder(ctx context.Context, path string) error {
	names, err := filepath.Glob(filepath.Join(escapeGlob(path), "*.json"))
	if err != nil {
		return err
	}
	more, err := filepath.Glob(filepath.Join(escapeGlob(path), "*.geojson"))
	if err != nil {
		return err
	}
	names = append(names, more...)
	slices.Sort(names)
	found, err := l.products(ctx, path)
	if err != nil {
		return err
	}
	plain, err := l.plain(ctx, path)
	if err != nil {
		return err
	}
	if len(names) == 0 && !found && len(plain) == 0 {
		return errors.New("the folder holds no .json file, SAFE folder, zip, Landsat MTL file or scene description (.scene.yaml): give one of these for its rasters")
	}
	for _, name := range names {
		if told(plain, name) {
			continue
		}
		data, err := readFile(name)
		if err != nil {
			l.refuse(filepath.Base(name), err)
			continue
		}
		if d, err := parseDocument(data); err != nil {
			l.refuse(filepath.Base(name), err)
			continue
		} else if d.Type != "Feature" && d.Type != "FeatureCollection" {
			continue
		}
		if err := l.file(ctx, name, data, map[string]bool{}, 0); err != nil {
			return err
		}
	}
	return nil
}

// file reads one document: items are taken, the links of catalogues followed.
func (l *loader) file(ctx context.Context, path string, data []byte, seen map[string]bool, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d, err := parseDocument(data)
	if err != nil {
		return err
	}
	switch d.Type {
	case "Feature":
		return l.item(data, path)
	case "FeatureCollection":
		for _, f := range d.Features {
			if err := l.item(f, path); err != nil {
				return err
			}
		}
		return nil
	case "Catalog", "Collection":
		return l.links(ctx, path, d, seen, depth)
	}
	return errNotSTAC
}

// links follows the children and items of a static catalogue. A link that
// leads nowhere is refused by name.
func (l *loader) links(ctx context.Context, path string, d document, seen map[string]bool, depth int) error {
	if depth >= maxDepth {
		return fmt.Errorf("%s: catalogues are nested more than %d deep", path, maxDepth)
	}
	for _, k := range d.Links {
		if k.Rel != "item" && k.Rel != "items" && k.Rel != "child" {
			continue
		}
		if strings.Contains(k.Href, "://") {
			l.refuse(k.Href, errors.New("a local catalogue links to the network: load that address itself"))
			continue
		}
		href, err := url.PathUnescape(k.Href)
		if err != nil {
			href = k.Href
		}
		target := filepath.Join(filepath.Dir(path), filepath.FromSlash(href))
		if seen[target] {
			continue
		}
		seen[target] = true
		data, err := readFile(target)
		if err == nil {
			err = l.file(ctx, target, data, seen, depth+1)
		}
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			l.refuse(target, err)
		}
	}
	return nil
}

func readFile(path string) ([]byte, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if fi.Size() > maxFile {
		return nil, fmt.Errorf("%s: %d bytes are too many for a catalogue", path, fi.Size())
	}
	return os.ReadFile(path)
}
