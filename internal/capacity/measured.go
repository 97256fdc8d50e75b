package capacity

import (
	"bytes"
	_ "embed"
)

// measured is the table of the generated county of 200,000 households on a full
// tile; docs/results.md has the command and the machine.
//
//go:embed measured.csv
var measured []byte

// Measured are the costs that come with this program, of a machine that was
// shared with others: their proportions travel farther than their seconds.
func Measured() (Costs, error) { return ReadTimings(bytes.NewReader(measured)) }
