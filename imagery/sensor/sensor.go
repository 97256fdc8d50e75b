package sensor

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"strings"
	"sync"

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
	Kind    string   `yaml:"kind"`  // Optical or Radar
	Match   []Match  `yaml:"match"` // any of these identifies the sensor
	Bands   []Band   `yaml:"bands"` // in the product's order
	Needs   []string `yaml:"needs"` // bands without which a scene is refused, beside the mask's
	Mask    *Mask    `yaml:"mask"`  // nil where the product has no mask band
	Offsets []Offset `yaml:"offsets"`
}

// Kinds of sensors.
const (
	Optical = "optical"
	Radar   = "radar"
)

// Quantity is what the numbers of a band measure.
type Quantity string

// The quantities of bands.
const (
	Reflectance Quantity = ""      // of the surface, 0 to 1
	Power       Quantity = "power" // backscatter, σ⁰ or γ⁰, linear
	Ratio       Quantity = "index" // an index of imagery/spectral, given by the product
	Day         Quantity = "day"   // of the year on which a composite saw the pixel
)

// DayLayer is the name of the layer that holds days since a composite's start.
const DayLayer = "day"

// Band is one layer of the product.
type Band struct {
	Name        string        `yaml:"name"`
	Role        spectral.Role `yaml:"role"`
	Index       string        `yaml:"index"`    // name of the index that the product gives
	Quantity    Quantity      `yaml:"quantity"` // Ratio where Index is set
	Aliases     []string      `yaml:"aliases"`  // names that catalogues use, without case
	ResolutionM float64       `yaml:"resolution_m"`
	Scale       float64       `yaml:"scale"`  // value = DN·Scale + Offset
	Offset      float64       `yaml:"offset"` // before any rule of Offsets
	NoData      *float64      `yaml:"nodata"`
	Class       bool          `yaml:"class"` // holds classes or bits, never scaled or interpolated
}

// Layer returns the name that the band has in a series: that of its role or
// index, else its own, so that the bands of several sensors meet by what they
// measure and not by number.
func (b Band) Layer() string {
	switch {
	case b.Index != "":
		return b.Index
	case b.Quantity == Day:
		return DayLayer
	}
	return cmp.Or(b.Role.Layer(), b.Name)
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
	// Least: numbers of a bit field that are not fill are at least this much; a
	// smaller median shows the bits of another collection.
	Least int `yaml:"least"`
	// MarginM is how far around spreading classes nothing counts.
	MarginM float64 `yaml:"margin_m"`
	// Optional: scenes without the band are taken; their clouds show as
	// outliers of the series only.
	Optional bool `yaml:"optional"`
	// Computed: a scene without the band gets one from its blue, green and red
	// (imagery/cloud.Bright).
	Computed bool `yaml:"computed"`
}

// Catalogue is the set of known sensors.
type Catalogue []Sensor

// Load returns the sensors that are built in. Their files are read once a
// process.
func Load() (Catalogue, error) {
	all, err := builtIn()
	return slices.Clone(all), err
}

var builtIn = sync.OnceValues(func() (Catalogue, error) {
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
})

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
	if s.Kind != Optical && s.Kind != Radar {
		return fmt.Errorf("sensor %s: kind %q is neither optical nor radar", s.Key, s.Kind)
	}
	seen := map[string]string{}
	for _, b := range s.Bands {
		if b.Name == "" || b.ResolutionM <= 0 || (b.Scale == 0 && !b.Class) {
			return fmt.Errorf("sensor %s: band %q: name, resolution_m and scale are needed", s.Key, b.Name)
		}
		if x, ok := spectral.Find(b.Index); b.Index != "" && (!ok || x.OfMeans) || (b.Index != "") != (b.Quantity == Ratio) {
			return fmt.Errorf("sensor %s: band %s: index %q and quantity %q do not fit", s.Key, b.Name, b.Index, b.Quantity)
		}
		for _, n := range append([]string{b.Name}, b.Aliases...) {
			n = strings.ToLower(n)
			if other, ok := seen[n]; ok {
				return fmt.Errorf("sensor %s: %q names both %s and %s", s.Key, n, other, b.Name)
			}
			seen[n] = b.Name
		}
	}
	for _, n := range s.Needs {
		if _, ok := s.Band(n); !ok {
			return fmt.Errorf("sensor %s: needs %q, which is not listed", s.Key, n)
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

// Gives returns the band in which the product itself gives an index.
func (s Sensor) Gives(index string) (Band, bool) {
	i := slices.IndexFunc(s.Bands, func(b Band) bool { return b.Index == index && index != "" })
	if i < 0 {
		return Band{}, false
	}
	return s.Bands[i], true
}

// PixelSizeM is the side of the sensor's finest pixels that are measured.
func (s Sensor) PixelSizeM() float64 {
	least := math.Inf(1)
	for _, b := range s.Bands {
		if !b.Class {
			least = min(least, b.ResolutionM)
		}
	}
	return least
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
