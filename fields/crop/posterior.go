package crop

// Posterior is what a model believes of one parcel and season.
type Posterior struct {
	ID        string
	Classes   []string  // the model's, shared between posteriors: do not change
	P         []float64 // calibrated probabilities, same order, adding up to 1
	Abstained bool      // the model declines to say; P and Best still tell its guess
	Reason    string    // why it abstained, "" otherwise
	Set       []string  // conformal set: holds the crop at the card's confidence; all classes where nothing can be promised
	Stage     int       // day of season of the stage that judged, the card's cut-off for a whole season; 0: none did
}

// Best returns the most probable class and its probability; the first of the
// classes where several are as probable, "" where there are none.
func (p Posterior) Best() (string, float64) {
	best := -1
	for i, v := range p.P {
		if best < 0 || v > p.P[best] {
			best = i
		}
	}
	if best < 0 {
		return "", 0
	}
	return p.Classes[best], p.P[best]
}
