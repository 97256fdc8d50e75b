package catalogue

import (
	"fmt"
	"time"
)

// namedFigure is a figure with its key and the range it must lie in.
type namedFigure struct {
	key      string
	figure   Figure
	low, top float64 // both allowed
}

// figures lists what a crop that earns something must have. The ranges are
// wide: they catch wrong units (kg/ha for kg/mu, percent for shares), not
// unusual places.
func (c Crop) figures() []namedFigure {
	return []namedFigure{
		{"yield_kg_per_mu", c.YieldKgPerMu, 1, 20000},
		{"price_per_kg", c.PricePerKg, 0.01, 10000},
		{"cash_cost_per_mu", c.CashCostPerMu, 0, 100000},
		{"rue_g_per_mj", c.RUE, 0.2, 6},
		{"harvest_index", c.HarvestIndex, 0.01, 1},
		{"t_base_c", c.TBaseC, -5, 20},
		{"t_opt_c", c.TOptC, 10, 40},
		{"moisture", c.Moisture, 0, 0.97},
		{"log_price_sd", c.LogPriceSD, 0, 1},
		{"cv_county", c.CVCounty, 0, 1},
		{"cv_farm", c.CVFarm, 0, 1.5},
	}
}

// check refuses an incomplete or absurd crop by its key.
func (c Crop) check() error {
	if c.Code == "" {
		return fmt.Errorf("a crop without a code")
	}
	if c.Name.ZH == "" || c.Name.EN == "" {
		return fmt.Errorf("crop %s: name: want both zh and en", c.Code)
	}
	if c.EarnsNothing {
		return nil
	}
	for _, f := range c.figures() {
		if !f.figure.Known() {
			return fmt.Errorf("crop %s: %s is missing", c.Code, f.key)
		}
		if v := f.figure.Value; !(v >= f.low && v <= f.top) {
			return fmt.Errorf("crop %s: %s is %g: want %g to %g", c.Code, f.key, v, f.low, f.top)
		}
	}
	if c.TOptC.Value <= c.TBaseC.Value {
		return fmt.Errorf("crop %s: t_opt_c %g is not above t_base_c %g", c.Code, c.TOptC.Value, c.TBaseC.Value)
	}
	for _, d := range []struct{ key, day string }{
		{"sowing.from", c.Sowing.From}, {"sowing.to", c.Sowing.To}, {"harvest.from", c.Harvest.From}, {"harvest.to", c.Harvest.To},
	} {
		if _, err := time.Parse("01-02", d.day); err != nil {
			return fmt.Errorf("crop %s: %s %q: want MM-DD", c.Code, d.key, d.day)
		}
	}
	return nil
}
