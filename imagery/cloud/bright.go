package cloud

// Classes of a computed mask, and of one that a scene brings for a sensor
// whose mask is computed.
const (
	ClassClear  = 0
	ClassCloud  = 1
	ClassShadow = 2 // brought only: brightness does not tell shadow
)

// Bounds of the tests for clouds and haze on reflectances: the haze optimised
// transform (blue − 0.5 red − 0.08 > 0) and the whiteness (< 0.7) of Zhu and
// Woodcock 2012, Remote Sensing of Environment 118, 83–94, equations 2 and 3.
// Their first test needs short-wave infrared, which sensors without a mask
// lack, so bright roofs and plastic count as cloud too.
const (
	hazeSlope  = 0.5
	hazeOffset = 0.08
	whiteness  = 0.7
)

// Bright judges one pixel by its reflectances in the visible: ClassCloud where
// it is hazy or cloudy and about white, else ClassClear.
func Bright(blue, green, red float64) int32 {
	mean := (blue + green + red) / 3
	if mean <= 0 || blue-hazeSlope*red <= hazeOffset {
		return ClassClear
	}
	if (abs(blue-mean)+abs(green-mean)+abs(red-mean))/mean >= whiteness {
		return ClassClear
	}
	return ClassCloud
}

func abs(v float64) float64 { return max(v, -v) }
