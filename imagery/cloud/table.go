package cloud

import "parus/imagery/sensor"

// Table tells for each class of a mask of classes whether it is invalid and
// whether it spoils its surroundings, for callers that judge many pixels of a
// byte. A mask of bits has no such table: both are false everywhere.
func Table(m sensor.Mask) (invalid, spread [256]bool) {
	r := newRule(m)
	return r.invalid, r.spread
}
