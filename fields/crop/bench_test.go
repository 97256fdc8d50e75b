package crop_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"parus/fields/crop"
)

// bands draws series as Sentinel-2 gives them: ten bands, a date every ten days
// of fourteen months, a third of them cloudy.
func bands(samples int) ([]crop.Sample, []string) {
	rng := rand.New(rand.NewPCG(4, 4))
	layers := []string{"B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12"}
	crops := []string{"winter_wheat", "maize", "rapeseed", "grassland"}
	var out []crop.Sample
	var labels []string
	for i := range samples {
		name := crops[rng.IntN(len(crops))]
		s := crop.Sample{ID: fmt.Sprint(i), Layers: layers, Values: make([][]float32, len(layers))}
		shift := rng.NormFloat64() * 12
		for d := 0; d < 425; d += 10 {
			s.Dates = append(s.Dates, time.Date(2020, 9, 1+d, 0, 0, 0, 0, time.UTC))
			c, cloudy := cover(curves()[name], float64(d)+shift), rng.IntN(3) == 0
			for l := range layers {
				v := .05 + .01*float64(l) + c*(.03*float64(l)-.04) + rng.NormFloat64()*.02
				if cloudy {
					v = math.NaN()
				}
				s.Values[l] = append(s.Values[l], float32(v))
			}
		}
		out, labels = append(out, s), append(labels, name)
	}
	return out, labels
}

// BenchmarkCounty measures the way from series to posteriors, by processor time:
// a county of 200,000 parcels wants 1,667 a second and core to be done in a
// minute on two.
func BenchmarkCounty(b *testing.B) {
	train, labels := bands(1500)
	m, err := crop.Fit(context.Background(), train, labels, crop.FitOptions{Folds: 2, Threads: 1})
	if err != nil {
		b.Fatal(err)
	}
	parcels, _ := bands(8192)
	begin := processor(b)
	for b.Loop() {
		if _, err := m.Predict(context.Background(), parcels, crop.PredictOptions{Threads: 1}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(parcels)*b.N)/(processor(b)-begin), "parcels/CPU-s")
}

// BenchmarkFit fits a small set with its cross-validation.
func BenchmarkFit(b *testing.B) {
	train, labels := bands(600)
	for b.Loop() {
		if _, err := crop.Fit(context.Background(), train, labels, crop.FitOptions{Threads: 1}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(train)*b.N)/b.Elapsed().Seconds(), "series/s")
}
