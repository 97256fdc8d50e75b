package web_test

import "math"

// mercator returns a position as shares of the web's square world, x to the
// east and y to the south.
func mercator(lonLat [2]float64) (x, y float64) {
	lat := lonLat[1] * math.Pi / 180
	return lonLat[0]/360 + 0.5, 0.5 - math.Log(math.Tan(math.Pi/4+lat/2))/(2*math.Pi)
}
