package yield

import (
	"fmt"
	"math"
	"slices"
	"time"

	"parus/fields/catalogue"
)

// Kinds of hazards.
const (
	HazardDrought   = "drought"
	HazardFlood     = "flood"
	HazardFrost     = "frost"
	HazardHeat      = "heat"       // heat at heading, dry-hot wind at grain filling
	HazardGreenLoss = "green_loss" // sudden: hail, lodging, early cutting, abandonment
)

// Sighting is one clear look at a parcel.
type Sighting struct {
	Day   int     // of the season, 0 its first
	NDVI  float64 // NaN: a gap
	Water float64 // MNDWI, else McFeeters' NDWI; NaN: not measured
}

// Hazard is what befell a parcel, with the numbers that say so.
type Hazard struct {
	Kind     string  `json:"kind"`
	From     string  `json:"from"` // YYYY-MM-DD: the earliest day on which it can have begun
	To       string  `json:"to"`   // last day on which it was seen or on which weather brought it
	Strength float64 `json:"strength"`
	Loss     float64 `json:"loss"`    // share of the yield, 0..0.95, against what the parcel would have brought
	LossSD   float64 `json:"loss_sd"` // of that share
	// Green is the share of the season's light that the canopy has missed so far
	// because of it: what the light-use index has taken into account already.
	Green float64 `json:"green"`
	// Confirmed tells that clear pictures show it. Then Loss is in the yield's
	// distribution; else it is not, and only credit's hazard loss has it.
	Confirmed bool       `json:"confirmed"`
	Evidence  []Evidence `json:"evidence"`
	ZH        string     `json:"zh"` // all of it for people
	EN        string     `json:"en"`
}

// Evidence is one number that was measured against one threshold.
type Evidence struct {
	What      string  `json:"what"` // ndvi_fall, ndvi_fall_spread, vci, water, rain_mm, dry_days, tmin_c, tmax_c, humidity, wind_m_s
	Value     float64 `json:"value"`
	Threshold float64 `json:"threshold"`
	On        string  `json:"on,omitempty"` // YYYY-MM-DD
	Source    string  `json:"source"`       // of the threshold
}

// leastPeers is how many parcels of a crop make a band that one of them can
// fall out of.
const leastPeers = 20

// FindHazards looks for what befell the parcels of a season: per parcel, in the
// order of the input, its findings by date. Pictures are judged against the
// county's other parcels of the likeliest crop on the same date, so neither
// ripening nor what touches all alike (haze, a dry year) raises one; a crop of
// fewer than 20 parcels has no band and is judged by weather alone, with a
// note. What strikes more than half of a crop's parcels at once moves the band
// itself and is not told by pictures.
func FindHazards(in SeasonInput) ([][]Hazard, []string, error) {
	if err := in.check(); err != nil {
		return nil, nil, fmt.Errorf("hazards of season %s: %w", in.Season.Name, err)
	}
	out := make([][]Hazard, len(in.Parcels))
	var notes []string
	for _, g := range in.hazardGroups() {
		d := newDetector(in, g)
		notes = append(notes, d.notes...)
		for k, i := range g.parcels {
			out[i] = d.find(k)
		}
	}
	slices.Sort(notes)
	return out, slices.Compact(notes), nil
}

// hazardGroup is the parcels whose likeliest crop is one and the same, of one
// place of weather.
type hazardGroup struct {
	crop    catalogue.Crop
	parcels []int
}

// leastCropP is the chance from which a parcel is compared with a crop's.
const leastCropP = 0.5

func (in SeasonInput) hazardGroups() []hazardGroup {
	at := map[string]int{}
	var out []hazardGroup
	for i, p := range in.Parcels {
		best := -1
		for k, c := range p.Crops {
			if c.P >= leastCropP && (best < 0 || c.P > p.Crops[best].P) {
				best = k
			}
		}
		if best < 0 {
			continue
		}
		code := p.Crops[best].Code
		k, ok := at[code]
		if !ok {
			crop, err := in.Catalogue.Crop(code)
			if err != nil || crop.EarnsNothing {
				at[code] = -1
				continue
			}
			k = len(out)
			at[code], out = k, append(out, hazardGroup{crop: crop})
		}
		if k >= 0 {
			out[k].parcels = append(out[k].parcels, i)
		}
	}
	slices.SortFunc(out, func(a, b hazardGroup) int {
		if a.crop.Code < b.crop.Code {
			return -1
		}
		return 1
	})
	return out
}

// detector knows one crop's band, weather and thresholds.
type detector struct {
	in       SeasonInput
	crop     catalogue.Crop
	parcels  []int
	band     band
	from, to int         // days in which a hazard matters: from green-up to the first harvest
	green    int         // day from which the canopy stands, see stand
	ripe     int         // day from which the crop turns: falls mean nothing there by themselves
	events   [][]weather // per place of weather
	spread   []contrast
	contrast map[spell]contrast
	looks    [][]look  // per parcel of the group
	early    []float64 // per parcel: its place in the band while the crop rose
	notes    []string
}

// look is a sighting with its place in the band.
type look struct {
	day         int
	ndvi, water float64
	dev         float64 // NDVI less the county's median on that day
}

func newDetector(in SeasonInput, g hazardGroup) *detector {
	d := &detector{in: in, crop: g.crop, parcels: g.parcels, to: in.Season.Days() - 1}
	if from, _, ok := g.crop.Window(in.Season.Start); ok {
		d.from = max(0, in.dayOf(from))
		if harvest, err := time.Parse("01-02", g.crop.Harvest.From); err == nil {
			end, _ := g.crop.HarvestEnd(in.Season.Start)
			first := time.Date(end.Year(), harvest.Month(), harvest.Day(), 0, 0, 0, 0, time.UTC)
			if first.After(end) {
				first = first.AddDate(-1, 0, 0)
			}
			d.to = min(d.to, in.dayOf(first))
		}
	}
	for _, w := range in.places() {
		d.events = append(d.events, d.weatherOf(w))
	}
	if len(in.Weather.Days) == 0 && len(in.Local) == 0 {
		d.notes = append(d.notes, "hazards: no weather: frost, heat and drought are not told from other losses of green")
	}
	if len(g.parcels) < leastPeers {
		d.notes = append(d.notes, fmt.Sprintf("hazards: %d parcels of %s make no band: judged by weather alone", len(g.parcels), g.crop.Code))
		return d
	}
	d.band = newBand(in, g.parcels)
	d.green, d.ripe = d.stand()
	d.looks = make([][]look, len(g.parcels))
	for k, i := range g.parcels {
		d.looks[k] = d.band.place(in.Parcels[i].Sightings)
	}
	d.early = d.earliness()
	d.spread = d.spreads()
	d.contrasts()
	return d
}

func (in SeasonInput) dayOf(t time.Time) int {
	return int(math.Round(t.Sub(in.Season.Start).Hours() / 24))
}

func (in SeasonInput) date(day int) string {
	return in.Season.Start.AddDate(0, 0, day).Format(time.DateOnly)
}

// places are the weather of every place that parcels may name.
func (in SeasonInput) places() []Weather {
	if len(in.Local) > 0 {
		return in.Local
	}
	return []Weather{in.Weather}
}

func (in SeasonInput) placeOf(p ParcelInput) int {
	if p.Place < len(in.Local) {
		return p.Place
	}
	return 0
}

// find is the k-th parcel's findings by date: what weather explains first, then
// what is left of sudden losses, then weather that no picture tells of yet.
func (d *detector) find(k int) []Hazard {
	p := d.in.Parcels[d.parcels[k]]
	place := d.in.placeOf(p)
	var out []Hazard
	if d.looks != nil {
		losses := d.losses(k)
		for _, e := range d.events[place] {
			if h, ok := d.byWeather(k, e); ok && !overlaps(out, h) {
				out = append(out, h)
			}
		}
		for _, l := range losses {
			if h := d.byPictures(k, l); !overlaps(out, h) {
				out = append(out, h)
			}
		}
	}
	for _, e := range d.events[place] {
		if h, ok := d.unseen(k, e); ok && !overlaps(out, h) {
			out = append(out, h)
		}
	}
	slices.SortStableFunc(out, func(a, b Hazard) int {
		if a.From < b.From {
			return -1
		}
		if a.From > b.From {
			return 1
		}
		return 0
	})
	for i := range out {
		out[i].describe()
	}
	return out
}

// overlaps tells whether a finding falls into the days of another.
func overlaps(all []Hazard, h Hazard) bool {
	return slices.ContainsFunc(all, func(o Hazard) bool { return h.From <= o.To && o.From <= h.To })
}

func (d *detector) limit(key string) float64 { return d.in.Catalogue.Hazards.Of(d.crop.Code, key) }

func (d *detector) evidence(what string, value float64, key string, day int) Evidence {
	return Evidence{What: what, Value: round4(value), Threshold: d.limit(key), On: d.in.date(day), Source: d.in.Catalogue.Hazards.SourceOf(d.crop.Code, key)}
}

func round4(v float64) float64 { return math.Round(v*1e4) / 1e4 }
