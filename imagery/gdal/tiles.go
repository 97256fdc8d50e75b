package gdal

import (
	"fmt"
	"strings"

	"parus/imagery"
	"parus/imagery/observe"
	"parus/imagery/remote"
)

// tileSide is the least side of a tile, in pixels: files that are stored in
// lines are decoded in bundles of them.
const tileSide = 256

// tileSize is how large the tiles of a file are: whole stored blocks.
func (s *source) tileSize() (width, height int) {
	up := func(block, size int) int {
		block = max(block, 1)
		return min(block*((tileSide+block-1)/block), size)
	}
	return up(s.info.Blocks[0], s.info.Grid.Width), up(s.info.Blocks[1], s.info.Grid.Height)
}

// stretch is a run of columns of the wanted window that lie in one column of
// tiles: columns x0..x1−1 want the file's columns cols[x0..x1−1].
type stretch struct {
	tile, x0, x1 int
	plain        bool // the file's columns follow each other
}

func stretches(cols []int, width int) []stretch {
	var out []stretch
	for x, c := range cols {
		if c < 0 {
			continue
		}
		if n := len(out); n > 0 && out[n-1].x1 == x && out[n-1].tile == c/width {
			out[n-1].x1, out[n-1].plain = x+1, out[n-1].plain && cols[x-1]+1 == c
			continue
		}
		out = append(out, stretch{tile: c / width, x0: x, x1: x + 1, plain: true})
	}
	return out
}

// readTiles fills dst from the file's tiles, which the cache keeps for what is
// read next.
func (r *Reader) readTiles(s *source, b imagery.Band, g imagery.Grid, w imagery.Window, dst []int32, cols, rows []int) error {
	tw, th := s.tileSize()
	across := stretches(cols, tw)
	blank := s.blanks(b)
	lo, hi := reach(rows)
	for ty := lo / th; ty <= hi/th; ty++ {
		tiles, err := r.rowOfTiles(s, b.Index, ty, across)
		if err != nil {
			return err
		}
		r.remember(s, g, tiles)
		for y, row := range rows {
			if row < 0 || row/th != ty {
				continue
			}
			line := dst[y*w.Width : (y+1)*w.Width]
			if y > 0 && rows[y-1] == row { // the file's pixels are taller
				copy(line, dst[(y-1)*w.Width:y*w.Width])
				continue
			}
			for i, a := range across {
				tiles[i].spread(line, row-ty*th, cols, a, blank)
			}
		}
		r.cache.release(tiles)
	}
	return nil
}

// rowOfTiles returns the tile of each stretch, from the cache or decoded here.
func (r *Reader) rowOfTiles(s *source, band, ty int, across []stretch) ([]*tile, error) {
	tw, th := s.tileSize()
	out := make([]*tile, len(across))
	var mine []*tile
	for i, a := range across {
		w := imagery.Window{X: a.tile * tw, Y: ty * th}
		w.Width, w.Height = min(tw, s.info.Grid.Width-w.X), min(th, s.info.Grid.Height-w.Y)
		var own bool
		if out[i], own = r.cache.take(tileKey{s.href, s.stamp, band, a.tile, ty}, w); own {
			mine = append(mine, out[i])
		}
	}
	if err := r.decode(s, band, mine); err != nil {
		return nil, err
	}
	for i, t := range out {
		<-t.ready
		if t.failed { // in another reader's hands: its own file may do better
			own := &tile{window: t.window, ready: make(chan struct{}), users: 1}
			if err := r.decode(s, band, []*tile{own}); err != nil {
				return nil, err
			}
			out[i] = own
		}
	}
	return out, nil
}

// decode reads tiles of one row. All of them are ready afterwards, whatever
// happens.
func (r *Reader) decode(s *source, band int, tiles []*tile) error {
	if len(tiles) > 1 && (remote.IsRemote(s.href) || strings.HasPrefix(s.href, "/vsi")) {
		if err := r.prefetch(s, band, tiles); err != nil {
			for _, t := range tiles {
				r.cache.done(t, nil, 0)
			}
			return err
		}
	}
	var failed error
	for _, t := range tiles {
		var pixels any
		var bytes int64
		if failed == nil {
			pixels, bytes, failed = s.decode(r.cache, band, t.window)
		}
		if failed != nil {
			pixels = nil
		}
		r.cache.done(t, pixels, bytes)
	}
	return failed
}

// prefetch reads tiles of a remote file at once, so that GDAL asks for them in
// few requests and has them in its own cache for a moment.
func (r *Reader) prefetch(s *source, band int, tiles []*tile) error {
	first, last := tiles[0].window, tiles[len(tiles)-1].window
	x0, x1 := min(first.X, last.X), max(first.X+first.Width, last.X+last.Width)
	r.buf = resize(r.buf, (x1-x0)*first.Height)
	if err := s.ds.Bands()[band-1].Read(x0, first.Y, r.buf, x1-x0, first.Height, quiet, offline); err != nil {
		return fmt.Errorf("window (%d,%d) %d×%d: %w", x0, first.Y, x1-x0, first.Height, err)
	}
	return nil
}

// decode reads a window in the type that the band is stored in.
func (s *source) decode(c *Cache, band int, w imagery.Window) (pixels any, bytes int64, err error) {
	switch n := w.Width * w.Height; s.info.Bands[band-1].Type {
	case "Byte":
		pixels, bytes = spareOf[uint8](c, n), int64(n)
	case "UInt16":
		pixels, bytes = spareOf[uint16](c, n), 2*int64(n)
	case "Int16":
		pixels, bytes = spareOf[int16](c, n), 2*int64(n)
	default:
		pixels, bytes = spareOf[int32](c, n), 4*int64(n)
	}
	if err := s.ds.Bands()[band-1].Read(w.X, w.Y, pixels, w.Width, w.Height, quiet, offline); err != nil {
		return nil, 0, fmt.Errorf("window (%d,%d) %d×%d: %w", w.X, w.Y, w.Width, w.Height, err)
	}
	return pixels, bytes, nil
}

// blanks are the numbers of a band that mean no data; NoData stands for none.
type blanks [2]int32

// spread copies one row of the tile to the columns of a line that want it.
func (t *tile) spread(line []int32, row int, cols []int, a stretch, no blanks) {
	from, n := row*t.window.Width, t.window.Width
	switch p := t.pixels.(type) {
	case []uint8:
		spread(line, p[from:from+n], cols, t.window.X, a, no)
	case []uint16:
		spread(line, p[from:from+n], cols, t.window.X, a, no)
	case []int16:
		spread(line, p[from:from+n], cols, t.window.X, a, no)
	case []int32:
		spread(line, p[from:from+n], cols, t.window.X, a, no)
	}
}

func spread[T uint8 | uint16 | int16 | int32](line []int32, row []T, cols []int, c0 int, a stretch, no blanks) {
	if a.plain {
		from := cols[a.x0] - c0
		follow(line[a.x0:a.x1], row[from:], no)
		return
	}
	for x := a.x0; x < a.x1; x++ {
		n := int32(row[cols[x]-c0])
		if n == no[0] || n == no[1] {
			n = observe.NoData
		}
		line[x] = n
	}
}

// follow copies pixels one to one.
func follow[T uint8 | uint16 | int16 | int32](line []int32, row []T, no blanks) {
	row = row[:len(line)]
	switch {
	case no[0] == observe.NoData && no[1] == observe.NoData:
		for i, v := range row {
			line[i] = int32(v)
		}
	case no[1] == no[0] || no[1] == observe.NoData:
		for i, v := range row {
			n := int32(v)
			if n == no[0] {
				n = observe.NoData
			}
			line[i] = n
		}
	default:
		for i, v := range row {
			n := int32(v)
			if n == no[0] || n == no[1] {
				n = observe.NoData
			}
			line[i] = n
		}
	}
}

// remember notes, for the end of the unit, how much of each tile lies in the
// grid that is being read: that much will not be asked for again.
func (r *Reader) remember(s *source, g imagery.Grid, tiles []*tile) {
	for _, t := range tiles {
		if _, ok := r.touched[t.key]; !ok {
			r.touched[t.key] = s.within(g, t.window)
		}
	}
}

// within counts the pixels of a window of the file whose centres lie in a grid.
func (s *source) within(g imagery.Grid, w imagery.Window) int {
	f, t := s.info.Grid.Transform, g.Transform
	cols := inside(f[0], f[1], w.X, w.Width, t[0], t[1], g.Width)
	return cols * inside(f[3], f[5], w.Y, w.Height, t[3], t[5], g.Height)
}

func inside(origin, step float64, first, n int, gridOrigin, gridStep float64, size int) int {
	count := 0
	for _, at := range pick(origin, step, first, n, gridOrigin, gridStep, size) {
		if at >= 0 {
			count++
		}
	}
	return count
}
