package handover

import (
	"time"

	"parus/credit/lending"
)

// TargetState tells where a target stands: deliveries by state, when it last
// took one, and how many events nobody has looked at for it yet.
type TargetState struct {
	Name                                 string
	Kind                                 Kind
	County                               string
	Acts                                 []lending.Act
	Paused                               bool
	Pending, Failed, Dead, Sent, Dropped int
	LastSent                             *time.Time
	Behind                               int64
}

// DeliveryState is what became of one event for one target.
type DeliveryState struct {
	Target, County string
	Seq            int64
	Application    int64
	State          string // pending, failed, dead, sent or dropped
	Attempts       int
	NextAt         *time.Time
	LastError      string
	Remote         string
	SentAt         *time.Time
}
