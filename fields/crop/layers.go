package crop

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

// unit says how a layer's numbers become what a model works on.
type unit string

const (
	asIs       unit = "as given"
	times1e4   unit = "DN × 1e-4"       // reflectance and indices stored as integers
	powerToDB  unit = "10·log10(power)" // Sentinel-1 backscatter, linear
	amplitudeD unit = "20·log10(DN) − 83 dB"
)

// Layers that have a known range, so that stored integers can be told from
// physical values: reflectance and normalised differences lie within ±2.
var (
	bandName  = regexp.MustCompile(`^B(\d{1,2}|8A)$`)
	indexName = regexp.MustCompile(`^(nd[a-z]{2}\d?|ndmi|evi2?|gndvi|savi|psri|nir|red|blue|green|mir|swir\d?)$`)
)

// CanonicalLayer returns the name by which a layer is known to models: the
// sensor's band ("B04", "B8A", "VV") without the product's prefix
// ("S2-L2A-B04", "S1-SIGMA0-VV", "sentinel2_b4"), indices in lower case, and
// whatever else unchanged.
func CanonicalLayer(name string) string {
	last := name
	if i := strings.LastIndexAny(name, "-_:."); i >= 0 {
		last = name[i+1:]
	}
	upper := strings.ToUpper(last)
	if m := bandName.FindStringSubmatch(upper); m != nil {
		if len(m[1]) == 1 {
			return "B0" + m[1]
		}
		return upper
	}
	if upper == "VV" || upper == "VH" || upper == "HH" || upper == "HV" {
		return upper
	}
	if lower := strings.ToLower(name); indexName.MatchString(lower) {
		return lower
	}
	return name
}

// unitOf guesses the unit of a layer from a typical (median absolute) value.
// Backscatter as amplitude DN with dB = 20·log10(DN) − 83 is the encoding of
// the ALOS and WorldCereal products.
func unitOf(layer string, typical float64) unit {
	switch {
	case layer == "VV" || layer == "VH" || layer == "HH" || layer == "HV":
		if typical > 100 {
			return amplitudeD
		}
		return asIs // dB (negative) or power: the median's sign cannot be seen here
	case bandName.MatchString(layer) || indexName.MatchString(layer):
		if typical > 2 {
			return times1e4
		}
	}
	return asIs
}

func (u unit) apply(v float32) float32 {
	switch u {
	case times1e4:
		return v * 1e-4
	case amplitudeD:
		if v <= 0 {
			return nan32
		}
		return float32(20*math.Log10(float64(v)) - 83)
	case powerToDB:
		if v <= 0 {
			return nan32
		}
		return float32(10 * math.Log10(float64(v)))
	case asIs:
	}
	return v
}

var nan32 = float32(math.NaN())

// unitSample is how many values are looked at to tell a layer's unit.
const unitSample = 20_000

// units tells the unit of each layer (canonical names) over all samples.
// Layers without a value are left out.
func units(samples []Sample, layers []string) map[string]unit {
	out := map[string]unit{}
	for _, layer := range layers {
		var values []float64
		anyNegative := false
		for _, s := range samples {
			l := slices.IndexFunc(s.Layers, func(n string) bool { return CanonicalLayer(n) == layer })
			if l < 0 || l >= len(s.Values) {
				continue
			}
			for _, v := range s.Values[l] {
				if v == v && !math.IsInf(float64(v), 0) {
					values = append(values, math.Abs(float64(v)))
					anyNegative = anyNegative || v < 0
				}
			}
			if len(values) > unitSample {
				break
			}
		}
		if len(values) == 0 {
			continue
		}
		slices.Sort(values)
		u := unitOf(layer, values[len(values)/2])
		if len(layer) == 2 && (layer[0] == 'V' || layer[0] == 'H') && u == asIs && !anyNegative {
			u = powerToDB
		}
		out[layer] = u
	}
	return out
}

// index is a layer derived from others, sample by sample and date by date.
type index struct {
	name  string
	needs []string
	value func(v []float32) float32
}

// indices lists what is derived where the bands are there and the index itself
// is not given.
func indices() []index {
	ratio := func(v []float32) float32 { return (v[0] - v[1]) / (v[0] + v[1]) }
	return []index{
		// Rouse et al. 1974, "Monitoring vegetation systems in the Great Plains with ERTS".
		{"ndvi", []string{"B08", "B04"}, ratio},
		// Huete et al. 2002, Remote Sensing of Environment 83.
		{"evi", []string{"B08", "B04", "B02"}, func(v []float32) float32 {
			return 2.5 * (v[0] - v[1]) / (v[0] + 6*v[1] - 7.5*v[2] + 1)
		}},
		// McFeeters 1996, International Journal of Remote Sensing 17.
		{"ndwi", []string{"B03", "B08"}, ratio},
		// Gao 1996 (as NDWI), Remote Sensing of Environment 58: moisture of the canopy.
		{"ndmi", []string{"B08", "B11"}, ratio},
		// Barnes et al. 2000, "Coincident detection of crop water stress, nitrogen status and canopy density".
		{"ndre", []string{"B07", "B05"}, ratio},
		// Van Deventer et al. 1997, PE&RS 63 (NDTI): residue and tillage.
		{"ndti", []string{"B11", "B12"}, ratio},
		// Merzlyak et al. 1999, Physiologia Plantarum 106: senescence.
		{"psri", []string{"B04", "B02", "B06"}, func(v []float32) float32 { return (v[0] - v[1]) / v[2] }},
		// Nasirzadehdizaji et al. 2019, Applied Sciences 9: cross ratio, in dB a difference.
		{"vhvv", []string{"VH", "VV"}, func(v []float32) float32 { return v[0] - v[1] }},
	}
}

// clampIndex keeps a ratio of near-zero reflectances from drowning the rest.
func clampIndex(v float32) float32 {
	if v != v {
		return v
	}
	return max(-1.5, min(1.5, v))
}

// derived returns the indices that a set of layers allows and lacks.
func derived(layers []string) []index {
	var out []index
	for _, x := range indices() {
		if slices.Contains(layers, x.name) {
			continue
		}
		if !slices.ContainsFunc(x.needs, func(n string) bool { return !slices.Contains(layers, n) }) {
			out = append(out, x)
		}
	}
	return out
}

// commonLayers returns the canonical layers of the first sample, in its order,
// after checking that every sample has them; or, where wanted is given, those.
func commonLayers(samples []Sample, wanted []string) ([]string, error) {
	var layers []string
	for _, n := range samples[0].Layers {
		c := CanonicalLayer(n)
		if slices.Contains(layers, c) {
			return nil, fmt.Errorf("layer %s comes twice (as %s): ignore one of them", c, n)
		}
		layers = append(layers, c)
	}
	if len(wanted) > 0 {
		for i, n := range wanted {
			wanted[i] = CanonicalLayer(n)
			if !slices.Contains(layers, wanted[i]) && !slices.ContainsFunc(derived(layers), func(x index) bool { return x.name == wanted[i] }) {
				return nil, fmt.Errorf("layer %s is not among those of the samples (%s)", n, strings.Join(layers, ", "))
			}
		}
	}
	for _, s := range samples {
		for _, n := range layers {
			if !slices.ContainsFunc(s.Layers, func(m string) bool { return CanonicalLayer(m) == n }) {
				return nil, fmt.Errorf("sample %q has no layer %s, which %q has", s.ID, n, samples[0].ID)
			}
		}
	}
	return layers, nil
}
