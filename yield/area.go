package yield

import "math"

// edgeSDM is how far a side of a registered shape lies beside the field's true
// edge: 1 m, what outlines drawn on orthophotos of 0.5 to 1 m can hold (rule of
// thumb; displaced villages are found and reported apart).
const (
	edgeSDM    = 1.0
	mostAreaSD = 0.3
	mPerHa     = 10_000.0
)

// AreaSD is the relative error of a registered area. Of a square with sides of
// L m that each lie off by s independently the area (L+e₁+e₂)(L+e₃+e₄) has an
// SD of 2·L·s, relative 2·s/L.
func AreaSD(ha float64) float64 {
	if !(ha > 0) {
		return mostAreaSD
	}
	return math.Min(mostAreaSD, 2*edgeSDM/math.Sqrt(ha*mPerHa))
}
