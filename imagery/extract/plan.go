package extract

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/zonal"
)

// tilePixels is the size that windows of work aim at: 512 × 1024, two stored
// blocks of most cloud-optimised files, one below the other so that GDAL is
// through with each before the next. Shorter calls would cost the Go runtime's
// watch over them, larger windows the processor's cache.
const tilePixels = 512 * 1024

// batchParcels is how many outlines are held while coverage is computed.
const batchParcels = 1 << 14

// maxTileSide bounds the memory of a window where a file is stored in blocks
// that are larger, or says so: 4096² pixels of 8 bytes are 128 MB.
const maxTileSide = 4096

// chunkPixels is how many pixels one task reads of each band.
const chunkPixels = 1 << 22

// plan is the coverage of all parcels on one grid with one layout of stored
// blocks. Rasters that share both share the plan, which is made when the first
// of them is read and let go after the last.
type plan struct {
	info    gdal.Info // of one of its rasters
	state   planState
	uses    int // units that still need it
	chunks  [][]tile
	shared  []sharedParcel // parcels that lie in several tiles, by number
	parts   int            // places for parts of shared parcels
	refused map[int]string // parcels that cannot be measured, and why
	full    []float64      // per parcel Σc on the grid: its count where nothing lacks data
	text    [][]byte       // full, written; nil where the parcel is refused
}

type planState int

const (
	planned planState = iota
	making
	made
)

// tile is a window that is read at once, made of whole stored blocks.
type tile struct {
	window imagery.Window
	covers []cover // by batches of parcels
}

// cover is the coverage of some parcels in a tile.
type cover struct {
	*zonal.Coverage
	number []int32 // per shape, the parcel
	part   []int32 // per shape, its place among the parts; −1 where the parcel lies in no other tile
}

// sharedParcel is a parcel whose parts, in the order of the tiles, are
// [from, to).
type sharedParcel struct{ number, from, to int }

// planKey tells which rasters share a plan.
func planKey(in gdal.Info) string {
	return fmt.Sprintf("%s %v %d %d %v", in.Grid.CRS, in.Grid.Transform, in.Grid.Width, in.Grid.Height, in.Blocks)
}

// make computes the coverage of shapes, which are in the grid's CRS.
func (p *plan) make(shapes []zonal.Shape, threads int) {
	windows, columns := tileWindows(p.info)
	tiles := make([]tile, len(windows))
	for i, w := range windows {
		tiles[i].window = w
	}
	p.refused = map[int]string{}
	for from := 0; from < len(shapes); from += batchParcels {
		p.addBatch(tiles, columns, from, shapes[from:min(from+batchParcels, len(shapes))], threads)
	}
	tiles = slices.DeleteFunc(tiles, func(t tile) bool { return len(t.covers) == 0 })
	p.share(tiles, len(shapes))
	p.cut(tiles)
	p.weigh(tiles, len(shapes))
}

// addBatch computes the coverage of some shapes, the first of which has the
// number from.
func (p *plan) addBatch(tiles []tile, columns, from int, shapes []zonal.Shape, threads int) {
	prepared, refused := zonal.Prepare(p.info.Grid, shapes)
	next := 0
	for i := range prepared.Len() { // refusals come in the order of the shapes
		if prepared.Bounds(i).Empty() {
			p.refused[from+i] = refused[next].Reason
			next++
		}
	}
	lists := assign(prepared, tiles, columns)
	spread(threads, len(tiles), func(i int) {
		if len(lists[i]) == 0 {
			return
		}
		// Neighbours follow one another, in whatever order parcels come, so that
		// their pixels are near in memory.
		slices.SortFunc(lists[i], func(a, b int) int {
			p, q := prepared.Bounds(a), prepared.Bounds(b)
			return cmp.Or(cmp.Compare(p.Y>>4, q.Y>>4), cmp.Compare(p.X, q.X), cmp.Compare(a, b))
		})
		coverage, numbers := prepared.CoverNumbered(tiles[i].window, lists[i])
		if len(numbers) == 0 {
			return
		}
		coverage.IDs = nil // numbers stand for them
		c := cover{coverage, make([]int32, len(numbers)), make([]int32, len(numbers))}
		for k, n := range numbers {
			c.number[k] = int32(from + n)
		}
		tiles[i].covers = append(tiles[i].covers, c)
	})
}

// tileWindows cuts a grid into windows of whole stored blocks, row by row.
func tileWindows(in gdal.Info) (windows []imagery.Window, columns int) {
	w, h := in.Grid.Width, in.Grid.Height
	bw, bh := min(max(in.Blocks[0], 1), w), min(max(in.Blocks[1], 1), h)
	tw := min(w, bw*max(1, 512/bw), maxTileSide)
	th := min(h, bh*max(1, tilePixels/tw/bh), maxTileSide)
	for y := 0; y < h; y += th {
		for x := 0; x < w; x += tw {
			windows = append(windows, imagery.Window{X: x, Y: y, Width: min(tw, w-x), Height: min(th, h-y)})
		}
	}
	return windows, (w + tw - 1) / tw
}

// assign lists, for each tile, the shapes that may touch it.
func assign(p *zonal.Prepared, tiles []tile, columns int) [][]int {
	lists := make([][]int, len(tiles))
	tw, th := tiles[0].window.Width, tiles[0].window.Height
	rows := len(tiles) / columns
	for i := range p.Len() {
		b := p.Bounds(i)
		if b.Empty() {
			continue
		}
		for y := max(0, floorDiv(b.Y, th)); y <= min(rows-1, floorDiv(b.Y+b.Height-1, th)); y++ {
			for x := max(0, floorDiv(b.X, tw)); x <= min(columns-1, floorDiv(b.X+b.Width-1, tw)); x++ {
				lists[y*columns+x] = append(lists[y*columns+x], i)
			}
		}
	}
	return lists
}

func floorDiv(a, b int) int {
	if a < 0 {
		return -((-a + b - 1) / b)
	}
	return a / b
}

// share gives the parcels that lie in several tiles places for their parts.
func (p *plan) share(tiles []tile, parcels int) {
	count := make([]int32, parcels)
	each := func(do func(c cover, k int)) {
		for _, t := range tiles {
			for _, c := range t.covers {
				for k := range c.number {
					do(c, k)
				}
			}
		}
	}
	each(func(c cover, k int) { count[c.number[k]]++ })
	next := count // becomes the place of the parcel's next part, or −1
	for n, c := range count {
		next[n] = -1
		if c > 1 {
			p.shared = append(p.shared, sharedParcel{n, p.parts, p.parts + int(c)})
			next[n] = int32(p.parts)
			p.parts += int(c)
		}
	}
	each(func(c cover, k int) {
		n := c.number[k]
		c.part[k] = next[n]
		if next[n] >= 0 {
			next[n]++
		}
	})
}

// cut makes runs of tiles, each read by one task.
func (p *plan) cut(tiles []tile) {
	from, pixels := 0, 0
	for i, t := range tiles {
		if pixels += t.window.Width * t.window.Height; pixels >= chunkPixels || i == len(tiles)-1 {
			p.chunks = append(p.chunks, tiles[from:i+1])
			from, pixels = i+1, 0
		}
	}
}

// weigh sums the coverage of each parcel and writes it once for all bands.
func (p *plan) weigh(tiles []tile, parcels int) {
	p.full, p.text = make([]float64, parcels), make([][]byte, parcels)
	for _, t := range tiles {
		for _, c := range t.covers {
			for i, n := range c.number {
				p.full[n] += float64(c.Weight(i)) / zonal.One
			}
		}
	}
	slab := make([]byte, 0, 12*parcels)
	for i, v := range p.full {
		if _, refused := p.refused[i]; refused {
			continue
		}
		from := len(slab)
		slab = appendNumber(slab, v)
		p.text[i] = slab[from:len(slab):len(slab)]
	}
}

// spread calls do for 0..n−1 from several goroutines.
func spread(threads, n int, do func(i int)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range max(1, min(threads, n)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}
