package imagery_test

import (
	"math"
	"testing"

	"github.com/paulmach/orb"

	"parus/imagery"
)

func TestStoredNumbersBecomeDN(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		decode imagery.Decode
		stored float64
		want   int32
		ok     bool
	}{
		{"reflectance", imagery.Decode{Form: imagery.Value, Scale: 1, Step: 1e-4}, .1234, 1234, true},
		{"percent", imagery.Decode{Form: imagery.Value, Scale: .01, Step: 1e-4}, 12.34, 1234, true},
		{"below zero", imagery.Decode{Form: imagery.Value, Scale: 1, Step: 1e-4}, -.02, -200, true},
		{"too much for 16 bits", imagery.Decode{Form: imagery.Value, Scale: 1, Step: 1e-4}, 9, imagery.MaxDN, true},
		{"no number", imagery.Decode{Form: imagery.Value, Scale: 1, Step: 1e-4}, math.NaN(), 0, false},
		{"infinite", imagery.Decode{Form: imagery.Value, Scale: 1, Step: 1e-4}, math.Inf(1), 0, false},
		{"−10 dB is 0.1", imagery.Decode{Form: imagery.Decibel, Scale: 1, Step: 1e-5}, -10, 10000, true},
		{"−200000 at 1e-4 dB is 0.01", imagery.Decode{Form: imagery.Decibel, Scale: 1e-4, Step: 1e-5}, -200000, 1000, true},
		{"0.3² is 0.09", imagery.Decode{Form: imagery.Amplitude, Scale: .001, Step: 1e-5}, 300, 9000, true},
		{"day 360 since day 353", imagery.Decode{Form: imagery.DayOfYear, Scale: 365, Offset: 353, Step: 1}, 360, 7, true},
		{"day 2 since day 353 of 365", imagery.Decode{Form: imagery.DayOfYear, Scale: 365, Offset: 353, Step: 1}, 2, 14, true},
		{"day 2 since day 353 of 366", imagery.Decode{Form: imagery.DayOfYear, Scale: 366, Offset: 353, Step: 1}, 2, 15, true},
	} {
		if dn, ok := c.decode.DN(c.stored); dn != c.want || ok != c.ok {
			t.Errorf("%s: %d %v, want %d %v", c.name, dn, ok, c.want, c.ok)
		}
	}
}

func TestFootprintsAcrossTheAntimeridianGetEveryLongitude(t *testing.T) {
	t.Parallel()
	ring := func(west, east float64) orb.Ring {
		return orb.Ring{{west, 51}, {east, 51}, {east, 52}, {west, 52}, {west, 51}}
	}
	whole := orb.Bound{Min: orb.Point{-180, 51}, Max: orb.Point{180, 52}}
	for _, c := range []struct {
		name string
		g    orb.Geometry
		want orb.Bound
	}{
		{"an ordinary one", orb.Polygon{ring(117, 118)}, orb.Bound{Min: orb.Point{117, 51}, Max: orb.Point{118, 52}}},
		{"a jump", orb.Polygon{ring(179, -179)}, whole},
		{"two parts", orb.MultiPolygon{{ring(179, 180)}, {ring(-180, -179)}}, whole},
		{"two parts of one side", orb.MultiPolygon{{ring(170, 171)}, {ring(172, 173)}}, orb.Bound{Min: orb.Point{170, 51}, Max: orb.Point{173, 52}}},
	} {
		if got := imagery.FootprintBound(c.g); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
