package yield

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"parus/fields/catalogue"
)

// Prior is what a county's crop may be expected to yield before any image of
// the season is looked at.
type Prior struct {
	Crop        string
	Year        int     // of the harvest
	MeanKgPerHa float64 // marketed product at its usual moisture
	SDKgPerHa   float64 // of the county-year: one draw for the whole county
	Source      string  // where the figure comes from, for people
	Notes       []string
}

// Settings of the prior. The county spread that agronomy finds is 8–21 % of
// the mean between years; the floor keeps a lucky run of years from claiming
// less than statistics can know.
const (
	trendYears      = 15   // the last years that count
	leastTrendYears = 6    // fewer give a level, no slope
	mostAhead       = 3    // years; a trend is not carried further
	leastCV         = 0.04 // floor of the county-year spread
	priorYears      = 4    // weight, in years, of the catalogue's spread
	nationalWiden   = 2.0  // of the catalogue's county spread where there are no statistics
	outlierMADs     = 4.0  // robust SDs from the trend beyond which a year is left out
)

// FitPrior forecasts the yield of crop for a harvest year from the statistics
// of the years before it: Theil–Sen slope and median level (Theil 1950, Sen
// 1968) of the last 15 years, SD from the median absolute deviation, drawn
// towards the catalogue's and widened by the error of the trend at the year
// that is forecast. Statistics of other crops, of the year itself and later
// ones are left out. With none the national figure is used with a wider SD.
//
// Figures in kg/mu, jin/mu or t/ha are repaired, years before a lasting change
// of level brought to the new one, implausible figures and outliers left out,
// each with a note. A crop that earns nothing has no prior: an error.
func FitPrior(crop catalogue.Crop, statistics []Statistic, year int) (Prior, error) {
	if crop.EarnsNothing || !(crop.YieldKgPerMu.Value > 0) {
		return Prior{}, fmt.Errorf("prior of crop %q: the catalogue gives it no yield: it needs no prior", crop.Code)
	}
	p := Prior{Crop: crop.Code, Year: year}
	years, values := p.clean(crop, statistics)
	if len(years) == 0 {
		p.MeanKgPerHa = crop.YieldKgPerHa()
		p.SDKgPerHa = nationalWiden * crop.CVCounty.Value * p.MeanKgPerHa
		p.Source = fmt.Sprintf("national figure %s, no county statistics before %d: spread doubled", crop.YieldKgPerMu.Source, year)
		return p, nil
	}
	p.forecast(crop, years, values)
	return p, nil
}

// clean picks and repairs the statistics, sorted by year; several of one year
// are averaged.
func (p *Prior) clean(crop catalogue.Crop, statistics []Statistic) (years, values []float64) {
	var picked []Statistic
	var raw []float64
	for _, s := range statistics {
		if s.Crop == crop.Code && s.Year < p.Year && s.Year >= p.Year-trendYears {
			picked, raw = append(picked, s), append(raw, s.KgPerHa)
		}
	}
	if len(picked) == 0 {
		return nil, nil
	}
	level := levelOf(median(raw), crop.YieldKgPerHa())
	byYear := map[int][]float64{}
	for _, s := range picked {
		v, word, ok := readYield(s.KgPerHa, level, crop.YieldKgPerHa())
		if word != "" {
			p.Notes = append(p.Notes, fmt.Sprintf("%s %d: %g %s", s.Crop, s.Year, s.KgPerHa, word))
		}
		if ok {
			byYear[s.Year] = append(byYear[s.Year], v)
		}
	}
	order := make([]int, 0, len(byYear))
	for y := range byYear {
		order = append(order, y)
	}
	sort.Ints(order)
	for _, y := range order {
		slices.Sort(byYear[y]) // the order of the rows must not show in the last digit
		if low, top := byYear[y][0], byYear[y][len(byYear[y])-1]; top > low {
			p.Notes = append(p.Notes, fmt.Sprintf("%s %d: %d figures from %.0f to %.0f kg/ha: their mean is taken", p.Crop, y, len(byYear[y]), low, top))
		}
		years, values = append(years, float64(y)), append(values, mean(byYear[y]))
	}
	if n := len(order); n > 1 && order[n-1]-order[0]+1 > n {
		p.Notes = append(p.Notes, fmt.Sprintf("%s: %d years between %d and %d are missing: the trend bridges them", p.Crop, order[n-1]-order[0]+1-n, order[0], order[n-1]))
	}
	if at, ratio := brokenLevel(values); at > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("%s: the level changes by %+.0f %% in %g and stays (borders, method or seed?): earlier years are brought to the new level", p.Crop, 100*(ratio-1), years[at]))
		for i := range at {
			values[i] *= ratio
		}
	}
	return years, values
}

// forecast fills in mean, SD and source.
func (p *Prior) forecast(crop catalogue.Crop, years, values []float64) {
	slope, level := theilSen(years, values)
	s := robustSD(residuals(years, values, slope, level))
	if kept := withoutOutliers(years, values, slope, level, s); len(kept) < len(years) {
		var y2, v2 []float64
		for _, i := range kept {
			y2, v2 = append(y2, years[i]), append(v2, values[i])
		}
		p.Notes = append(p.Notes, fmt.Sprintf("%s: %d of %d years left out as outliers:%s", p.Crop, len(years)-len(kept), len(years), others(years, kept)))
		years, values = y2, v2
		slope, level = theilSen(years, values)
		s = robustSD(residuals(years, values, slope, level))
	}
	n := float64(len(years))
	last := years[len(years)-1]
	at := math.Min(float64(p.Year), last+mostAhead)
	p.MeanKgPerHa = level + slope*at
	// A trend may not carry the mean out of the range of what was seen by more
	// than a quarter.
	p.MeanKgPerHa = math.Max(slices.Min(values)*0.75, math.Min(slices.Max(values)*1.25, p.MeanKgPerHa))
	catalogueSD := crop.CVCounty.Value * p.MeanKgPerHa
	s = math.Sqrt((n*s*s + priorYears*catalogueSD*catalogueSD) / (n + priorYears))
	s = math.Max(s, leastCV*p.MeanKgPerHa)
	p.SDKgPerHa = s * math.Sqrt(1+1/n+leverage(years, at, slope != 0))
	p.Source = fmt.Sprintf("robust trend of %d years of county statistics, %g to %g", len(years), years[0], last)
	if slope == 0 {
		p.Source = fmt.Sprintf("median of %d years of county statistics, %g to %g", len(years), years[0], last)
	}
}

// theilSen returns the median of the pairwise slopes and the median level at
// year 0; with few years the slope is 0.
func theilSen(years, values []float64) (slope, level float64) {
	if len(years) >= leastTrendYears {
		var slopes []float64
		for i := range years {
			for j := i + 1; j < len(years); j++ {
				slopes = append(slopes, (values[j]-values[i])/(years[j]-years[i]))
			}
		}
		slope = median(slopes)
	}
	levels := make([]float64, len(years))
	for i := range years {
		levels[i] = values[i] - slope*years[i]
	}
	return slope, median(levels)
}

func residuals(years, values []float64, slope, level float64) []float64 {
	r := make([]float64, len(years))
	for i := range years {
		r[i] = values[i] - level - slope*years[i]
	}
	return r
}

// robustSD is 1.4826 times the median absolute deviation from zero, which is
// the SD of normal residuals (Rousseeuw and Croux 1993).
func robustSD(r []float64) float64 {
	abs := make([]float64, len(r))
	for i, v := range r {
		abs[i] = math.Abs(v)
	}
	return 1.4826 * median(abs)
}

// withoutOutliers lists the years that lie within outlierMADs of the trend;
// with five years or fewer, all.
func withoutOutliers(years, values []float64, slope, level, s float64) []int {
	var kept []int
	for i, r := range residuals(years, values, slope, level) {
		if len(years) <= 5 || s == 0 || math.Abs(r) <= outlierMADs*s {
			kept = append(kept, i)
		}
	}
	return kept
}

// others names the years that are not among the kept.
func others(years []float64, kept []int) string {
	var out strings.Builder
	for i, y := range years {
		if !slices.Contains(kept, i) {
			fmt.Fprintf(&out, " %g", y)
		}
	}
	return out.String()
}

// leverage is the part of a trend's error variance that grows with the
// distance from the middle of its years: (x−x̄)²/Σ(xᵢ−x̄)².
func leverage(years []float64, at float64, trend bool) float64 {
	if !trend {
		return 0
	}
	var mean, ss float64
	for _, y := range years {
		mean += y / float64(len(years))
	}
	for _, y := range years {
		ss += (y - mean) * (y - mean)
	}
	return (at - mean) * (at - mean) / ss
}

// median of a non-empty list, which is left as it is.
func median(v []float64) float64 {
	s := slices.Clone(v)
	slices.Sort(s)
	n := len(s)
	if n%2 == 1 {
		return s[n/2]
	}
	return (s[n/2-1] + s[n/2]) / 2
}
