package zonal

import (
	"math"
)

// Number is a pixel type that statistics are taken of.
type Number interface {
	~uint8 | ~int8 | ~uint16 | ~int16 | ~uint32 | ~int32 | ~float32 | ~float64
}

// NoData is the value of pixels without data. NaN is never data.
type NoData[T Number] struct {
	Value T
	Set   bool
}

// Want asks a [Tally] for more than count, sum and mean, which cost little.
type Want struct {
	Stdev    bool // second moment
	Range    bool // minimum and maximum
	Median   bool // keeps every value
	Interior bool // interior-weighted mean
}

// Tally sums the pixels of one shape in one band. Its statistics, with v a
// pixel's value, c its coverage fraction and sums over pixels with data:
//
//	Count     Σc
//	Sum       Σc·v
//	Mean      Σc·v / Σc
//	Stdev     √(Σc·(v−Mean)² / Σc), of the population
//	Min, Max  over pixels with c > 0
//	Median    see [Tally.Median]
//	Valid     Σc / Σc over all pixels, with data or not
//	Interior  Σc²·v / Σc²: mixed pixels of the border count less
//
// Worked example: values 1 2 3 with c = .5 1 .25: Count 1.75, Sum 3.25, Mean
// 1.857, Stdev √((.5·.735+.0204+.25·1.306)/1.75) = .639. The first seven are
// defined as exactextract defines them. Statistics of no pixel are NaN.
type Tally struct {
	Covered float64 // Σc over all pixels
	Count   float64
	Sum     float64
	Min     float64
	Max     float64
	m2      float64 // Σc·(v−mean)²
	c2, c2v float64 // Σc², Σc²·v
	sample  *sample // nil where no median is asked for
}

// Add adds the pixels of shape i of a coverage; pixels is the coverage's grid,
// row-major. Sums of integers of up to 16 bits are exact and rounded once.
func Add[T Number](t *Tally, c *Coverage, i int, pixels []T, nodata NoData[T], want Want) {
	spans, cells := c.Spans(i), c.Cells(i)
	if want == (Want{}) {
		t.sum(addUp(spans, cells, pixels, nodata))
		return
	}
	if t.Covered == 0 {
		t.fill(addUp(spans, cells, pixels, nodata))
		addMore(t, spans, cells, pixels, nodata, want)
		return
	}
	var u Tally
	u.fill(addUp(spans, cells, pixels, nodata))
	addMore(&u, spans, cells, pixels, nodata, want)
	t.Merge(&u)
}

// Reset empties a tally and keeps the memory of its median, so that one tally
// serves many shapes in turn.
func (t *Tally) Reset() {
	s := t.sample
	if s != nil {
		s.keys, s.pairs = s.keys[:0], s.pairs[:0]
	}
	*t = Tally{sample: s}
}

func (t *Tally) sum(covered, count, sum float64) {
	t.Covered += covered
	t.Count += count
	t.Sum += sum
}

// fill sets the sums of a tally that was empty.
func (t *Tally) fill(covered, count, sum float64) {
	t.Covered, t.Count, t.Sum = covered, count, sum
}

// addUp sums the pixels of a shape.
func addUp[T Number](spans []Span, cells []Cell, pixels []T, nodata NoData[T]) (covered, count, sum float64) {
	var zero T
	switch any(zero).(type) {
	case uint8, int8, uint16, int16:
		return addNarrow(spans, cells, pixels, nodata)
	}
	covered, count, sum = addSpans(spans, pixels, nodata)
	a, b, s := addCells(cells, pixels, nodata)
	return covered + a, count + b, sum + s
}

// addNarrow sums integers of up to 16 bits in units of 1/One.
func addNarrow[T Number](spans []Span, cells []Cell, pixels []T, nodata NoData[T]) (covered, count, sum float64) {
	var full, empty uint64 // pixels, and those of them without data
	var whole int64
	for _, s := range spans {
		full += uint64(s.N)
		row := pixels[s.Index : s.Index+s.N]
		if nodata.Set {
			n := countOf(row, nodata.Value)
			empty += n
			whole -= int64(n) * int64(nodata.Value)
		}
		for _, v := range row {
			whole += int64(v)
		}
	}
	var partial, missing uint64 // of pixels, and those of them without data
	var rest int64
	for len(cells) > 0 { // 2^16 · One leaves room for 2^23 pixels of the largest value
		n := min(len(cells), 1<<22)
		p, m, parts := narrowCells(cells[:n], pixels, nodata)
		cells = cells[n:]
		partial, missing = partial+p, missing+m
		rest += parts
		whole, rest = whole+rest>>24, rest&(One-1)
	}
	covered = float64(full) + float64(partial)/One
	count = float64(full-empty) + float64(partial-missing)/One
	return covered, count, float64(whole) + float64(rest)/One
}

func countOf[T Number](row []T, value T) (n uint64) {
	for _, v := range row {
		if v == value {
			n++
		}
	}
	return n
}

// narrowCells sums pixels that are covered in part: their fractions, those of
// pixels without data, and values with data times fractions.
func narrowCells[T Number](cells []Cell, pixels []T, nodata NoData[T]) (partial, missing uint64, sum int64) {
	if !nodata.Set {
		for _, p := range cells {
			f := uint64(p.Fraction)
			partial += f
			sum += int64(pixels[p.Index]) * int64(f)
		}
		return partial, 0, sum
	}
	for _, p := range cells {
		f := uint64(p.Fraction)
		partial += f
		v := pixels[p.Index]
		if v == nodata.Value {
			missing += f
			continue
		}
		sum += int64(v) * int64(f)
	}
	return partial, missing, sum
}

func addSpans[T Number](spans []Span, pixels []T, nodata NoData[T]) (covered, count, sum float64) {
	for _, s := range spans {
		n := s.N
		for _, v := range pixels[s.Index : s.Index+s.N] {
			if v != v || nodata.Set && v == nodata.Value { // NaN; integers are spared the test
				n--
				continue
			}
			sum += float64(v)
		}
		covered += float64(s.N)
		count += float64(n)
	}
	return covered, count, sum
}

func addCells[T Number](cells []Cell, pixels []T, nodata NoData[T]) (covered, count, sum float64) {
	for _, p := range cells {
		f := float64(p.Fraction)
		covered += f
		v := pixels[p.Index]
		if v != v || nodata.Set && v == nodata.Value {
			continue
		}
		count += f
		sum += float64(v) * f
	}
	return covered / One, count / One, sum / One
}

// addMore makes a second pass for the statistics that need one.
func addMore[T Number](u *Tally, spans []Span, cells []Cell, pixels []T, nodata NoData[T], want Want) {
	if u.Count == 0 {
		return
	}
	if want.Stdev || want.Range {
		addSpread(u, spans, cells, pixels, nodata)
	}
	if want.Interior {
		addInterior(u, spans, cells, pixels, nodata)
	}
	if want.Median {
		if u.sample == nil {
			u.sample = &sample{}
		}
		keep(u.sample, spans, cells, pixels, nodata)
	}
}

// addSpread adds to the second moment and the range.
func addSpread[T Number](u *Tally, spans []Span, cells []Cell, pixels []T, nodata NoData[T]) {
	mean := u.Sum / u.Count
	u.Min, u.Max = math.Inf(1), math.Inf(-1)
	for _, s := range spans {
		spread(u, pixels[s.Index:s.Index+s.N], nodata, mean)
	}
	m2, low, high := u.m2, u.Min, u.Max
	for _, p := range cells {
		v := pixels[p.Index]
		if v != v || nodata.Set && v == nodata.Value {
			continue
		}
		x, w := float64(v), float64(p.Fraction)/One
		m2 += w * (x - mean) * (x - mean)
		if x < low {
			low = x
		}
		if x > high {
			high = x
		}
	}
	u.m2, u.Min, u.Max = m2, low, high
}

// spread adds fully covered pixels to the second moment and the range.
func spread[T Number](u *Tally, pixels []T, nodata NoData[T], mean float64) {
	m2, low, high := u.m2, u.Min, u.Max
	for _, v := range pixels {
		if v != v || nodata.Set && v == nodata.Value {
			continue
		}
		x := float64(v)
		m2 += (x - mean) * (x - mean)
		if x < low {
			low = x
		}
		if x > high {
			high = x
		}
	}
	u.m2, u.Min, u.Max = m2, low, high
}

func addInterior[T Number](u *Tally, spans []Span, cells []Cell, pixels []T, nodata NoData[T]) {
	add := func(v T, w float64) {
		if v != v || nodata.Set && v == nodata.Value {
			return
		}
		u.c2 += w * w
		u.c2v += w * w * float64(v)
	}
	for _, s := range spans {
		for _, v := range pixels[s.Index : s.Index+s.N] {
			add(v, 1)
		}
	}
	for _, p := range cells {
		add(pixels[p.Index], float64(p.Fraction)/One)
	}
}

// Merge adds the tally of another part of the same shape, such as the next
// block. Second moments merge by Chan, Golub and LeVeque (1979).
func (t *Tally) Merge(u *Tally) {
	if t.Covered == 0 {
		*t = *u
		return
	}
	if t.Count > 0 && u.Count > 0 {
		d := u.Sum/u.Count - t.Sum/t.Count
		t.m2 += u.m2 + d*d*t.Count*u.Count/(t.Count+u.Count)
		t.Min, t.Max = min(t.Min, u.Min), max(t.Max, u.Max)
	} else if u.Count > 0 {
		t.m2, t.Min, t.Max = u.m2, u.Min, u.Max
	}
	t.sum(u.Covered, u.Count, u.Sum)
	t.c2 += u.c2
	t.c2v += u.c2v
	t.sample = t.sample.merge(u.sample)
}

// Mean returns Σc·v / Σc.
func (t *Tally) Mean() float64 { return t.Sum / t.Count }

// Stdev returns the standard deviation of the population; asked for by
// [Want].Stdev.
func (t *Tally) Stdev() float64 { return math.Sqrt(t.m2 / t.Count) }

// Valid returns which share of the covered area has data, 0 to 1.
func (t *Tally) Valid() float64 { return t.Count / t.Covered }

// Interior returns Σc²·v / Σc²; asked for by [Want].Interior.
func (t *Tally) Interior() float64 { return t.c2v / t.c2 }
