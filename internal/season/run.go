package season

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"parus/fields"
	"parus/imagery"
)

// Spec is everything that decides a run's result: with the registry release and
// the inputs it names, it can be replayed.
type Spec struct {
	County         fields.County     `json:"county"`
	Season         fields.Season     `json:"season"`
	RegistryDigest string            `json:"registry_digest"`
	Lattice        imagery.Lattice   `json:"lattice"`
	Scenes         []imagery.Scene   `json:"scenes"` // by date, then id
	Inputs         map[string]string `json:"inputs"` // kind → digest of a row of table input
	Code           string            `json:"code"`   // versions of the stages, see workers.CodeVersion
}

// The kinds of input that a run may name.
const (
	InputCropModel    = "crop_model"
	InputStatistics   = "statistics"
	InputPrices       = "prices"
	InputWeather      = "weather"
	InputCatalogue    = "catalogue"
	InputPolicy       = "policy"
	InputChallenger   = "challenger"    // a policy that decides in the shadow
	InputTenancy      = "tenancy"       // a digest of signs, see postgis.SaveTenancyEvidence; no row of table input
	InputDeclared     = "declarations"  // a digest of declared crops, see postgis.SaveDeclarations; no row of table input
	InputCropPatterns = "crop_patterns" // for seasons without a crop model
)

// Digest identifies the specification: SHA-256 of its JSON without the paths
// under which its scenes happen to be kept.
func (s Spec) Digest() string {
	bare := s
	bare.Scenes = make([]imagery.Scene, len(s.Scenes))
	for i, sc := range s.Scenes {
		bare.Scenes[i] = imagery.Scene{ID: sc.ID, InputDigest: sc.InputDigest}
	}
	b, err := json.Marshal(bare)
	if err != nil {
		panic("season spec does not marshal: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Run is one season of one county, asked for with one specification.
type Run struct {
	ID       int64
	County   string
	Season   string
	Registry int64 // registry release
	Spec     Spec
	State    string // see the constants below
	Reason   string
}

// The states of a run; internal/ledger draws the moves.
const (
	RunRunning   = "running"
	RunPaused    = "paused" // its units in hand are finished, no other is taken up
	RunDone      = "done"
	RunFailed    = "failed"
	RunCancelled = "cancelled"
)

// RunState is where a run stands.
type RunState struct {
	State, Reason string
	By            string // who paused or cancelled it, else ""
}

// RunEvent is one line of what people did to a run.
type RunEvent struct {
	Seq    int
	At     time.Time
	Actor  string
	Act    string // pause, resume, cancel, retry
	State  string // of the run after it
	Reason string
}

// RunRow is a run in a list of runs.
type RunRow struct {
	ID            int64
	County        string
	Season        string
	State, Reason string
	CreatedAt     time.Time
	FinishedAt    *time.Time
	Units, Ended  int   // planned so far; of them at their end
	Failed        int   // of those at their end
	Publication   int64 // 0: none yet
}
