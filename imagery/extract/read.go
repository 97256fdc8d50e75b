package extract

import (
	"math"

	"parus/imagery/gdal"
	"parus/imagery/zonal"
)

// buffers holds a tile of each pixel type, and of a mask.
type buffers struct {
	u8   []uint8
	u16  []uint16
	i16  []int16
	u32  []uint32
	i32  []int32
	f32  []float32
	f64  []float64
	mask []uint8
}

// resize returns a buffer of n items, b where it has room.
func resize[T any](b *[]T, n int) []T {
	if cap(*b) < n {
		*b = make([]T, n)
	}
	return (*b)[:n]
}

// readTile reads one tile of a band (from 0) and adds it to a unit.
type readTile func(w *worker, u *unit, band int, t *tile) error

// reader returns how to read a band, by its GDAL pixel type. Bands with a mask
// (alpha, or stored beside the pixels) are read as floats that hold the type
// exactly, with NaN where the mask is 0.
func reader(b gdal.BandInfo) (readTile, bool) {
	switch {
	case b.Masked && (b.Type == "UInt32" || b.Type == "Int32" || b.Type == "Float64"):
		return masked(func(b *buffers) *[]float64 { return &b.f64 }), true
	case b.Masked && pixelBytes(b.Type) > 0:
		return masked(func(b *buffers) *[]float32 { return &b.f32 }), true
	}
	switch b.Type {
	case "Byte":
		return plain(func(b *buffers) *[]uint8 { return &b.u8 }), true
	case "UInt16":
		return plain(func(b *buffers) *[]uint16 { return &b.u16 }), true
	case "Int16", "Int8":
		return plain(func(b *buffers) *[]int16 { return &b.i16 }), true
	case "UInt32":
		return plain(func(b *buffers) *[]uint32 { return &b.u32 }), true
	case "Int32":
		return plain(func(b *buffers) *[]int32 { return &b.i32 }), true
	case "Float32":
		return plain(func(b *buffers) *[]float32 { return &b.f32 }), true
	case "Float64":
		return plain(func(b *buffers) *[]float64 { return &b.f64 }), true
	}
	return nil, false
}

// pixelBytes is the size of a GDAL pixel type, 0 for one without statistics.
func pixelBytes(dataType string) int {
	switch dataType {
	case "Byte", "Int8":
		return 1
	case "UInt16", "Int16":
		return 2
	case "UInt32", "Int32", "Float32":
		return 4
	case "Float64":
		return 8
	}
	return 0
}

func plain[T gdal.Pixel](pick func(*buffers) *[]T) readTile {
	return func(w *worker, u *unit, band int, t *tile) error {
		pixels := resize(pick(&w.buffer), t.window.Width*t.window.Height)
		if err := gdal.ReadPixels(w.open, band+1, t.window, pixels); err != nil {
			return err
		}
		add(w, u, band, t, pixels)
		return nil
	}
}

func masked[T float32 | float64](pick func(*buffers) *[]T) readTile {
	return func(w *worker, u *unit, band int, t *tile) error {
		pixels := resize(pick(&w.buffer), t.window.Width*t.window.Height)
		if err := gdal.ReadPixels(w.open, band+1, t.window, pixels); err != nil {
			return err
		}
		mask := resize(&w.buffer.mask, len(pixels))
		if err := w.open.ReadMask(band+1, t.window, mask); err != nil {
			return err
		}
		for i, m := range mask {
			if m == 0 {
				pixels[i] = T(math.NaN())
			}
		}
		add(w, u, band, t, pixels)
		return nil
	}
}

// add adds the pixels of a tile. A parcel that lies in no other tile is done
// with at once.
func add[T gdal.Pixel](w *worker, u *unit, band int, t *tile, pixels []T) {
	nodata, want := noData[T](u.raster.info.Bands[band].NoData), want(w.job.Stats)
	values, parts := u.values[band-u.from], u.parts[band-u.from]
	for _, c := range t.covers {
		for i, n := range c.number {
			if at := c.part[i]; at >= 0 {
				zonal.Add(&parts[at], c.Coverage, i, pixels, nodata, want)
				continue
			}
			w.tally.Reset()
			zonal.Add(&w.tally, c.Coverage, i, pixels, nodata, want)
			w.put(values, int(n), &w.tally)
		}
	}
}

// noData turns a file's nodata into the pixel type; one that the type cannot
// hold matches no pixel.
func noData[T gdal.Pixel](v *float64) zonal.NoData[T] {
	if v == nil || math.IsNaN(*v) {
		return zonal.NoData[T]{}
	}
	var zero T
	switch any(zero).(type) {
	case float32, float64:
		return zonal.NoData[T]{Value: T(*v), Set: true}
	}
	if *v != math.Trunc(*v) || math.Abs(*v) > 1<<40 || float64(T(int64(*v))) != *v {
		return zonal.NoData[T]{}
	}
	return zonal.NoData[T]{Value: T(int64(*v)), Set: true}
}
