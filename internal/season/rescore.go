package season

// RescoreOrder is an order to score a county's season again that a worker is
// about: it plans one that was asked for and starts one that was confirmed.
type RescoreOrder struct {
	ID             int64
	County, Season string
	Confirmed      bool   // else: asked for
	Actor, Reason  string // who confirmed it and why
	Token          string // of the claim
}
