package crop

// FormatVersion is the version of the model file that this build reads and
// writes.
const FormatVersion = 3

// Card says what a model is, how it was made and how far it may be trusted. It
// stands, as JSON, at the head of the model file.
type Card struct {
	Format       int               `json:"format"`
	Classes      []string          `json:"classes"`
	Counts       []int             `json:"counts"` // training samples a class
	Samples      int               `json:"samples"`
	Groups       int               `json:"groups"`       // places, years or whatever was kept together
	FirstDate    string            `json:"first_date"`   // of the training series
	LastDate     string            `json:"last_date"`    //
	Schema       Schema            `json:"schema"`       // columns and axis
	Units        map[string]string `json:"units"`        // layer → how its training numbers were read
	TrainDigest  string            `json:"train_digest"` // SHA-256 of samples, labels and options
	Learners     []string          `json:"learners"`
	Blend        blend             `json:"blend"`
	Rounds       int               `json:"rounds"` // of boosting
	Copies       int               `json:"copies"` // of each sample, shifted and scaled, that were learned from
	CV           CrossValidation   `json:"cross_validation"`
	AbstainError float64           `json:"abstain_error"`    // stated error of what the model speaks on
	AbstainBelow float64           `json:"abstain_below"`    // it abstains under this probability
	Confidence   float64           `json:"confidence"`       // of the conformal sets
	SetAbove     []float64         `json:"set_above"`        // per class: from this probability it is in the set
	Stages       []int             `json:"stages,omitempty"` // days of season before the cut-off at which the model speaks too
	Notes        []string          `json:"notes,omitempty"`
}

// CrossValidation is what held-out samples tell. Blend, abstention and sets are
// settled without the fold that they are judged on.
type CrossValidation struct {
	Folds       int       `json:"folds"`
	Accuracy    float64   `json:"accuracy"`
	Kappa       float64   `json:"kappa"`
	MacroF1     float64   `json:"macro_f1"`
	LogLoss     float64   `json:"log_loss"`
	ECE         float64   `json:"ece"` // see [CalibrationError]
	Learners    []float64 `json:"learner_accuracy"`
	Coverage    float64   `json:"coverage"`     // share of samples that the model speaks on
	SpokenError float64   `json:"spoken_error"` // error among them
	SetSize     float64   `json:"set_size"`     // mean classes of a conformal set
	SetCoverage float64   `json:"set_coverage"` // share of the sets that hold the truth
	SetWorst    float64   `json:"set_worst"`    // the same of the class where it is least, among classes of 30 samples or more
	PerClass    []PRF     `json:"per_class"`
}

// PRF is the precision (user's accuracy), recall (producer's accuracy) and F1
// of one class.
type PRF struct {
	Class     string  `json:"class"`
	Truth     int     `json:"truth"`     // samples of the class
	Predicted int     `json:"predicted"` // samples given to it
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}
