package catalogue

import (
	_ "embed" // the thresholds themselves
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed hazards.yaml
var builtinHazards string

// Thresholds are the figures by which hazards are told, by key; "crop.key"
// holds for one crop alone. It is not to be written to.
type Thresholds map[string]Figure

// Of is a crop's figure, else that of all crops. A key that is in neither is a
// mistake of the program and gives 0; [Load] has checked that all are there.
func (t Thresholds) Of(crop, key string) float64 {
	if f, ok := t[crop+"."+key]; ok {
		return f.Value
	}
	return t[key].Value
}

// SourceOf names where the figure comes from.
func (t Thresholds) SourceOf(crop, key string) string {
	if f, ok := t[crop+"."+key]; ok {
		return f.Source
	}
	return t[key].Source
}

// keys lists them, sorted.
func (t Thresholds) keys() []string { return slices.Sorted(maps.Keys(t)) }

// with is t with some figures replaced. A key that the built-in thresholds lack
// is refused by name: a slip of the pen would else change nothing in silence.
func (t Thresholds) with(more Thresholds) (Thresholds, error) {
	out := maps.Clone(t)
	for _, k := range more.keys() {
		base := k
		if _, after, ok := strings.Cut(k, "."); ok {
			base = after
		}
		if _, ok := t[base]; !ok {
			return nil, fmt.Errorf("hazards: %s is not a threshold: want one of %s", k, strings.Join(t.keys(), ", "))
		}
		if v := more[k].Value; !(v >= -60 && v <= 10_000) {
			return nil, fmt.Errorf("hazards: %s is %g: want -60 to 10000", k, v)
		}
		out[k] = more[k]
	}
	return out, nil
}

// loadThresholds reads the built-in ones.
func loadThresholds() (Thresholds, error) {
	var d struct {
		Sources    map[string]string `yaml:"sources"`
		Thresholds Thresholds        `yaml:"thresholds"`
	}
	if err := yaml.NewDecoder(strings.NewReader(builtinHazards), yaml.DisallowUnknownField()).Decode(&d); err != nil {
		return nil, fmt.Errorf("thresholds of hazards: %w", err)
	}
	for _, k := range d.Thresholds.keys() {
		if _, ok := d.Sources[d.Thresholds[k].Source]; !ok {
			return nil, fmt.Errorf("thresholds of hazards: %s: source %q is not listed under sources", k, d.Thresholds[k].Source)
		}
	}
	return d.Thresholds, nil
}
