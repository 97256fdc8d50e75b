package publication

import (
	"encoding/json"
	"slices"
	"time"
)

// MonitoringKind is what was looked at.
type MonitoringKind string

// The kinds.
const (
	MonitoringPortfolio   MonitoringKind = "portfolio"
	MonitoringStability   MonitoringKind = "stability"
	MonitoringPerformance MonitoringKind = "performance"
	MonitoringFairness    MonitoringKind = "fairness"
)

// Monitoring is one look at a publication's scores after the fact: sums, and
// nothing of a single household.
type Monitoring struct {
	Kind   MonitoringKind  `json:"kind" enum:"portfolio,stability,performance,fairness"`
	At     time.Time       `json:"at"`
	Actor  string          `json:"actor"`
	Result json.RawMessage `json:"result" doc:"As the verb of the command line writes it; see docs/monitoring.md."`
}

// SeesPortfolio tells whether the role sees a county's lines added up: those
// who work on them, and who answers for them.
func (r Role) SeesPortfolio() bool {
	return slices.Contains([]Role{Officer, Risk, Approver, Auditor}, r)
}

// Monitors tells whether the role sees how scores hold and how groups fare.
func (r Role) Monitors() bool { return slices.Contains([]Role{Risk, Approver, Auditor}, r) }

// Basis is what a portfolio adds up.
type Basis string

// What may be added up: what was published as a line, or what applications hold
// of it, less what was paid back.
const (
	Published Basis = "published"
	Held      Basis = "held"
)
