package cloud

import (
	"fmt"
	"math"
	"slices"

	"parus/imagery/sensor"
)

// Dark is what dark pixels of a scene show: the DN of one short-wave band
// (blue or red) on pixels that the mask calls vegetation or water.
type Dark struct {
	Band   string
	Pixels int     // how many were looked at
	P05    float64 // their 5th percentile, DN
}

// MinDarkPixels is how many dark pixels a check needs; with fewer the declared
// offset stands, unverified.
const MinDarkPixels = 50

// Bounds of the check, in DN of 1e-4 reflectance. Green vegetation and water
// reflect under 10 % in blue and red (Jensen 2007, Remote Sensing of the
// Environment, ch. 11), so a 5th percentile above 1000 without an offset is
// not credible; with an offset of −1000 stored pixels of dark targets lie at
// 1000 and above, so a 5th percentile below 900 would mean that many reflect
// less than nothing (sen2cor leaves at most a few percent negative).
const (
	tooBright = 1000
	tooDark   = 900
)

// Verdict is the outcome of a check.
type Verdict struct {
	OffsetDN float64 // to add to every DN
	Verified bool    // pixels agree with OffsetDN
	Note     string  // what was found, "" where pixels confirm the declaration
}

// Claim is what is said of a scene's offset.
type Claim struct {
	DN       float64 // declared by item, file or rule: 0 or −1000 for Sentinel-2
	Baseline string  // "" where the catalogue is silent
	Applied  bool    // the catalogue says that pixels have the offset already
}

// CheckOffset compares a declared offset with dark pixels. Catalogues apply or
// flag the offset inconsistently; the pixels decide, and the note says so.
// Where pixels cannot tell, a declaration that agrees with the baseline, or of
// a product whose baseline is unknown, stands with a note; one that
// contradicts the baseline is an error, since either could be true.
func CheckOffset(s sensor.Sensor, c Claim, dark []Dark) (Verdict, error) {
	if len(s.Offsets) == 0 {
		return Verdict{OffsetDN: c.DN}, nil
	}
	rule := s.Offsets[len(s.Offsets)-1].DN // −1000
	low, n := math.Inf(1), 0
	for _, d := range dark {
		if d.Pixels >= MinDarkPixels {
			low, n = min(low, d.P05), n+d.Pixels
		}
	}
	switch {
	case n == 0:
		return unverified(s, c)
	case c.DN == 0 && low > tooBright:
		return Verdict{OffsetDN: rule, Verified: true, Note: fmt.Sprintf(
			"offset %+g applied although the catalogue gives none: dark pixels start at DN %.0f", rule, low)}, nil
	case c.DN < 0 && low < tooDark:
		return Verdict{OffsetDN: 0, Verified: true, Note: fmt.Sprintf(
			"offset %+g of the catalogue ignored: dark pixels start at DN %.0f, so it is applied already", c.DN, low)}, nil
	}
	return Verdict{OffsetDN: c.DN, Verified: true}, nil
}

// unverified judges a claim by itself.
func unverified(s sensor.Sensor, c Claim) (Verdict, error) {
	byRule, known := s.OffsetDN(c.Baseline)
	if known && byRule != c.DN && !(c.DN == 0 && c.Applied) {
		return Verdict{}, fmt.Errorf("offset unclear: baseline %s has %+g, the catalogue gives %+g, and fewer than %d dark pixels of vegetation or water are clear to tell: give the item the offset that its pixels have",
			c.Baseline, byRule, c.DN, MinDarkPixels)
	}
	return Verdict{OffsetDN: c.DN, Note: "radiometric offset not verified: too few dark pixels"}, nil
}

// Percentile returns the p-quantile (0 to 1) of values by the nearest rank,
// NaN for none. It sorts values.
func Percentile(values []int32, p float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	return float64(values[int(p*float64(len(values)-1))])
}
