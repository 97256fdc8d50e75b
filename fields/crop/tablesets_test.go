package crop_test

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"parus/fields/crop"
)

// labelled is one set of the learners' table: samples with labels, and the
// cells that no split may part.
type labelled struct {
	name    string
	samples []crop.Sample
	labels  []string
	cells   []string
}

// keep drops samples whose label has fewer than least samples or is refused.
func (l labelled) keep(least int, refused ...string) labelled {
	counts := map[string]int{}
	for _, y := range l.labels {
		counts[y]++
	}
	out := labelled{name: l.name}
	for i, y := range l.labels {
		if counts[y] < least || y == "" || slices.Contains(refused, y) {
			continue
		}
		out.samples, out.labels, out.cells = append(out.samples, l.samples[i]), append(out.labels, y), append(out.cells, l.cells[i])
	}
	return out
}

// only keeps samples of some labels.
func (l labelled) only(labels ...string) labelled {
	var others []string
	for _, y := range l.labels {
		if !slices.Contains(labels, y) {
			others = append(others, y)
		}
	}
	return l.keep(1, others...)
}

// realSets reads the labelled sets below a folder, which are no part of this
// repository; cells are those of the sets' own description.
func realSets(t *testing.T, folder string) []labelled {
	t.Helper()
	brazil := long(t, filepath.Join(folder, "samples_matogrosso_modis", "samples_matogrosso_mod13q1_1892.csv.gz"), crop.Columns{
		Ignore: []string{"start_date", "end_date"}, DropLabels: []string{"Fallow_Cotton", "Soy_Sunflower"},
	}, "longitude", "latitude", func(label string) float64 {
		if label == "Soy_Fallow" || label == "Forest" {
			return .004
		}
		return .02
	})
	brazil.name = "Mato Grosso, 7 classes"
	canada := long(t, filepath.Join(folder, "samples_canada_s2", "canada_aafc_2017_month.csv.gz"), crop.Columns{
		Date: "timestamp", Label: "crop", Group: "h3_l5_cell", NoData: []float64{65535}, DropLabels: []string{"Unknown"},
		Ignore: []string{"AGERA5-precipitation-flux", "AGERA5-temperature-mean", "CROPTYPE_LABEL", "DEM-alt-20m", "DEM-slo-20m", "LANDCOVER_LABEL", "POTAPOV-LABEL-10m",
			"WORLDCOVER-LABEL-10m", "aez_zoneid", "end_date", "lat", "lon", "start_date", "valid_date", "ref_id"},
	}, "", "", nil)
	eight, all := canada.keep(60), canada.keep(5)
	eight.name, all.name = "Canada, 8 crops", "Canada, all crops with 5 samples"
	france := long(t, filepath.Join(folder, "samples_france_s2", "fra_lpis_2023_dekad.csv.gz"), crop.Columns{
		Date: "timestamp", Label: "crop24", NoData: []float64{65535}, DropLabels: []string{"ignore"},
		Ignore: []string{"ref_id", "slope", "elevation", "AGERA5-PRECIP", "AGERA5-TMEAN", "tile", "start_date", "end_date", "year", "valid_time", "ewoc_code",
			"irrigation_status", "quality_score_lc", "quality_score_ct", "S2-L2A-B8A", "landcover10", "crop28"},
	}, "lon", "lat", func(string) float64 { return .1 }).only("maize", "wheat", "no_crop", "rapeseed_rape", "grass_fodder_crops", "dry_pulses_legumes", "sunflower")
	france.name = "France, 7 classes"
	crops := asia(t, filepath.Join(folder, "fields_central_asia", "cawa_fields_ndvi.csv"), "label_1").keep(80)
	crops.name = "Central Asia, 10 crops"
	seasons := asia(t, filepath.Join(folder, "fields_central_asia", "cawa_fields_ndvi.csv"), "label_2").only("summer", "double", "winter", "permanent")
	seasons.name = "Central Asia, 4 seasons"
	return []labelled{brazil, eight, all, crops, seasons, france}
}

// open opens a file, gzipped or not; absent data skip the test aloud.
func open(t *testing.T, path string) io.Reader {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("SKIPPED, real data absent: %v (set PARUS_REAL_DATA)", err)
	}
	t.Cleanup(func() { f.Close() })
	if !strings.HasSuffix(path, ".gz") {
		return f
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// long reads samples in long form; where lon and lat are named, they make the
// cell, whose side in degrees may depend on the label.
func long(t *testing.T, path string, c crop.Columns, lon, lat string, side func(label string) float64) labelled {
	t.Helper()
	c.Labelled = true
	set, err := crop.ReadSamples(open(t, path), c)
	if err != nil {
		t.Fatal(err)
	}
	out := labelled{samples: set.Samples, labels: set.Labels, cells: set.Groups}
	if lon == "" {
		return out
	}
	for i, s := range out.samples {
		x, y := slices.Index(s.Layers, lon), slices.Index(s.Layers, lat)
		out.cells = append(out.cells, cell(float64(s.Values[x][0]), float64(s.Values[y][0]), side(out.labels[i])))
		layers, values := []string{}, [][]float32{}
		for l, n := range s.Layers {
			if l != x && l != y {
				layers, values = append(layers, n), append(values, s.Values[l])
			}
		}
		out.samples[i].Layers, out.samples[i].Values = layers, values
	}
	return out
}

func cell(lon, lat, side float64) string {
	return fmt.Sprintf("%g/%d/%d", side, int(math.Floor(lon/side)), int(math.Floor(lat/side)))
}

// asia reads fields with one column of NDVI a date.
func asia(t *testing.T, path, label string) labelled {
	t.Helper()
	rows, err := csv.NewReader(open(t, path)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, n := range rows[0] {
		at[n] = i
	}
	number := func(s string) float64 {
		if s == "" || s == "NaN" || s == "NA" || s == "nan" {
			return math.NaN()
		}
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	var out labelled
	for _, r := range rows[1:] {
		year := int(number(r[at["year"]]))
		s := crop.Sample{ID: r[at["field_id"]] + "/" + strconv.Itoa(len(out.samples)), Layers: []string{"ndvi"}, Values: [][]float32{nil}}
		for i, n := range rows[0] {
			if d, ok := strings.CutPrefix(n, "ndvi_doy"); ok {
				s.Dates = append(s.Dates, time.Date(year, 1, int(number(d)), 0, 0, 0, 0, time.UTC))
				s.Values[0] = append(s.Values[0], float32(number(r[i])))
			}
		}
		out.samples, out.labels = append(out.samples, s), append(out.labels, r[at[label]])
		out.cells = append(out.cells, cell(number(r[at["lon"]]), number(r[at["lat"]]), .1))
	}
	return out
}
