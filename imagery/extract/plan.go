package extract

import (
	"fmt"
	"sync"
	"sync/atomic"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/zonal"
)

// tilePixels is the size that windows of work aim at: 512 × 512, one stored
// block of most cloud-optimised files.
const tilePixels = 512 * 512

// maxTileSide bounds the memory of a window where a file is stored in blocks
// that are larger, or says so: 4096² pixels of 8 bytes are 128 MB.
const maxTileSide = 4096

// chunkPixels is how many pixels one task reads of each band. It depends on no
// thread count, so sums are always made in the same order.
const chunkPixels = 1 << 22

// plan is the coverage of all parcels on one grid with one layout of stored
// blocks. Rasters that share both share the plan.
type plan struct {
	chunks  []chunk
	shared  []bool         // per parcel: it lies in several chunks
	refused map[int]string // parcels that cannot be measured, and why
	full    []float64      // per parcel Σc on the grid: its count where nothing lacks data
	text    [][]byte       // full, written
}

// chunk is a run of tiles that one task reads.
type chunk struct {
	tiles  []tile
	number []int // numbers of the parcels in it, in the order of their slots
}

// tile is a window that is read at once, made of whole stored blocks.
type tile struct {
	window imagery.Window
	cover  *zonal.Coverage
	slot   []int32 // per shape of cover, its slot in the chunk
}

// planKey tells which rasters share a plan.
func planKey(in gdal.Info) string {
	return fmt.Sprintf("%s %v %d %d %v", in.Grid.CRS, in.Grid.Transform, in.Grid.Width, in.Grid.Height, in.Blocks)
}

// newPlan computes the coverage of shapes, which are in the grid's CRS.
func newPlan(in gdal.Info, shapes []zonal.Shape, threads int) *plan {
	prepared, refused := zonal.Prepare(in.Grid, shapes)
	p := &plan{refused: map[int]string{}, shared: make([]bool, len(shapes))}
	for i := range prepared.Len() { // refusals come in the order of the shapes
		if prepared.Bounds(i).Empty() {
			p.refused[i] = refused[len(p.refused)].Reason
		}
	}
	windows, columns := tileWindows(in)
	lists := assign(prepared, windows, columns)
	tiles := make([]tile, len(windows))
	numbers := make([][]int, len(windows))
	spread(threads, len(windows), func(i int) {
		if len(lists[i]) > 0 {
			tiles[i].cover, numbers[i] = prepared.CoverNumbered(windows[i], lists[i])
		}
		tiles[i].window = windows[i]
	})
	p.cut(tiles, numbers, len(shapes))
	p.weigh(len(shapes))
	return p
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

// assign lists, for each window, the shapes that may touch it.
func assign(p *zonal.Prepared, windows []imagery.Window, columns int) [][]int {
	lists := make([][]int, len(windows))
	tw, th := windows[0].Width, windows[0].Height
	rows := len(windows) / columns
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

// cut makes chunks of tiles, leaves out tiles without parcels and gives each
// parcel of a chunk a slot.
func (p *plan) cut(tiles []tile, numbers [][]int, parcels int) {
	last := make([]int, parcels) // per parcel the chunk, from 1, that gave it a slot last
	slot := make([]int32, parcels)
	var c chunk
	pixels := 0
	for i, t := range tiles {
		if len(numbers[i]) == 0 {
			continue
		}
		t.slot = make([]int32, len(numbers[i]))
		for k, n := range numbers[i] {
			if at := len(p.chunks) + 1; last[n] != at {
				if last[n] > 0 {
					p.shared[n] = true
				}
				last[n], slot[n] = at, int32(len(c.number))
				c.number = append(c.number, n)
			}
			t.slot[k] = slot[n]
		}
		c.tiles = append(c.tiles, t)
		if pixels += t.window.Width * t.window.Height; pixels >= chunkPixels {
			p.chunks = append(p.chunks, c)
			c, pixels = chunk{}, 0
		}
	}
	if len(c.tiles) > 0 {
		p.chunks = append(p.chunks, c)
	}
}

// weigh sums the coverage of each parcel and writes it once for all bands.
func (p *plan) weigh(parcels int) {
	p.full, p.text = make([]float64, parcels), make([][]byte, parcels)
	for _, c := range p.chunks {
		for _, t := range c.tiles {
			for i, slot := range t.slot {
				p.full[c.number[slot]] += float64(t.cover.Weight(i)) / zonal.One
			}
		}
	}
	slab := make([]byte, 0, 12*parcels)
	for i, v := range p.full {
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
