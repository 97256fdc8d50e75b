package scorecard

import (
	"math"
	"slices"
	"sort"
)

// Bin is a group of values of one characteristic. A numeric bin holds values
// above Above, up to and with UpTo; a side that is nil is open. A bin of words
// lists its levels. The bin with Missing holds cells that are not known, the
// one with Other levels that are rare or were never seen.
type Bin struct {
	Above   *float64 `json:"above,omitempty"`
	UpTo    *float64 `json:"up_to,omitempty"`
	Levels  []string `json:"levels,omitempty"`
	Missing bool     `json:"missing,omitempty"`
	Other   bool     `json:"other,omitempty"`
	Rows    int      `json:"rows"`
	Bads    int      `json:"bads"`
	WoE     float64  `json:"woe"` // weight of evidence for good; 0 is neutral
	IV      float64  `json:"iv"`  // the bin's part of the information value
	Points  int      `json:"points"`
}

// BadRate is the share of bad outcomes, NaN for an empty bin.
func (b Bin) BadRate() float64 { return float64(b.Bads) / float64(b.Rows) }

// binning bounds what a bin may be.
type binning struct {
	leastRows, leastBads, leastGoods int
	goods, bads                      int // of all rows
}

const (
	fineBins = 50
	// leastShare5 and leastOutcomes bound a bin from below: 5 % of the rows, and
	// five outcomes of each kind (Siddiqi 2017, chapter 10, asks for 5 % and for
	// both kinds).
	leastShare5   = 0.05
	leastOutcomes = 5
	// cutCosts is what a cut must gain in log-likelihood: one, Akaike's criterion
	// (1974) for one parameter more. On generated tables of 700 to 20,000 rows
	// held-out loss is as low as with the 5 % threshold of ChiMerge (Kerber 1992),
	// 1.92, or lower.
	cutCosts = 1
)

func newBinning(bad []bool) binning {
	b := binning{leastRows: int(math.Ceil(leastShare5 * float64(len(bad)))), leastBads: leastOutcomes, leastGoods: leastOutcomes}
	for _, x := range bad {
		if x {
			b.bads++
		}
	}
	b.goods = len(bad) - b.bads
	return b
}

// woe is the weight of evidence ln((g/G)/(b/B)) (Good 1950), with half a bad
// outcome added to the bin (Anscombe 1956) and goods in the proportion of all,
// so that a bin of few rows is drawn to 0 and an empty one is neutral (an
// m-estimate, Cestnik 1990). It is kept to 10⁻⁹.
func (b binning) woe(rows, bads int) float64 {
	odds := float64(b.goods) / float64(b.bads)
	v := math.Log((float64(rows-bads)+0.5*odds)/(float64(bads)+0.5)) - math.Log(odds)
	return round9(v)
}

// iv is a bin's part (g/G − b/B)·WoE of the information value (Kullback 1959).
func (b binning) iv(rows, bads int, woe float64) float64 {
	return round9((float64(rows-bads)/float64(b.goods) - float64(bads)/float64(b.bads)) * woe)
}

func round9(v float64) float64 { return math.Round(v*1e9) / 1e9 }

// item is what bins are put together from.
type item struct{ rows, bads int }

// split cuts items, in the order given, into bins of monotone weight of
// evidence with the greatest likelihood less cutCosts for each, exactly, by
// dynamic programming over the start and end of the last bin. It returns the
// first item of each bin; nothing else than one bin where no cut is allowed.
func (b binning) split(items []item, falling, rising bool) []int {
	spans := b.spans(items)
	best, bestValue := []int{0}, math.Inf(-1)
	for _, up := range []bool{false, true} {
		if up && !rising || !up && !falling {
			continue
		}
		if starts, value := monotone(spans, up); value > bestValue+1e-9 {
			best, bestValue = starts, value
		}
	}
	return best
}

// span is the bin of items i..j: whether it is allowed, its weight, and what it
// is worth.
type span struct {
	allowed    bool
	woe, worth float64
}

// spans lists the bins by their first and last item, the last counted from the
// first.
func (b binning) spans(items []item) [][]span {
	out := make([][]span, len(items))
	for i := range items {
		out[i] = make([]span, len(items)-i)
		var sum item
		for j := i; j < len(items); j++ {
			sum = item{sum.rows + items[j].rows, sum.bads + items[j].bads}
			if sum.rows >= b.leastRows && sum.bads >= b.leastBads && sum.rows-sum.bads >= b.leastGoods {
				out[i][j-i] = span{true, b.woe(sum.rows, sum.bads), likelihood(sum.rows, sum.bads) - cutCosts}
			}
		}
	}
	return out
}

// monotone finds the best bins of rising or of falling weight, and their worth,
// −Inf where none are allowed.
func monotone(spans [][]span, up bool) (starts []int, worth float64) {
	n := len(spans)
	value, from := square(n), make([][]int, n) // of the best bins that end with i..j
	for i := range n {
		from[i] = make([]int, n)
		for j := i; j < n; j++ {
			last := spans[i][j-i]
			value[i][j], from[i][j] = math.Inf(-1), -1
			if !last.allowed {
				continue
			}
			if i == 0 {
				value[i][j] = last.worth
				continue
			}
			for h := range i {
				v := value[h][i-1] + last.worth
				if v > value[i][j] && (spans[h][i-1-h].woe < last.woe) == up && spans[h][i-1-h].woe != last.woe {
					value[i][j], from[i][j] = v, h
				}
			}
		}
	}
	start, end, worth := -1, n-1, math.Inf(-1)
	for i := range n {
		if value[i][end] > worth {
			start, worth = i, value[i][end]
		}
	}
	for start >= 0 {
		starts = append(starts, start)
		start, end = from[start][end], start-1
	}
	if starts == nil {
		return []int{0}, worth
	}
	slices.Reverse(starts)
	return starts, worth
}

func square(n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, n)
	}
	return out
}

// likelihood is the log-likelihood of a bin at its own rate.
func likelihood(rows, bads int) float64 {
	part := func(k int) float64 {
		if k == 0 {
			return 0
		}
		return float64(k) * math.Log(float64(k)/float64(rows))
	}
	return part(bads) + part(rows-bads)
}

// numbers bins a numeric column; v is NaN where not known.
func (b binning) numbers(v []float64, bad []bool) []Bin {
	edges := fineEdges(v)
	items, missing := make([]item, len(edges)+1), item{}
	for i, x := range v {
		to := &missing
		if !math.IsNaN(x) {
			to = &items[sort.SearchFloat64s(edges, x)]
		}
		to.count(bad[i])
	}
	starts := b.split(items, true, true)
	var bins []Bin
	for k, start := range starts {
		end := len(items)
		bin := Bin{}
		if k > 0 {
			bin.Above = &edges[start-1]
		}
		if k+1 < len(starts) {
			end = starts[k+1]
			bin.UpTo = &edges[end-1]
		}
		bins = append(bins, b.weigh(bin, items[start:end]...))
	}
	return append(bins, b.apart(Bin{Missing: true}, missing))
}

// fineEdges are all values where there are few, else quantiles.
func fineEdges(v []float64) []float64 {
	sorted := slices.DeleteFunc(slices.Clone(v), math.IsNaN)
	slices.Sort(sorted)
	var distinct []float64
	for i, x := range sorted {
		if i > 0 && x == sorted[i-1] {
			continue
		}
		if distinct = append(distinct, x); len(distinct) > fineBins {
			return quantiles(sorted, fineBins)
		}
	}
	return distinct[:max(0, len(distinct)-1)]
}

func (x *item) count(bad bool) {
	x.rows++
	if bad {
		x.bads++
	}
}

// weigh fills in the counts and weight of a bin.
func (b binning) weigh(bin Bin, items ...item) Bin {
	for _, x := range items {
		bin.Rows, bin.Bads = bin.Rows+x.rows, bin.Bads+x.bads
	}
	bin.WoE = b.woe(bin.Rows, bin.Bads)
	bin.IV = b.iv(bin.Rows, bin.Bads, bin.WoE)
	return bin
}

// apart weighs a bin that stands for itself however small it is: it is neutral
// where neither the outcomes seen nor those to be expected are enough to tell.
func (b binning) apart(bin Bin, x item) Bin {
	bin = b.weigh(bin, x)
	expected := float64(x.rows) * float64(b.bads) / float64(b.bads+b.goods)
	if x.bads < b.leastBads && expected < float64(b.leastBads) {
		bin.WoE, bin.IV = 0, 0
	}
	return bin
}
