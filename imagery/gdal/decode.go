package gdal

import (
	"context"
	"fmt"
	"math"

	"github.com/airbusgeo/godal"

	"parus/imagery"
	"parus/imagery/cloud"
	"parus/imagery/observe"
)

// decoded reads numbers as they are stored and turns them into DN.
func (r *Reader) decoded(f frame, b imagery.Band, dst []int32) error {
	r.real = resize(r.real, len(dst))
	stored := r.real
	var scratch []float64
	if err := pixels(f, &scratch, math.NaN(), stored); err != nil {
		return err
	}
	own := f.source.info.Bands[b.Index-1].NoData
	for i, v := range stored {
		dn, ok := b.Decode.DN(v)
		if !ok || means(b.NoData, v) || means(own, v) {
			dn = observe.NoData
		}
		dst[i] = dn
	}
	return nil
}

// means tells whether a stored number is nodata. Files keep nodata as text, so
// that numbers of single precision are compared as such.
func means(nodata *float64, v float64) bool {
	return nodata != nil && (v == *nodata || float32(v) == float32(*nodata))
}

// GDAL's flag of a mask that all bands share: an alpha band, a mask inside the
// file or beside it. Source: GDAL raster API, GMF_PER_DATASET.
const perDataset = 0x02

// hide blanks the pixels that the file's mask or alpha band rules out.
func (r *Reader) hide(f frame, dst []int32) error {
	if !f.source.hides(f.band) {
		return nil
	}
	f.band = maskBand
	seen := make([]int32, len(dst))
	if err := pixels(f, &r.buf, observe.NoData, seen); err != nil {
		return fmt.Errorf("mask: %w", err)
	}
	for i, v := range seen {
		if v <= 0 {
			dst[i] = observe.NoData
		}
	}
	return nil
}

// hides tells whether the file masks a band beside nodata.
func (s *source) hides(band int) bool {
	masked, known := s.mask[band]
	if !known {
		b := s.band(band)
		masked = b.MaskFlags()&perDataset != 0 && b.ColorInterp() != godal.CIAlpha
		s.mask[band] = masked
	}
	return masked
}

// computed makes the mask of a sensor that has none from blue, green and red.
func (r *Reader) computed(ctx context.Context, b imagery.Band, g imagery.Grid, w imagery.Window, dst []int32) error {
	if len(b.Of) != len(r.of) {
		return fmt.Errorf("%s: %d bands for a mask of blue, green and red", b.Name, len(b.Of))
	}
	for k, part := range b.Of {
		r.of[k] = resize(r.of[k], len(dst))
		if err := r.Read(ctx, part, g, w, r.of[k]); err != nil {
			return fmt.Errorf("%s: %w", b.Name, err)
		}
	}
	value := func(k, i int) float64 { return float64(r.of[k][i])*b.Of[k].Scale + b.Of[k].Offset }
	for i := range dst {
		dst[i] = observe.NoData
		if r.of[0][i] != observe.NoData && r.of[1][i] != observe.NoData && r.of[2][i] != observe.NoData {
			dst[i] = cloud.Bright(value(0, i), value(1, i), value(2, i))
		}
	}
	return nil
}
