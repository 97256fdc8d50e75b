package yield

import "math"

// disaggregate turns light use into yields that add up to the county's.
func (s seasonCrops) disaggregate(parcels []ParcelInput, out []ParcelEstimate) {
	type sums struct{ weighted, weight, yield, area, seen, index, index2 float64 }
	means := make(map[string]*sums, len(s))
	for code := range s {
		means[code] = &sums{}
	}
	each := func(do func(a float64, y *CropYield, m *sums)) {
		for i := range out {
			for k := range out[i].PerCrop {
				y := &out[i].PerCrop[k]
				do(parcels[i].AreaHa*y.P*parcels[i].MatchP, y, means[y.Code])
			}
		}
	}
	each(func(a float64, y *CropYield, m *sums) {
		m.weighted += a * y.Lambda * y.Index
		m.weight += a * y.Lambda
	})
	each(func(a float64, y *CropYield, m *sums) {
		if y.Lambda > 0 && m.weighted > 0 {
			y.Index = math.Max(leastIndex, math.Min(mostIndex, y.Index/(m.weighted/m.weight)))
		} else {
			y.Index, y.Lambda = 0, 0
		}
		y.MeanKgPerHa = 1
		if y.Lambda > 0 {
			y.MeanKgPerHa = 1 + y.Lambda*(y.Index-1)
			m.seen += a
			m.index += a * y.Index
			m.index2 += a * y.Index * y.Index
		}
		m.yield += a * y.MeanKgPerHa
		m.area += a
	})
	each(func(_ float64, y *CropYield, m *sums) {
		sc := s[y.Code]
		if sc.crop.EarnsNothing {
			y.MeanKgPerHa = 0
			return
		}
		y.MeanKgPerHa *= sc.prior.MeanKgPerHa
		if m.area > 0 && m.yield > 0 { // what the bounds of the index took away is given back
			y.MeanKgPerHa *= m.area / m.yield
		}
		y.SDCounty = sc.sdCounty
		y.SDModel = residualSD(y.Lambda, varianceOf(m.seen, m.index, m.index2))
	})
	for i, p := range parcels {
		sd := p.AreaSD
		if sd == 0 {
			sd = AreaSD(p.AreaHa)
		}
		for k := range out[i].PerCrop {
			if y := &out[i].PerCrop[k]; y.MeanKgPerHa > 0 {
				y.SDArea, y.SDModel = sd, math.Hypot(y.SDModel, sd)
			}
		}
	}
}

// residualSD is what remains of the spread between fields where the index has
// moved the mean. By the law of total variance a mean that moves by λ·(B/B̄ − 1)
// can explain no more than λ²·Var(B/B̄) of it: an index that hardly differs
// between parcels narrows nothing, however reliable it is. It never claims more
// than fieldR2.
func residualSD(lambda, indexVariance float64) float64 {
	explained := math.Min(lambda*lambda*indexVariance, fieldR2*withinSD*withinSD)
	return math.Sqrt(withinSD*withinSD - explained)
}

// varianceOf is the variance of weighted values from their sums.
func varianceOf(weight, sum, squares float64) float64 {
	if !(weight > 0) {
		return 0
	}
	mean := sum / weight
	return math.Max(0, squares/weight-mean*mean)
}
