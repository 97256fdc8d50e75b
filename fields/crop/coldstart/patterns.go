package coldstart

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"parus/fields/crop"
)

// Format is the version of the file of patterns that this build reads and
// writes.
const Format = 1

// Patterns is a set of reference curves with all that classifying by them
// takes. It is data: a county may bring its own file.
type Patterns struct {
	Format   int       `yaml:"format"`
	Source   string    `yaml:"source"`    // where the curves come from, for people
	Layers   []string  `yaml:"layers"`    // canonical names
	Scale    []float64 `yaml:"scale"`     // per layer: a difference of so much costs 1
	StepDays int       `yaml:"step_days"` // between points
	Weight   Weight    `yaml:"weight"`
	// Sharpness turns distances into probabilities, exp(−Sharpness · distance);
	// Doubt is the share of probability that is spread over all classes whatever
	// the distances say.
	Sharpness    float64  `yaml:"sharpness"`
	Doubt        float64  `yaml:"doubt"`
	AbstainBelow float64  `yaml:"abstain_below"`
	Farthest     float64  `yaml:"farthest"`           // distance beyond which a series is like no curve; 0: no limit
	Ties         []Tie    `yaml:"ties,omitempty"`     // classes that the curves cannot tell apart
	Held         *HeldOut `yaml:"held_out,omitempty"` // where they come from samples
	Curves       []Curve  `yaml:"curves"`
}

// Tie is a set of classes that share a calendar.
type Tie []string

// HeldOut says how well the curves told held-out samples apart.
type HeldOut struct {
	Samples  int     `yaml:"samples"`
	Groups   int     `yaml:"groups"`
	Folds    int     `yaml:"folds"`
	Accuracy float64 `yaml:"accuracy"`
	LogLoss  float64 `yaml:"log_loss"`
	ECE      float64 `yaml:"calibration_error"`
	Coverage float64 `yaml:"coverage"`     // share of samples that are spoken on
	Error    float64 `yaml:"spoken_error"` // error among them

	PerClass []crop.PRF `yaml:"-"` // of a set fresh from samples; its file does not keep it
}

// Curve is one reference curve: a class may have several, of which the nearest
// counts.
type Curve struct {
	Class   string      `yaml:"class"`
	From    string      `yaml:"from"` // MM-DD of the first point
	Samples int         `yaml:"samples,omitempty"`
	Mean    [][]float64 `yaml:"mean,flow"`             // [point][layer]
	Spread  [][]float64 `yaml:"spread,flow,omitempty"` // standard deviation of samples around the mean
}

// Classes lists the classes, sorted.
func (p *Patterns) Classes() []string {
	var out []string
	for _, c := range p.Curves {
		out = append(out, c.Class)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Read reads a file of patterns and refuses what could not be compared: keys
// that it does not know, curves of other layers, numbers that are none.
func Read(r io.Reader) (*Patterns, error) {
	p := &Patterns{}
	if err := yaml.NewDecoder(r, yaml.DisallowUnknownField()).Decode(p); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("the file is empty")
		}
		return nil, fmt.Errorf("crop patterns: %w", err)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("crop patterns: %w", err)
	}
	return p, nil
}

// Write writes the file that [Read] reads.
func (p *Patterns) Write(w io.Writer) error {
	out, err := yaml.Marshal(p)
	if err != nil {
		return fmt.Errorf("crop patterns: %w", err)
	}
	if _, err := w.Write(out); err != nil {
		return fmt.Errorf("crop patterns: %w", err)
	}
	return nil
}

// most is how many points a curve may have: two years of days.
const most = 731

func (p *Patterns) check() error {
	switch {
	case p.Format != Format:
		return fmt.Errorf("format %d: this build reads format %d: build the patterns again with `parus crop patterns`", p.Format, Format)
	case len(p.Layers) == 0 || len(p.Scale) != len(p.Layers):
		return fmt.Errorf("%d layers and %d scales: want one scale a layer", len(p.Layers), len(p.Scale))
	case p.StepDays < 1 || p.StepDays > 92:
		return fmt.Errorf("step_days %d: want 1 to 92", p.StepDays)
	case !(p.Weight.Steepness > 0 && p.Weight.Steepness <= 10) || !(p.Weight.MidpointDays >= 1 && p.Weight.MidpointDays <= 366):
		return fmt.Errorf("weight %+v: want a steepness above 0 and a midpoint of 1 to 366 days", p.Weight)
	case !(p.Sharpness > 0 && p.Sharpness <= 1e4) || !(p.Doubt >= 0 && p.Doubt <= 1) || !(p.AbstainBelow >= 0 && p.AbstainBelow <= 1) || !(p.Farthest >= 0):
		return fmt.Errorf("sharpness %g, doubt %g, abstain_below %g, farthest %g: want a positive sharpness, shares of 0 to 1 and no negative distance", p.Sharpness, p.Doubt, p.AbstainBelow, p.Farthest)
	}
	for _, s := range p.Scale {
		if !(s > 0) || math.IsInf(s, 0) {
			return fmt.Errorf("scale %g: want a positive number", s)
		}
	}
	for _, c := range p.Curves {
		if err := c.check(len(p.Layers)); err != nil {
			return err
		}
	}
	if n := len(p.Classes()); n < 2 {
		return fmt.Errorf("curves of %d classes: at least two are needed to tell anything apart", n)
	}
	return nil
}

func (c Curve) check(layers int) error {
	if c.Class == "" {
		return errors.New("a curve without a class")
	}
	if _, err := time.Parse("01-02", c.From); err != nil {
		return fmt.Errorf("curve of %s: from %q: want MM-DD", c.Class, c.From)
	}
	if len(c.Mean) < 2 || len(c.Mean) > most {
		return fmt.Errorf("curve of %s: %d points: want 2 to %d", c.Class, len(c.Mean), most)
	}
	if len(c.Spread) != 0 && len(c.Spread) != len(c.Mean) {
		return fmt.Errorf("curve of %s: %d points but %d spreads", c.Class, len(c.Mean), len(c.Spread))
	}
	for _, rows := range [][][]float64{c.Mean, c.Spread} {
		for i, row := range rows {
			if len(row) != layers {
				return fmt.Errorf("curve of %s: point %d has %d values for %d layers", c.Class, i+1, len(row), layers)
			}
			for _, v := range row {
				if v-v != 0 {
					return fmt.Errorf("curve of %s: point %d is no number", c.Class, i+1)
				}
			}
		}
	}
	return nil
}

// track places the curve in time: at the occurrence of its first day whose span
// holds most of the days given, of equals the earliest. Days count from epoch.
func (c Curve) track(step int, days []float64) track {
	d, _ := time.Parse("01-02", c.From)
	span := float64((len(c.Mean) - 1) * step)
	first, count := 0.0, -1
	low, high := dateOf(days[0]).Year(), dateOf(days[len(days)-1]).Year()
	for y := low - 2; y <= high+1; y++ {
		at := dayOf(time.Date(y, d.Month(), d.Day(), 0, 0, 0, 0, time.UTC))
		n := 0
		for _, x := range days {
			if x >= at && x <= at+span {
				n++
			}
		}
		if n > count {
			first, count = at, n
		}
	}
	t := track{values: c.Mean, days: make([]float64, len(c.Mean))}
	for i := range t.days {
		t.days[i] = first + float64(i*step)
	}
	return t
}

// epoch is where days are counted from; any day would do.
func epoch() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

func dayOf(t time.Time) float64 { return math.Floor(t.Sub(epoch()).Hours() / 24) }

func dateOf(day float64) time.Time { return epoch().AddDate(0, 0, int(day)) }

// clip keeps the points from a to b; they share memory with t.
func (t track) clip(a, b float64) track {
	i, _ := slices.BinarySearch(t.days, a)
	j, found := slices.BinarySearch(t.days, b)
	if found {
		j++
	}
	if j < i {
		j = i
	}
	return track{t.days[i:j], t.values[i:j]}
}
