package safe

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"math"
	"path"

	"parus/imagery"
	"parus/imagery/sensor"
)

// smallFile is the size up to which a file's content goes into the digest;
// larger ones count by size.
const smallFile = 64 << 20

// coarse is the resolution from which on a band may be missing: people leave
// the 60 m folder out, and no index needs it.
const coarse = 60

// Scene finds the product's images in fsys, the folder that it was read from,
// and returns them as a scene of the sensor's bands: each at its own
// resolution, or the nearest that the product has. href turns a path within
// the product into what opens the file. Scene fails, naming the file, where an
// image of 10 or 20 m that the metadata list is missing.
func (p Product) Scene(fsys fs.FS, sn sensor.Sensor, href func(path string) string) (imagery.Scene, error) {
	s := imagery.Scene{
		ID: p.Name, Sensor: sn.Key, Datetime: p.Sensed, Created: p.Made, CloudCover: p.CloudCover,
		Baseline: p.Baseline, MGRSTile: p.Tile, Notes: p.Notes,
	}
	if len(p.Footprint) > 0 {
		s.Bound = imagery.FootprintBound(p.Footprint)
	}
	h := sha256.New()
	for _, d := range p.documents {
		fmt.Fprintf(h, "%d\x00", len(d))
		h.Write(d)
	}
	for _, def := range sn.Bands {
		im, ok := p.image(def)
		if !ok {
			continue
		}
		name, err := find(fsys, im)
		if err != nil {
			if im.ResolutionM >= coarse {
				continue
			}
			return s, err
		}
		if err := addFile(h, fsys, name); err != nil {
			return s, err
		}
		// A mask beside the file is read with it: see imagery/gdal.
		if err := addFile(h, fsys, name+".msk"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return s, err
		}
		s.Bands = append(s.Bands, p.band(def, href(name)))
	}
	if len(s.Bands) == 0 {
		return s, fmt.Errorf("no image holds a band of %s", sn.Key)
	}
	s.InputDigest = hex.EncodeToString(h.Sum(nil))
	return s, nil
}

// image picks the file of a band whose resolution is nearest to its own, the
// finer of two.
func (p Product) image(def sensor.Band) (best Image, ok bool) {
	distance := func(im Image) float64 { return math.Abs(math.Log2(im.ResolutionM / def.ResolutionM)) }
	for _, im := range p.Images {
		if im.Band != def.Name {
			continue
		}
		if d := distance(im) - distance(best); !ok || d < 0 || d == 0 && im.ResolutionM < best.ResolutionM {
			best, ok = im, true
		}
	}
	return best, ok
}

// find returns the path of an image with its extension: the metadata leave it
// out, and products are handed on as JPEG 2000 and as GeoTIFF.
func find(fsys fs.FS, im Image) (string, error) {
	for _, ext := range []string{".jp2", ".tif", ".tiff"} {
		if fi, err := fs.Stat(fsys, im.Path+ext); err == nil && fi.Mode().IsRegular() {
			return im.Path + ext, nil
		}
	}
	return "", fmt.Errorf("%s: the file %s.jp2 is missing (nor is there a .tif)", im.Band, im.Path)
}

func (p Product) band(def sensor.Band, href string) imagery.Band {
	b := imagery.Band{Name: def.Name, Href: href, Index: 1, NoData: def.NoData}
	if def.Class {
		return b
	}
	if p.noData != nil {
		b.NoData = p.noData
	}
	b.Scale, b.Offset, b.ScaleSource = 1/p.quantification, p.offsets[def.Name]/p.quantification, "item"
	return b
}

// addFile puts name, size and, of a small file, content into a digest. Folders
// and zips of one product have the same.
func addFile(h hash.Hash, fsys fs.FS, name string) error {
	f, err := fsys.Open(name)
	if err != nil {
		return fmt.Errorf("digest: %w", err)
	}
	defer func() { _ = f.Close() }()
	fi, err := f.Stat()
	if err != nil {
		return fmt.Errorf("digest: %w", err)
	}
	fmt.Fprintf(h, "\x00%s %d", path.Base(name), fi.Size())
	if fi.Size() > smallFile {
		return nil
	}
	if _, err := io.Copy(h, io.LimitReader(f, smallFile+1)); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}
