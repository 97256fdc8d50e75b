package fields

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"

	"github.com/goccy/go-yaml"
)

// County is the description that a run starts from (county.yaml). Paths are
// relative to the file's folder. Only Code is required.
type County struct {
	Code       string            `yaml:"code"`         // administrative code, "370199"
	Name       string            `yaml:"name"`         // shown to people
	CRS        string            `yaml:"crs"`          // grid CRS; default: the scenes'
	PixelSizeM float64           `yaml:"pixel_size_m"` // default 10
	BlockPx    int               `yaml:"block_px"`     // default 2048
	Currency   string            `yaml:"currency"`     // ISO 4217, default CNY
	Seasons    []SeasonSpec      `yaml:"seasons"`
	CropModel  string            `yaml:"crop_model"`   // file from `parus crop fit`
	Crops      []string          `yaml:"crops"`        // catalogue codes grown here; default: what the model knows
	Classes    map[string]string `yaml:"classes"`      // model class → catalogue code
	Statistics string            `yaml:"statistics"`   // CSV crop,year,yield_kg_ha
	Prices     string            `yaml:"prices"`       // CSV crop,price_per_kg[,log_sd]
	Catalogue  string            `yaml:"catalogue"`    // overrides of the crop catalogue
	Policy     string            `yaml:"policy"`       // overrides of the credit policy
	Weather    string            `yaml:"weather"`      // daily CSV
	Declared   string            `yaml:"declarations"` // planting declarations, CSV or XLSX, with a confirmed mapping beside
	Subsidies  string            `yaml:"subsidies"`    // subsidy payments, CSV or XLSX, with a confirmed mapping beside
	Households string            `yaml:"households"`   // CSV household_id,subsidy_cny,off_farm_cny,debt_due_cny,existing_balance_cny

	// CropPatterns is a file of reference curves from `parus crop patterns`, for
	// seasons without a crop model; default: the calendars of the catalogue.
	CropPatterns string `yaml:"crop_patterns"`
}

// SeasonSpec is a season as county.yaml writes it; dates are YYYY-MM-DD.
type SeasonSpec struct {
	Name      string `yaml:"name"`
	Start     string `yaml:"start"`
	End       string `yaml:"end"`
	CropModel string `yaml:"crop_model"` // default: the county's; a model knows the crops of its season
	// FinanceShare is the part of a household's yearly subsidy, income and debt
	// that falls to this season; default: an equal part for each season listed.
	FinanceShare float64 `yaml:"finance_share"`
}

// CropModelOf returns the path of a season's crop model: its own, else the
// county's, "" where neither names one.
func (c County) CropModelOf(season string) string {
	for _, s := range c.Seasons {
		if s.Name == season && s.CropModel != "" {
			return s.CropModel
		}
	}
	return c.CropModel
}

// FinanceShareOf is the part of a household's yearly money that falls to a
// season: what county.yaml says, else an equal part for each season listed, and
// all of it for a season that is not.
func (c County) FinanceShareOf(season string) float64 {
	for _, s := range c.Seasons {
		if s.Name == season && s.FinanceShare > 0 {
			return s.FinanceShare
		}
		if s.Name == season {
			return 1 / float64(len(c.Seasons))
		}
	}
	return 1
}

// Season is a growing season: the dates between which scenes count.
type Season struct {
	Name       string
	Start, End time.Time // UTC midnights, End inclusive
}

// Days returns the season's length in days, both ends included.
func (s Season) Days() int { return int(s.End.Sub(s.Start).Hours()/24) + 1 }

// Contains tells whether t falls into the season.
func (s Season) Contains(t time.Time) bool {
	return !t.Before(s.Start) && t.Before(s.End.AddDate(0, 0, 1))
}

// ErrNoSeason is wrapped by [County.Season] where neither county.yaml nor the
// name itself tells the dates.
var ErrNoSeason = errors.New("season unknown")

var yearName = regexp.MustCompile(`^(?:19|20)\d\d$`)

// Season finds a season by name. A bare year that county.yaml does not list
// stands for the crop year that ends in it: 1 September of the year before to
// 30 November.
func (c County) Season(name string) (Season, error) {
	for _, s := range c.Seasons {
		if s.Name == name {
			return s.parse()
		}
	}
	if yearName.MatchString(name) {
		y, _ := strconv.Atoi(name)
		return Season{name, date(y-1, time.September, 1), date(y, time.November, 30)}, nil
	}
	return Season{}, fmt.Errorf("season %q: %w: list it under seasons in county.yaml with start and end, or name a year", name, ErrNoSeason)
}

func (s SeasonSpec) parse() (Season, error) {
	start, err := time.Parse(time.DateOnly, s.Start)
	if err != nil {
		return Season{}, fmt.Errorf("season %q: start: %w", s.Name, err)
	}
	end, err := time.Parse(time.DateOnly, s.End)
	if err != nil {
		return Season{}, fmt.Errorf("season %q: end: %w", s.Name, err)
	}
	if !start.Before(end) {
		return Season{}, fmt.Errorf("season %q: start %s is not before end %s", s.Name, s.Start, s.End)
	}
	if s.FinanceShare < 0 || s.FinanceShare > 1 {
		return Season{}, fmt.Errorf("season %q: finance_share %g: want 0 to 1", s.Name, s.FinanceShare)
	}
	return Season{s.Name, start, end}, nil
}

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// ReadCounty parses county.yaml, refuses keys it does not know and fills in
// the defaults.
func ReadCounty(r io.Reader) (County, error) {
	var c County
	if err := yaml.NewDecoder(r, yaml.DisallowUnknownField()).Decode(&c); err != nil {
		return County{}, fmt.Errorf("county.yaml: %w", err)
	}
	if c.Code == "" {
		return County{}, errors.New("county.yaml: code is missing: give the county's administrative code")
	}
	if c.Name == "" {
		c.Name = c.Code
	}
	if c.PixelSizeM == 0 {
		c.PixelSizeM = 10
	}
	if c.BlockPx == 0 {
		c.BlockPx = 2048
	}
	if c.Currency == "" {
		c.Currency = "CNY"
	}
	if c.PixelSizeM < 0 || c.BlockPx < 16 || c.BlockPx > 16384 {
		return County{}, fmt.Errorf("county.yaml: pixel_size_m %g and block_px %d: want a positive size and 16 to 16384 pixels", c.PixelSizeM, c.BlockPx)
	}
	return c, nil
}
