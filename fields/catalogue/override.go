package catalogue

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// spec is one crop as files write it; what is left out stays as it was.
type spec struct {
	Code          string    `yaml:"code"`
	Name          Name      `yaml:"name"`
	YieldKgPerMu  Figure    `yaml:"yield_kg_per_mu"`
	PricePerKg    Figure    `yaml:"price_per_kg"`
	CashCostPerMu Figure    `yaml:"cash_cost_per_mu"`
	RUE           Figure    `yaml:"rue_g_per_mj"`
	HarvestIndex  Figure    `yaml:"harvest_index"`
	TBaseC        Figure    `yaml:"t_base_c"`
	TOptC         Figure    `yaml:"t_opt_c"`
	Moisture      Figure    `yaml:"moisture"`
	LogPriceSD    Figure    `yaml:"log_price_sd"`
	CVCounty      Figure    `yaml:"cv_county"`
	CVFarm        Figure    `yaml:"cv_farm"`
	Perishable    *bool     `yaml:"perishable"`
	EarnsNothing  *bool     `yaml:"earns_nothing"`
	Sowing        *DayRange `yaml:"sowing"`
	Harvest       *DayRange `yaml:"harvest"`
	Sensitive     []Stage   `yaml:"sensitive"`
}

// override is a spec for a place and a year.
type override struct {
	County   string `yaml:"county"` // prefix of the county code; empty: everywhere
	Year     int    `yaml:"year"`   // harvest year; 0: every year
	Currency string `yaml:"currency"`

	// Hazards holds thresholds in place of a crop's figures.
	Hazards Thresholds `yaml:"hazards"`
	Crop    spec       `yaml:",inline"`
}

// Override reads a list of overrides (YAML) and returns the changed catalogue.
// Each entry names a crop by code and any of its figures, optionally with
// county (a code or its prefix) and year; those with either wait for
// [Catalogue.For], the others hold at once. A crop that is new must be
// complete. The receiver is unchanged.
//
//   - {code: winter_wheat, county: "3701", year: 2025, price_per_kg: 2.46 v county-bureau}
//   - {county: "3701", hazards: {frost_tmin_c: -1.5 v county-station}}
func (c Catalogue) Override(r io.Reader) (Catalogue, error) {
	var list []override
	if err := yaml.NewDecoder(r, yaml.DisallowUnknownField()).Decode(&list); err != nil && !errors.Is(err, io.EOF) {
		return Catalogue{}, fmt.Errorf("crop overrides: %w", err)
	}
	for i, o := range list {
		if len(o.Hazards) > 0 {
			hazards, err := c.Hazards.with(o.Hazards)
			switch {
			case err != nil:
				return Catalogue{}, fmt.Errorf("crop overrides: entry %d: %w", i+1, err)
			case o.Crop.Code != "":
				return Catalogue{}, fmt.Errorf("crop overrides: entry %d: hazards beside crop %s: give them an entry of their own, crop.key for one crop", i+1, o.Crop.Code)
			case o.County != "" || o.Year != 0:
				c.pending = append(c.pending[:len(c.pending):len(c.pending)], o)
			default:
				c.Hazards = hazards
			}
			continue
		}
		if o.Crop.Code == "" {
			return Catalogue{}, fmt.Errorf("crop overrides: entry %d: code is missing", i+1)
		}
		if o.Currency != "" && o.Currency != c.Currency {
			return Catalogue{}, fmt.Errorf("crop overrides: %s: currency %s: the catalogue is in %s", o.Crop.Code, o.Currency, c.Currency)
		}
		base, err := c.Crop(o.Crop.Code)
		if err != nil {
			base = Crop{Code: o.Crop.Code}
		}
		changed := o.Crop.applyTo(base)
		if err := changed.check(); err != nil {
			return Catalogue{}, fmt.Errorf("crop overrides: entry %d: %w", i+1, err)
		}
		if o.County != "" || o.Year != 0 {
			c.pending = append(c.pending[:len(c.pending):len(c.pending)], o)
			continue
		}
		c = c.with(changed)
	}
	return c, nil
}

// For applies the overrides that were given for a county and a harvest year,
// in the order of the file, so that later entries win.
func (c Catalogue) For(county string, year int) Catalogue {
	pending := c.pending
	c.pending = nil
	for _, o := range pending {
		if !strings.HasPrefix(county, o.County) || (o.Year != 0 && o.Year != year) {
			continue
		}
		if len(o.Hazards) > 0 {
			if hazards, err := c.Hazards.with(o.Hazards); err == nil { // checked when it was read
				c.Hazards = hazards
			}
			continue
		}
		base, err := c.Crop(o.Crop.Code)
		if err != nil {
			base = Crop{Code: o.Crop.Code}
		}
		c = c.with(o.Crop.applyTo(base))
	}
	return c
}

// OverridePrices reads farm-gate prices as CSV with the columns crop,
// price_per_kg and optionally log_sd, in the catalogue's currency. source is
// what the figures are then attributed to.
func (c Catalogue) OverridePrices(r io.Reader, source string) (Catalogue, error) {
	rows := csv.NewReader(r)
	rows.TrimLeadingSpace = true
	head, err := rows.Read()
	if err != nil {
		return Catalogue{}, fmt.Errorf("prices: header: %w", err)
	}
	at := map[string]int{}
	for i, h := range head {
		at[strings.ToLower(strings.TrimPrefix(strings.TrimSpace(h), "\ufeff"))] = i
	}
	cropAt, okCrop := at["crop"]
	priceAt, okPrice := at["price_per_kg"]
	sdAt, okSD := at["log_sd"]
	if !okCrop || !okPrice {
		return Catalogue{}, errors.New("prices: want the columns crop,price_per_kg[,log_sd]")
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err != nil {
			return Catalogue{}, fmt.Errorf("prices: %w", err)
		}
		crop, err := c.Crop(strings.TrimSpace(row[cropAt]))
		if err != nil {
			return Catalogue{}, fmt.Errorf("prices: %w", err)
		}
		if crop.PricePerKg, err = priceFigure(row[priceAt], source); err != nil {
			return Catalogue{}, fmt.Errorf("prices: %s: price_per_kg: %w", crop.Code, err)
		}
		if okSD && strings.TrimSpace(row[sdAt]) != "" {
			if crop.LogPriceSD, err = priceFigure(row[sdAt], source); err != nil {
				return Catalogue{}, fmt.Errorf("prices: %s: log_sd: %w", crop.Code, err)
			}
		}
		if err := crop.check(); err != nil {
			return Catalogue{}, fmt.Errorf("prices: %w", err)
		}
		c = c.with(crop)
	}
}

func priceFigure(s, source string) (Figure, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		return Figure{}, fmt.Errorf("%q is not a number", s)
	}
	return Figure{Value: v, Mark: Verified, Source: source}, nil
}

// applyTo is base with everything that s gives.
func (s spec) applyTo(base Crop) Crop {
	pairs := [...]struct{ to, from *Figure }{
		{&base.YieldKgPerMu, &s.YieldKgPerMu}, {&base.PricePerKg, &s.PricePerKg}, {&base.CashCostPerMu, &s.CashCostPerMu},
		{&base.RUE, &s.RUE}, {&base.HarvestIndex, &s.HarvestIndex}, {&base.TBaseC, &s.TBaseC}, {&base.TOptC, &s.TOptC},
		{&base.Moisture, &s.Moisture}, {&base.LogPriceSD, &s.LogPriceSD}, {&base.CVCounty, &s.CVCounty}, {&base.CVFarm, &s.CVFarm},
	}
	for _, p := range pairs {
		if p.from.Known() {
			*p.to = *p.from
		}
	}
	if s.Name.ZH != "" {
		base.Name.ZH = s.Name.ZH
	}
	if s.Name.EN != "" {
		base.Name.EN = s.Name.EN
	}
	if s.Perishable != nil {
		base.Perishable = *s.Perishable
	}
	if s.EarnsNothing != nil {
		base.EarnsNothing = *s.EarnsNothing
	}
	if s.Sowing != nil {
		base.Sowing = *s.Sowing
	}
	if s.Harvest != nil {
		base.Harvest = *s.Harvest
	}
	if s.Sensitive != nil {
		base.Sensitive = s.Sensitive
	}
	return base
}
