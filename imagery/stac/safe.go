package stac

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"parus/imagery/safe"
)

// safeSensor is the sensor whose products come in SAFE folders.
const safeSensor = "sentinel-2-l2a"

// metadataName is how a product is meant when one of its documents is given.
func metadataName(name string) bool {
	switch filepath.Base(name) {
	case "MTD_MSIL2A.xml", "MTD_MSIL1C.xml", "manifest.safe":
		return true
	}
	return false
}

func isZip(name string) bool { return strings.EqualFold(filepath.Ext(name), ".zip") }

// isSAFE tells whether a folder is a product, whole or not.
func isSAFE(folder string) bool {
	return strings.EqualFold(filepath.Ext(filepath.Clean(folder)), ".SAFE") || safe.Is(os.DirFS(folder))
}

// products reads the SAFE folders and zips directly in a folder and tells
// whether there are any. One that is no product is refused by name.
func (l *loader) products(ctx context.Context, folder string) (found bool, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return false, err
	}
	for _, e := range entries { // sorted by name
		name := filepath.Join(folder, e.Name())
		fi, err := os.Stat(name)
		switch {
		case err != nil:
			continue // a link that leads nowhere
		case fi.IsDir() && isSAFE(name):
			err = l.productFolder(ctx, name)
		case fi.Mode().IsRegular() && isZip(name):
			if err = l.zip(ctx, name); err != nil && ctx.Err() == nil {
				l.refuse(e.Name(), err)
				err = nil
			}
		default:
			continue
		}
		found = true
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

func (l *loader) productFolder(ctx context.Context, folder string) error {
	return l.product(ctx, os.DirFS(folder), folder, func(inner string) string {
		return filepath.Join(folder, filepath.FromSlash(inner))
	})
}

// zip reads the products of a zip, at its root or in folders there. GDAL reads
// their images where they are.
func (l *loader) zip(ctx context.Context, name string) error {
	z, err := zip.OpenReader(name)
	if err != nil {
		return fmt.Errorf("the zip cannot be read: %w", err)
	}
	defer func() { _ = z.Close() }()
	roots := []string{"."}
	if !safe.Is(z) {
		entries, err := fs.ReadDir(z, ".")
		if err != nil {
			return fmt.Errorf("the zip cannot be read: %w", err)
		}
		roots = nil
		for _, e := range entries {
			if sub, err := fs.Sub(z, e.Name()); err == nil && e.IsDir() && safe.Is(sub) {
				roots = append(roots, e.Name())
			}
		}
	}
	if len(roots) == 0 {
		return fmt.Errorf("the zip holds %w", safe.ErrNoProduct)
	}
	for _, root := range roots {
		sub, err := fs.Sub(z, root)
		if err != nil {
			return err
		}
		err = l.product(ctx, sub, path.Join(filepath.ToSlash(name), root), func(inner string) string {
			return fmt.Sprintf("/vsizip/{%s}/%s", name, path.Join(root, inner))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// product adds one SAFE product, or refuses it. name is of its folder.
func (l *loader) product(ctx context.Context, fsys fs.FS, name string, href func(string) string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := l.count(); err != nil {
		return err
	}
	id := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	p, err := safe.Read(fsys)
	if err != nil {
		l.refuse(cmp.Or(p.Name, id, name), err)
		return nil
	}
	it := item{Time: p.Sensed}
	if p.Footprint != nil {
		it.Footprint = p.Footprint
	}
	if !l.wanted(it) {
		return nil
	}
	sn, ok := l.sensors.Find(safeSensor)
	if !ok {
		return errors.New("no sensor file for " + safeSensor)
	}
	s, err := p.Scene(fsys, sn, href)
	if err == nil {
		err = l.complete(s, sn)
	}
	if err != nil {
		l.refuse(p.Name, err)
		return nil
	}
	l.scenes = append(l.scenes, s)
	return nil
}
