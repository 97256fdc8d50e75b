package catalogue

import (
	"crypto/sha256"
	_ "embed" // the catalogue itself
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed crops.yaml
var builtin string

// Catalogue is a set of crops with their figures. It is a value: overriding
// makes another one. The zero Catalogue is empty.
type Catalogue struct {
	Currency           string            // ISO 4217 of every price and cost
	ValidFrom, ValidTo string            // YYYY-MM-DD, where the built-in figures hold
	Sources            map[string]string // key in Figure.Source → what it is; not to be written to
	Hazards            Thresholds        // by which hazards are told
	crops              []Crop            // sorted by code
	pending            []override        // for places and years that For picks
}

// UnknownCropError says that the catalogue does not hold a crop.
type UnknownCropError struct{ Code string }

func (e *UnknownCropError) Error() string {
	return fmt.Sprintf("crop %q is not in the catalogue: use one of its codes or add the crop with an override file", e.Code)
}

// document is the data file.
type document struct {
	Currency  string            `yaml:"currency"`
	ValidFrom string            `yaml:"valid_from"`
	ValidTo   string            `yaml:"valid_to"`
	Sources   map[string]string `yaml:"sources"`
	Crops     []spec            `yaml:"crops"`
}

// Load reads the built-in catalogue.
func Load() (Catalogue, error) { return Parse(strings.NewReader(builtin)) }

// Parse reads a whole catalogue in the form of the built-in one: every crop
// complete, every source named. An unknown key is an error.
func Parse(r io.Reader) (Catalogue, error) {
	var d document
	if err := yaml.NewDecoder(r, yaml.DisallowUnknownField()).Decode(&d); err != nil {
		return Catalogue{}, fmt.Errorf("crop catalogue: %w", err)
	}
	hazards, err := loadThresholds()
	if err != nil {
		return Catalogue{}, err
	}
	c := Catalogue{Hazards: hazards, Currency: d.Currency, ValidFrom: d.ValidFrom, ValidTo: d.ValidTo, Sources: d.Sources}
	if len(d.Crops) == 0 {
		return Catalogue{}, fmt.Errorf("crop catalogue: no crops: list them under crops")
	}
	for _, s := range d.Crops {
		crop := s.applyTo(Crop{Code: s.Code})
		if err := crop.check(); err != nil {
			return Catalogue{}, fmt.Errorf("crop catalogue: %w", err)
		}
		for _, f := range crop.figures() {
			if _, ok := d.Sources[f.figure.Source]; f.figure.Known() && !ok {
				return Catalogue{}, fmt.Errorf("crop catalogue: %s: %s: source %q is not listed under sources", s.Code, f.key, f.figure.Source)
			}
		}
		if _, err := c.Crop(s.Code); err == nil {
			return Catalogue{}, fmt.Errorf("crop catalogue: crop %s is given twice", s.Code)
		}
		c = c.with(crop)
	}
	return c, nil
}

// Crop finds a crop by code; a code it does not hold is an [UnknownCropError].
func (c Catalogue) Crop(code string) (Crop, error) {
	i, ok := slices.BinarySearchFunc(c.crops, code, func(x Crop, code string) int { return strings.Compare(x.Code, code) })
	if !ok {
		return Crop{}, &UnknownCropError{code}
	}
	return c.crops[i], nil
}

// Codes lists the crops, sorted.
func (c Catalogue) Codes() []string {
	codes := make([]string, len(c.crops))
	for i, x := range c.crops {
		codes[i] = x.Code
	}
	return codes
}

// Name is the crop's name for people; for a crop that the catalogue does not
// hold it is the code itself in both languages.
func (c Catalogue) Name(code string) Name {
	crop, err := c.Crop(code)
	if err != nil {
		return Name{ZH: code, EN: code}
	}
	return crop.Name
}

// Digest identifies the content: SHA-256 over every figure, in hex.
func (c Catalogue) Digest() string {
	h := sha256.New()
	fmt.Fprintln(h, c.Currency)
	for _, x := range c.crops {
		fmt.Fprintln(h, x.Code, x.Name, x.Perishable, x.EarnsNothing, x.Sowing, x.Harvest, x.Sensitive)
		for _, f := range x.figures() {
			fmt.Fprintln(h, f.key, f.figure)
		}
	}
	for _, k := range c.Hazards.keys() {
		fmt.Fprintln(h, k, c.Hazards[k])
	}
	for _, o := range c.pending {
		fmt.Fprintln(h, o.Hazards)
		fmt.Fprintln(h, o.County, o.Year, o.Currency, o.Crop.applyTo(Crop{Code: o.Crop.Code}))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// with is c with one crop put in or replaced.
func (c Catalogue) with(crop Crop) Catalogue {
	crops := slices.Clone(c.crops)
	i := sort.Search(len(crops), func(i int) bool { return crops[i].Code >= crop.Code })
	if i < len(crops) && crops[i].Code == crop.Code {
		crops[i] = crop
	} else {
		crops = slices.Insert(crops, i, crop)
	}
	c.crops = crops
	return c
}
