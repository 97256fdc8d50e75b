package crop_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"parus/fields/crop"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// bump is a rise and fall of green cover: days of season and height.
type bump struct{ begin, end, height float64 }

// curves are the invented crops of these tests: by 1 September = day 0.
func curves() map[string][]bump {
	return map[string][]bump{
		"winter_wheat": {{40, 290, .8}},
		"maize":        {{260, 400, .85}},
		"rapeseed":     {{0, 300, .6}},
		"grassland":    {{-100, 500, .65}},
	}
}

// cover is the green share of a crop on a day.
func cover(bumps []bump, d float64) float64 {
	c := 0.0
	for _, b := range bumps {
		if d > b.begin && d < b.end {
			c = max(c, b.height*math.Sin(math.Pi*(d-b.begin)/(b.end-b.begin)))
		}
	}
	return c
}

// county draws samples of every crop: reflectance of soil and leaves mixed by
// the cover, with noise, shifts of the season, and gaps, at random dates.
func county(perClass int, year int, seed uint64) ([]crop.Sample, []string) {
	rng := rand.New(rand.NewPCG(seed, 9))
	var samples []crop.Sample
	var labels []string
	start := time.Date(year-1, time.September, 1, 0, 0, 0, 0, time.UTC)
	for i := range perClass {
		for _, name := range []string{"winter_wheat", "maize", "rapeseed", "grassland"} {
			s := crop.Sample{ID: name + strconv.Itoa(i), Layers: []string{"B04", "B08"}, Values: make([][]float32, 2)}
			shift := rng.NormFloat64() * 8
			for d := rng.IntN(10); d < 440; d += 5 + rng.IntN(15) {
				c := cover(curves()[name], float64(d)+shift)
				red, nir := .18-.14*c+rng.NormFloat64()*.01, .22+.28*c+rng.NormFloat64()*.02
				if rng.IntN(5) == 0 {
					red, nir = math.NaN(), math.NaN()
				}
				s.Dates = append(s.Dates, start.AddDate(0, 0, d))
				s.Values[0], s.Values[1] = append(s.Values[0], float32(red)), append(s.Values[1], float32(nir))
			}
			samples, labels = append(samples, s), append(labels, name)
		}
	}
	return samples, labels
}

// changed returns copies of samples whose values went through f.
func changed(samples []crop.Sample, f func(float32) float32) []crop.Sample {
	out := make([]crop.Sample, len(samples))
	for i, s := range samples {
		out[i] = s
		out[i].Values = make([][]float32, len(s.Values))
		for l, row := range s.Values {
			for _, v := range row {
				out[i].Values[l] = append(out[i].Values[l], f(v))
			}
		}
	}
	return out
}

func rightShare(posteriors []crop.Posterior, labels []string) float64 {
	n := 0
	for i, p := range posteriors {
		if best, _ := p.Best(); best == labels[i] {
			n++
		}
	}
	return float64(n) / float64(len(labels))
}
