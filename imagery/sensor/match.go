package sensor

import (
	"slices"
	"strings"
)

// Match lists what a catalogue entry must show; empty fields match anything.
type Match struct {
	Collections    []string `yaml:"collections"`    // exact, without case
	Constellations []string `yaml:"constellations"` // or mission or platform prefix
	Levels         []string `yaml:"levels"`         // processing level
	IDPrefixes     []string `yaml:"id_prefixes"`
}

// Clue is what a catalogue tells about the origin of an item.
type Clue struct {
	ID, Collection, Constellation, Level string
}

// Match returns the first sensor that fits the clues.
func (c Catalogue) Match(clue Clue) (Sensor, bool) {
	for _, s := range c {
		if slices.ContainsFunc(s.Match, clue.fits) {
			return s, true
		}
	}
	return Sensor{}, false
}

func (clue Clue) fits(m Match) bool {
	return oneOf(clue.Collection, m.Collections, strings.EqualFold) &&
		oneOf(clue.Constellation, m.Constellations, hasPrefixFold) &&
		oneOf(clue.Level, m.Levels, strings.EqualFold) &&
		oneOf(clue.ID, m.IDPrefixes, hasPrefixFold)
}

func oneOf(got string, want []string, same func(a, b string) bool) bool {
	return len(want) == 0 || slices.ContainsFunc(want, func(w string) bool { return same(got, w) })
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
