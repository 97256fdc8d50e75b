package catalogue

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MuPerHectare is the number of mu (亩) in a hectare, by the State Council's
// order on units of measurement of 1984.
const MuPerHectare = 15.0

// Mark says how far a figure may be trusted.
type Mark string

// The marks of a figure.
const (
	Verified    Mark = "v" // checked against its source
	RuleOfThumb Mark = "r" // general knowledge, about ±30 %
)

// Figure is one number with its provenance, written "value mark source".
// The zero Figure means that nothing is known.
type Figure struct {
	Value  float64
	Mark   Mark
	Source string // key of the catalogue's sources, or a county's own words
}

// Known tells whether the figure was given.
func (f Figure) Known() bool { return f.Mark != "" }

// String writes the figure as the data file has it.
func (f Figure) String() string {
	return strconv.FormatFloat(f.Value, 'g', -1, 64) + " " + string(f.Mark) + " " + f.Source
}

// UnmarshalYAML reads "value mark source".
func (f *Figure) UnmarshalYAML(unmarshal func(any) error) error {
	var s string
	if err := unmarshal(&s); err != nil {
		return err
	}
	parsed, err := ParseFigure(s)
	*f = parsed
	return err
}

// ParseFigure reads "value mark source", e.g. "2.40 v yearbook2024".
func ParseFigure(s string) (Figure, error) {
	parts := strings.SplitN(strings.TrimSpace(s), " ", 3)
	if len(parts) != 3 || strings.TrimSpace(parts[2]) == "" {
		return Figure{}, fmt.Errorf("figure %q: want \"value mark source\", e.g. \"2.40 v yearbook2024\"", s)
	}
	v, err := strconv.ParseFloat(parts[0], 64)
	if err != nil || v != v || v < -1e9 || v > 1e9 {
		return Figure{}, fmt.Errorf("figure %q: %q is not a usable number", s, parts[0])
	}
	m := Mark(parts[1])
	if m != Verified && m != RuleOfThumb {
		return Figure{}, fmt.Errorf("figure %q: mark %q: want v (verified) or r (rule of thumb)", s, parts[1])
	}
	return Figure{v, m, strings.TrimSpace(parts[2])}, nil
}

// Name is a crop's name for people.
type Name struct {
	ZH string `yaml:"zh" json:"zh"`
	EN string `yaml:"en" json:"en"`
}

// DayRange is a span of the calendar, "MM-DD" at both ends, ends included; it
// may run over New Year.
type DayRange struct {
	From string `yaml:"from" json:"from"`
	To   string `yaml:"to" json:"to"`
}

// Stage is a part of the season in which a hazard hurts most.
type Stage struct {
	Stage  string `yaml:"stage" json:"stage"`
	ZH     string `yaml:"zh" json:"zh"`
	EN     string `yaml:"en" json:"en"`
	From   string `yaml:"from" json:"from"` // MM-DD
	To     string `yaml:"to" json:"to"`     // MM-DD
	Hazard string `yaml:"hazard" json:"hazard"`
}

// Crop holds every parameter of one crop. Money is in the catalogue's
// currency, area in mu, and marketed product at its usual moisture.
type Crop struct {
	Code          string
	Name          Name
	YieldKgPerMu  Figure // national mean
	PricePerKg    Figure // farm gate
	CashCostPerMu Figure // materials and services, hired labour, land rent
	RUE           Figure // g dry matter per MJ of intercepted PAR
	HarvestIndex  Figure // share of the biomass above ground (below for roots)
	TBaseC        Figure // °C, no growth below
	TOptC         Figure // °C, best growth
	Moisture      Figure // share of water in what is sold
	LogPriceSD    Figure // SD of the yearly change of log price
	CVCounty      Figure // detrended SD / mean of a county's yield between years
	CVFarm        Figure // the same for a farm
	Perishable    bool   // sold within days: fruit, vegetables, tubers
	EarnsNothing  bool   // fallow and no crop: no yield, price or cost
	Sowing        DayRange
	Harvest       DayRange
	Sensitive     []Stage
}

// YieldKgPerHa is the national mean yield in kg/ha.
func (c Crop) YieldKgPerHa() float64 { return c.YieldKgPerMu.Value * MuPerHectare }

// HarvestEnd is the last usual day of the harvest that falls into or next
// after the given season start.
func (c Crop) HarvestEnd(seasonStart time.Time) (time.Time, bool) {
	return nextDay(c.Harvest.To, seasonStart)
}

// HarvestBegin is the first usual day of that harvest which [Crop.HarvestEnd]
// ends.
func (c Crop) HarvestBegin(seasonStart time.Time) (time.Time, bool) {
	to, ok := c.HarvestEnd(seasonStart)
	if !ok {
		return time.Time{}, false
	}
	return nextDay(c.Harvest.From, to.AddDate(-1, 0, 1))
}

// Window is the usual growing period, first sowing to last harvest, whose
// harvest comes next after seasonStart. ok is false for crops without dates.
func (c Crop) Window(seasonStart time.Time) (from, to time.Time, ok bool) {
	to, ok = c.HarvestEnd(seasonStart)
	if !ok {
		return from, to, false
	}
	from, ok = nextDay(c.Sowing.From, to.AddDate(-1, 0, 0))
	return from, to, ok
}

// nextDay is the first occurrence of mm-dd on or after t.
func nextDay(mmdd string, t time.Time) (time.Time, bool) {
	d, err := time.Parse("01-02", mmdd)
	if err != nil {
		return time.Time{}, false
	}
	at := time.Date(t.Year(), d.Month(), d.Day(), 0, 0, 0, 0, time.UTC)
	if at.Before(t) {
		at = time.Date(t.Year()+1, d.Month(), d.Day(), 0, 0, 0, 0, time.UTC)
	}
	return at, true
}
