package crop

import (
	"fmt"
	"slices"
	"strings"
)

// Physical returns the samples with just the layers asked for, given or derived
// from bands, in physical units (reflectance and indices as fractions, radar in
// dB) and with ascending dates. A value that is infinite is a gap. A sample
// without one of the layers has a row of gaps; a layer that no sample has is an
// error.
func Physical(samples []Sample, layers []string) ([]Sample, error) {
	var sources []string // what is read
	rules := map[string]index{}
	for _, x := range indices() {
		rules[x.name] = x
	}
	have := func(layer string) bool {
		return slices.ContainsFunc(samples, func(s Sample) bool { return layerOf(s, layer) >= 0 })
	}
	for _, l := range layers {
		x, derivable := rules[l]
		switch {
		case have(l):
			sources = append(sources, l)
		case derivable && !slices.ContainsFunc(x.needs, func(n string) bool { return !have(n) }):
			sources = append(sources, x.needs...)
		default:
			return nil, fmt.Errorf("the series have no layer %s, nor the bands it is made of (%s)", l, strings.Join(x.needs, ", "))
		}
	}
	u := units(samples, sources)
	out := make([]Sample, len(samples))
	for i, s := range samples {
		if err := s.check(); err != nil {
			return nil, err
		}
		s = s.sorted()
		out[i] = Sample{ID: s.ID, Dates: s.Dates, Layers: layers, Start: s.Start, Values: make([][]float32, len(layers))}
		for l, name := range layers {
			out[i].Values[l] = physicalRow(s, name, rules[name], u)
		}
	}
	return out, nil
}

func layerOf(s Sample, layer string) int {
	return slices.IndexFunc(s.Layers, func(n string) bool { return CanonicalLayer(n) == layer })
}

// physicalRow is one layer of a sample, read or derived.
func physicalRow(s Sample, name string, x index, u map[string]unit) []float32 {
	row := make([]float32, len(s.Dates))
	given := layerOf(s, name)
	needs := make([]int, len(x.needs))
	for k, n := range x.needs {
		needs[k] = layerOf(s, n)
	}
	derivable := len(needs) > 0 && !slices.Contains(needs, -1)
	v := make([]float32, len(needs))
	for d := range row {
		switch {
		case given >= 0:
			row[d] = u[name].apply(s.Values[given][d])
		case derivable:
			for k, at := range needs {
				v[k] = u[x.needs[k]].apply(s.Values[at][d])
			}
			row[d] = clampIndex(x.value(v))
		default:
			row[d] = nan32
		}
		if row[d]-row[d] != 0 {
			row[d] = nan32
		}
	}
	return row
}

// SourceLayers returns the layers from which others can be read or derived,
// themselves included: what a table needs to be read for.
func SourceLayers(layers []string) []string {
	out := slices.Clone(layers)
	for _, x := range indices() {
		if slices.Contains(layers, x.name) {
			out = append(out, x.needs...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
