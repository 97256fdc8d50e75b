package yield

import (
	"math"
	"time"
)

// ExtraterrestrialMJ is the radiation on a horizontal plane above the
// atmosphere in MJ m-2 d-1 (FAO Irrigation and Drainage Paper 56, equations
// 21 to 25), for latitudes in degrees, north positive.
func ExtraterrestrialMJ(latitudeDeg float64, day time.Time) float64 {
	const solarConstant = 0.0820 // MJ m-2 min-1
	phi := latitudeDeg * math.Pi / 180
	j := 2 * math.Pi * float64(day.YearDay()) / 365
	distance := 1 + 0.033*math.Cos(j)
	declination := 0.409 * math.Sin(j-1.39)
	x := math.Max(-1, math.Min(1, -math.Tan(phi)*math.Tan(declination))) // polar day and night
	sunset := math.Acos(x)
	return 24 * 60 / math.Pi * solarConstant * distance *
		(sunset*math.Sin(phi)*math.Sin(declination) + math.Cos(phi)*math.Cos(declination)*math.Sin(sunset))
}

// cloudyShare is the share of the extraterrestrial radiation that reaches the
// ground on an average day: Ångström's as + bs·n/N = 0.25 + 0.50·0.5 with the
// sun out for half of the day (FAO-56, equation 35).
const cloudyShare = 0.50

// referenceET0 is the grass reference evapotranspiration in mm d-1 by
// Hargreaves (FAO-56, equation 52), with radiation in MJ turned into mm by
// 0.408 (equation 20).
func referenceET0(d WeatherDay, extraterrestrialMJ float64) float64 {
	spread := math.Max(0, d.TMaxC-d.TMinC)
	et0 := 0.0023 * (d.TMeanC + 17.8) * math.Sqrt(spread) * 0.408 * extraterrestrialMJ
	return math.Max(0, et0)
}
