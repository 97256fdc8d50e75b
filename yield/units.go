package yield

import (
	"fmt"
	"slices"
)

// temperatureUnit recognises °C, Kelvin and tenths of °C by their range: on
// land days lie between −60 and 60 °C, that is 213 to 333 K, or −600 to 600
// tenths with cold days that no Kelvin could show.
func temperatureUnit(v []float64) (scale, offset float64, word string, err error) {
	low, top := slices.Min(v), slices.Max(v)
	switch {
	case low >= -70 && top <= 65:
		return 1, 0, "", nil
	case low >= 200 && top <= 340:
		return 1, -273.15, "Kelvin turned into °C", nil
	case low >= -700 && low < 200 && top <= 650:
		return 0.1, 0, "tenths of °C turned into °C", nil
	case low >= 2000 && top <= 3400:
		return 0.1, -273.15, "tenths of Kelvin turned into °C", nil
	}
	return 0, 0, "", fmt.Errorf("values from %g to %g fit neither °C nor Kelvin nor tenths: check the unit", low, top)
}

// radiationUnit recognises MJ, J and W per m² by the largest day: outside the
// atmosphere no day brings more than 48 MJ, that is 555 W on average.
func radiationUnit(v []float64) (scale, offset float64, word string, err error) {
	low, top := slices.Min(v), slices.Max(v)
	switch {
	case low < 0:
		return 0, 0, "", fmt.Errorf("radiation of %g is negative", low)
	case top <= 48:
		return 1, 0, "", nil
	case top <= 560:
		return 0.0864, 0, "mean W m-2 turned into MJ m-2 d-1", nil // 86,400 s
	case top >= 1e5 && top <= 4.8e7:
		return 1e-6, 0, "J m-2 turned into MJ m-2 d-1", nil
	case top > 560 && top <= 48_000:
		return 1e-3, 0, "kJ m-2 turned into MJ m-2 d-1", nil
	}
	return 0, 0, "", fmt.Errorf("values up to %g fit neither MJ nor J nor W per m²: check the unit", top)
}

// precipitationUnit takes mm a day, or metres where no day reaches 1 and the
// sum of the file would be a desert's.
func precipitationUnit(v []float64) (scale, offset float64, word string, err error) {
	low, top := slices.Min(v), slices.Max(v)
	switch {
	case low < -0.01:
		return 0, 0, "", fmt.Errorf("precipitation of %g is negative", low)
	case top > 2000:
		return 0, 0, "", fmt.Errorf("precipitation of %g in a day: want mm", top)
	case len(v) >= 90 && top > 0 && top < 0.5:
		return 1000, 0, "metres turned into mm", nil
	}
	return 1, 0, "", nil
}

func plainUnit([]float64) (scale, offset float64, word string, err error) { return 1, 0, "", nil }
