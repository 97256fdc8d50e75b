package gdal

import (
	"errors"
	"fmt"

	"github.com/airbusgeo/godal"

	"parus/imagery"
)

// frame is a window of a grid that one band of a file is read on.
type frame struct {
	source *source
	same   bool // the grid's CRS is the file's
	band   int  // from 1; maskBand for the file's mask
	grid   imagery.Grid
	window imagery.Window
	error  float64 // pixels by which a warp may place a pixel wrong
}

// maskBand stands for the mask of band 1 in a frame.
const maskBand = 0

// number is what pixels are read as: counts, or numbers yet to be decoded.
type number interface{ int32 | float64 }

// pixels fills dst with the numbers of a frame as they are stored, none where
// the file has none. A grid pixel takes the number of the file's pixel that its
// centre lies in; files in another CRS, rotated or with ground control points
// are warped by GDAL with nearest neighbour. buf is scratch.
func pixels[T number](f frame, buf *[]T, none T, dst []T) error {
	if f.same && f.source.upright() {
		return gather(f, buf, none, dst)
	}
	return warp(f, none, dst)
}

// chunkPixels bounds the scratch when a file is finer than the grid.
const chunkPixels = 1 << 22

// gather reads the file's own pixels and picks one for each grid pixel.
func gather[T number](f frame, buf *[]T, none T, dst []T) error {
	for i := range dst {
		dst[i] = none
	}
	w, file := f.window, f.source.info.Grid
	t, gt := file.Transform, f.grid.Transform
	cols := pick(gt[0], gt[1], w.X, w.Width, t[0], t[1], file.Width)
	rows := pick(gt[3], gt[5], w.Y, w.Height, t[3], t[5], file.Height)
	c0, c1 := reach(cols)
	if c0 > c1 {
		return nil
	}
	band := f.source.band(f.band)
	for from := 0; from < len(rows); {
		to, r0, r1 := from+1, rows[from], rows[from]
		for ; to < len(rows); to++ { // as many grid rows as the scratch allows
			lo, hi := reach(rows[from : to+1])
			if lo <= hi && (hi-lo+1)*(c1-c0+1) > chunkPixels {
				break
			}
			r0, r1 = lo, hi
		}
		if r0 >= 0 && r0 <= r1 {
			width, height := c1-c0+1, r1-r0+1
			*buf = resize(*buf, width*height)
			if err := band.Read(c0, r0, *buf, width, height, quiet, offline); err != nil {
				return fmt.Errorf("window (%d,%d) %d×%d: %w", c0, r0, width, height, err)
			}
			for y := from; y < to; y++ {
				if rows[y] >= 0 {
					place(dst[y*w.Width:(y+1)*w.Width], (*buf)[(rows[y]-r0)*width:], cols, c0)
				}
			}
		}
		from = to
	}
	return nil
}

// place copies one row of the file to one row of the grid.
func place[T number](dst, src []T, cols []int, c0 int) {
	for x, c := range cols {
		if c >= 0 {
			dst[x] = src[c-c0]
		}
	}
}

// warp lets GDAL resample one band to the window. The numbers of the file's
// nodata stay as they are; only what lies outside the file becomes none.
func warp[T number](f frame, none T, dst []T) error {
	g, w := f.grid, f.window
	if !g.Transform.NorthUp() {
		return errors.New("the grid must be north-up")
	}
	name := fmt.Sprint(f.band)
	if f.band == maskBand {
		name = "mask"
	}
	one, err := f.source.ds.Translate("", []string{"-of", "VRT", "-mask", "none", "-b", name}, quiet)
	if err != nil {
		return fmt.Errorf("select band: %w", err)
	}
	defer func() { _ = one.Close(quiet) }()
	kind := "Int32"
	if _, real := any(none).(float64); real {
		kind = "Float64"
	}
	ul := g.Transform.Apply(float64(w.X), float64(w.Y))
	lr := g.Transform.Apply(float64(w.X+w.Width), float64(w.Y+w.Height))
	num := func(v float64) string { return fmt.Sprintf("%.17g", v) }
	out, err := one.Warp("", []string{
		"-of", "MEM", "-t_srs", g.CRS, "-te", num(ul[0]), num(lr[1]), num(lr[0]), num(ul[1]),
		"-ts", fmt.Sprint(w.Width), fmt.Sprint(w.Height), "-r", "near", "-ot", kind,
		"-dstnodata", num(float64(none)), "-et", num(f.error),
	}, quiet, offline)
	if err != nil {
		return fmt.Errorf("warp: %w", err)
	}
	defer func() { _ = out.Close(quiet) }()
	if err := out.Bands()[0].Read(0, 0, dst, w.Width, w.Height, quiet); err != nil {
		return fmt.Errorf("warped window (%d,%d): %w", w.X, w.Y, err)
	}
	return nil
}

// band returns a band of the file, or its mask.
func (s *source) band(index int) godal.Band {
	if index == maskBand {
		return s.ds.Bands()[0].MaskBand()
	}
	return s.ds.Bands()[index-1]
}
