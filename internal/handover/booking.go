package handover

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"parus/credit"
	"parus/credit/lending"
)

// Number names an application in the bank's systems.
type Number struct {
	County      string
	Application int64
}

// ParseNumber reads what [Event.Number] wrote.
func ParseNumber(s string) (Number, error) {
	county, id, ok := strings.Cut(s, "-")
	n, err := strconv.ParseInt(id, 10, 64)
	if !ok || err != nil || n < 1 || county == "" || strconv.FormatInt(n, 10) != id {
		return Number{}, fmt.Errorf("%.40q is no number of an application", s)
	}
	return Number{county, n}, nil
}

// Booking is what the bank says was paid out or paid back of a line.
type Booking struct {
	Number
	Act       lending.Act // draw or repay
	AmountFen credit.Fen  // principal
	On        credit.Date // the bank's day
	Reference string      // the bank's name of it: the same for the same booking
	Reversed  bool        // the bank has taken it back since
}

// ErrBooked says that a booking is in the book already.
var ErrBooked = errors.New("booked already")

// Book takes what the bank says into the log of applications.
type Book interface {
	// Move books once by reference: again it returns ErrBooked and changes
	// nothing. A booking that the application can't bear, or one reversed after
	// it was booked, is an error that names it, for a person to settle.
	Move(ctx context.Context, b Booking) error
}
