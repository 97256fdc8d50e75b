package main

import (
	"errors"
	"fmt"
	"math"

	"parus/fields/delineate"
	"parus/imagery"
	"parus/imagery/gdal"
)

// stackSource hands out the bands of a raster, one at a time, with nodata and
// what a mask hides as NaN.
type stackSource struct {
	stack     *gdal.Raster
	mask      *gdal.Raster // nil for none
	hidden    []uint8      // the mask's band, as read last
	maskBand  int          // which that is, from 1; 0 before the first
	wholeGrid imagery.Window
}

// openStack opens a raster and a mask, which may be "".
func openStack(path, mask string) (*stackSource, error) {
	r, err := gdal.OpenRaster(path)
	if err != nil {
		return nil, err
	}
	s := &stackSource{stack: r, wholeGrid: imagery.Window{Width: r.Grid.Width, Height: r.Grid.Height}}
	if err := s.check(mask); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *stackSource) check(mask string) (err error) {
	g := s.stack.Grid
	if err := delineate.CheckGrid(g); err != nil {
		return err
	}
	if g.CRS == "" {
		return errors.New("the stack has no coordinate system: set one with gdal_edit.py -a_srs")
	}
	if mask == "" {
		return nil
	}
	if s.mask, err = gdal.OpenRaster(mask); err != nil {
		return err
	}
	m := s.mask.Grid
	if m.Width != g.Width || m.Height != g.Height || m.Transform != g.Transform {
		return fmt.Errorf("mask %s lies on another grid: warp it to the grid of the stack with gdalwarp", mask)
	}
	if n := len(s.mask.Bands); n != 1 && n != len(s.stack.Bands) {
		return fmt.Errorf("mask %s has %d bands for %d of the stack: give one for all, or one for each", mask, n, len(s.stack.Bands))
	}
	s.hidden = make([]uint8, g.Width*g.Height)
	return nil
}

// Close closes what was opened for reading.
func (s *stackSource) Close() {
	_ = s.stack.Close() // nothing was written
	if s.mask != nil {
		_ = s.mask.Close()
	}
}

// Shape returns the raster's grid and number of bands.
func (s *stackSource) Shape() (imagery.Grid, int) { return s.stack.Grid, len(s.stack.Bands) }

// Plane reads a band.
func (s *stackSource) Plane(band int, dst []float32) error {
	if err := gdal.ReadPixels(s.stack, band+1, s.wholeGrid, dst); err != nil {
		return err
	}
	nan := float32(math.NaN())
	if nodata := s.stack.Bands[band].NoData; nodata != nil {
		for i, v := range dst {
			if v == float32(*nodata) {
				dst[i] = nan
			}
		}
	}
	if s.mask == nil {
		return nil
	}
	if want := min(band+1, len(s.mask.Bands)); want != s.maskBand {
		if err := gdal.ReadPixels(s.mask, want, s.wholeGrid, s.hidden); err != nil {
			return err
		}
		s.maskBand = want
	}
	for i, h := range s.hidden {
		if h != 0 {
			dst[i] = nan
		}
	}
	return nil
}
