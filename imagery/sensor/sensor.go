package sensor

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"parus/imagery/spectral"
)

//go:embed data/*.yaml
var files embed.FS

// Sensor is one product of one instrument.
type Sensor struct {
	Key     string   `yaml:"key"`
	Title   string   `yaml:"title"`
	Source  string   `yaml:"source"`
	Kind    string   `yaml:"kind"`  // "optical" or "radar"
	Match   []Match  `yaml:"match"` // any of these identifies the sensor
	Bands   []Band   `yaml:"bands"` // in the product's order
	Mask    *Mask    `yaml:"mask"`  // nil where the product has no mask band
	Offsets []Offset `yaml:"offsets"`
}

// Match lists what a catalogue entry must show; empty fields match anything.
type Match struct {
	Collections    []string `yaml:"collections"`    // exact, without case
	Constellations []string `yaml:"constellations"` // or mission or platform prefix
	Levels         []string `yaml:"levels"`         // processing level
	IDPrefixes     []string `yaml:"id_prefixes"`
}

// Band is one layer of the product.
type Band struct {
	Name        string        `yaml:"name"`
	Role        spectral.Role `yaml:"role"`
	Aliases     []string      `yaml:"aliases"` // names that catalogues use, without case
	ResolutionM float64       `yaml:"resolution_m"`
	Scale       float64       `yaml:"scale"`  // value = DN·Scale + Offset
	Offset      float64       `yaml:"offset"` // before any rule of Offsets
	NoData      *float64      `yaml:"nodata"`
	Class       bool          `yaml:"class"` // holds classes or bits, never scaled or interpolated
}

// Offset is a rule for additive offsets that depend on the baseline.
type Offset struct {
	SinceBaseline string  `yaml:"since_baseline"` // "04.00"
	DN            float64 `yaml:"dn"`             // added to every DN, e.g. −1000
	Source        string  `yaml:"source"`
}

// Mask says how the mask band tells clear pixels from others.
type Mask struct {
	Band   string `yaml:"band"`
	Source string `yaml:"source"`
	// Classes: DN that are never used (Invalid), and of them those that also
	// spoil their surroundings (Spread), such as cloud and shadow.
	Invalid []int `yaml:"invalid"`
	Spread  []int `yaml:"spread"`
	// Dark: classes that reflect little in blue and red (vegetation, water), on
	// which a radiometric offset shows.
	Dark []int `yaml:"dark"`
	// Bits: bit numbers of a bit field with the same meanings.
	InvalidBits []int `yaml:"invalid_bits"`
	SpreadBits  []int `yaml:"spread_bits"`
}

// Catalogue is the set of known sensors.
type Catalogue []Sensor

// Load returns the sensors that are built in.
func Load() (Catalogue, error) {
	entries, err := files.ReadDir("data")
	if err != nil {
		return nil, fmt.Errorf("sensors: %w", err)
	}
	var all Catalogue
	for _, e := range entries {
		data, err := files.ReadFile(path.Join("data", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("sensors: %w", err)
		}
		s, err := Read(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("sensors: %s: %w", e.Name(), err)
		}
		all = append(all, s)
	}
	return all, nil
}

// Read parses one sensor file and checks it; unknown keys are errors.
func Read(r io.Reader) (Sensor, error) {
	var s Sensor
	if err := yaml.NewDecoder(r, yaml.DisallowUnknownField()).Decode(&s); err != nil {
		return Sensor{}, fmt.Errorf("sensor file: %w", err)
	}
	return s, s.check()
}

func (s Sensor) check() error {
	if s.Key == "" || s.Source == "" || len(s.Bands) == 0 {
		return errors.New("sensor file: key, source and bands are needed")
	}
	seen := map[string]string{}
	for _, b := range s.Bands {
		if b.Name == "" || b.ResolutionM <= 0 || (b.Scale == 0 && !b.Class) {
			return fmt.Errorf("sensor %s: band %q: name, resolution_m and scale are needed", s.Key, b.Name)
		}
		for _, n := range append([]string{b.Name}, b.Aliases...) {
			n = strings.ToLower(n)
			if other, ok := seen[n]; ok {
				return fmt.Errorf("sensor %s: %q names both %s and %s", s.Key, n, other, b.Name)
			}
			seen[n] = b.Name
		}
	}
	if s.Mask != nil {
		if _, ok := s.Band(s.Mask.Band); !ok {
			return fmt.Errorf("sensor %s: mask band %q is not listed", s.Key, s.Mask.Band)
		}
	}
	return nil
}

// Find returns the sensor with that key.
func (c Catalogue) Find(key string) (Sensor, bool) {
	i := slices.IndexFunc(c, func(s Sensor) bool { return s.Key == key })
	if i < 0 {
		return Sensor{}, false
	}
	return c[i], true
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

// Band returns the band of that name or alias, without case.
func (s Sensor) Band(name string) (Band, bool) {
	for _, b := range s.Bands {
		if strings.EqualFold(b.Name, name) || slices.ContainsFunc(b.Aliases, func(a string) bool { return strings.EqualFold(a, name) }) {
			return b, true
		}
	}
	return Band{}, false
}

// Role returns the band that plays a role. A sensor without a narrow near
// infrared uses its broad one, and the other way round.
func (s Sensor) Role(r spectral.Role) (Band, bool) {
	find := func(want spectral.Role) int {
		return slices.IndexFunc(s.Bands, func(b Band) bool { return b.Role == want })
	}
	i := find(r)
	if i < 0 && r == spectral.NIR08 {
		i = find(spectral.NIR)
	} else if i < 0 && r == spectral.NIR {
		i = find(spectral.NIR08)
	}
	if i < 0 {
		return Band{}, false
	}
	return s.Bands[i], true
}

// OffsetDN returns what the rules of the sensor add to every DN of a product
// of that baseline, and whether the baseline is known well enough to tell.
func (s Sensor) OffsetDN(baseline string) (dn float64, known bool) {
	if len(s.Offsets) == 0 {
		return 0, true
	}
	if !isBaseline(baseline) {
		return 0, false
	}
	for _, o := range s.Offsets {
		if baseline >= o.SinceBaseline {
			dn = o.DN
		}
	}
	return dn, true
}

// isBaseline tells whether s looks like "05.09", the form that sorts as text.
func isBaseline(s string) bool {
	return len(s) == 5 && s[2] == '.' && strings.Trim(s[:2]+s[3:], "0123456789") == ""
}
