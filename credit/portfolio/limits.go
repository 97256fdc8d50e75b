package portfolio

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"parus/credit"
)

// Limits are the bounds of concentration: shares of the whole portfolio, and
// amounts in whole yuan. 0 is no limit.
type Limits struct {
	CountyShare     float64 `yaml:"county_share" json:"county_share"`           // of the portfolio
	CropShare       float64 `yaml:"crop_share" json:"crop_share"`               // of the portfolio
	CountyCropShare float64 `yaml:"county_crop_share" json:"county_crop_share"` // one crop in one county
	VillageCap      int64   `yaml:"village_cap" json:"village_cap"`             // yuan
	HouseholdCap    int64   `yaml:"household_cap" json:"household_cap"`         // yuan
}

// DefaultLimits are the design's: county 15 %, crop 25 %, crop × county 5 %, a
// household 200,000 yuan as in the default policy. A village has no limit of
// its own there; 5,000,000 yuan, 25 households at their cap, is a value to
// start from.
func DefaultLimits() Limits {
	return Limits{CountyShare: 0.15, CropShare: 0.25, CountyCropShare: 0.05, VillageCap: 5_000_000, HouseholdCap: 200_000}
}

// ReadLimits reads limits as YAML over the default. Unknown keys and values out
// of range are errors.
func ReadLimits(r io.Reader) (Limits, error) {
	l := DefaultLimits()
	if err := yaml.NewDecoder(r, yaml.Strict()).Decode(&l); err != nil && !errors.Is(err, io.EOF) {
		return Limits{}, fmt.Errorf("limits: %w", err)
	}
	return l, l.Validate()
}

// Validate refuses shares outside 0 to 1 and negative amounts.
func (l Limits) Validate() error {
	for _, s := range []struct {
		key   string
		value float64
	}{{"county_share", l.CountyShare}, {"crop_share", l.CropShare}, {"county_crop_share", l.CountyCropShare}} {
		if !(s.value >= 0 && s.value <= 1) {
			return fmt.Errorf("limits: %s is %g: want 0 to 1", s.key, s.value)
		}
	}
	if l.VillageCap < 0 || l.HouseholdCap < 0 {
		return errors.New("limits: village_cap and household_cap are amounts in yuan: want 0 or more")
	}
	return nil
}

// Usage is how far one limit is used.
type Usage struct {
	Kind      string     `json:"kind"` // county, crop, county_crop, village, household
	County    string     `json:"county,omitempty"`
	Crop      string     `json:"crop,omitempty"`
	Item      string     `json:"item,omitempty"` // code of the village or household
	AmountFen credit.Fen `json:"amount_fen"`
	LimitFen  credit.Fen `json:"limit_fen"` // 0: none
	Share     float64    `json:"share"`     // of the whole that shares are taken of
	Over      bool       `json:"over"`

	// Judged is false for shares where the exposures are of one county alone and
	// nobody said how large the bank's whole portfolio is: then it is no finding
	// that one county has all of it.
	Judged bool `json:"judged"`
}

// usage judges one amount.
func (b *Book) usage(kind string, fen credit.Fen) Usage {
	whole := b.whole()
	u := Usage{Kind: kind, AmountFen: fen, Judged: true}
	if whole > 0 {
		u.Share = float64(fen) / float64(whole)
	}
	share := func(s float64) {
		u.LimitFen = credit.Fen(s * float64(whole))
		u.Judged = b.settings.TotalFen > 0 || len(b.counties) > 1
		u.Over = u.Judged && s > 0 && fen > u.LimitFen
	}
	amount := func(yuan int64) {
		u.LimitFen = credit.Fen(yuan) * credit.FenPerYuan
		u.Over = yuan > 0 && fen > u.LimitFen
	}
	switch l := b.settings.Limits; kind {
	case "county":
		share(l.CountyShare)
	case "crop":
		share(l.CropShare)
	case "county_crop":
		share(l.CountyCropShare)
	case "village":
		amount(l.VillageCap)
	case "household":
		amount(l.HouseholdCap)
	}
	return u
}

// whole is what shares are taken of.
func (b *Book) whole() credit.Fen { return max(b.total, b.settings.TotalFen) }

// byAmount puts the largest first, then by name.
func byAmount(list []Usage) {
	slices.SortFunc(list, func(x, y Usage) int {
		return cmp.Or(cmp.Compare(y.AmountFen, x.AmountFen), strings.Compare(x.County, y.County), strings.Compare(x.Crop, y.Crop), strings.Compare(x.Item, y.Item))
	})
}
