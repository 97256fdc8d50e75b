package fields_test

import (
	"math"
	"testing"

	"parus/fields"
)

func TestADeclarationIsHeldAgainstWhatIsSeen(t *testing.T) {
	t.Parallel()
	classes := []string{"maize", "rice_single", "soybean"}
	for _, c := range []struct {
		name      string
		declared  []string
		classes   []string
		posterior []float32
		abstained bool
		want      fields.Verdict
		p         float64
	}{
		{"nothing is declared", nil, classes, []float32{.5, .25, .25}, false, "", math.NaN()},
		{"nothing was seen", []string{"maize"}, nil, nil, true, fields.Unclear, math.NaN()},
		{"the likeliest crop is the declared one", []string{"maize"}, classes, []float32{.75, .125, .125}, false, fields.Agrees, .75},
		{"it is, though the model would not commit itself", []string{"maize"}, classes, []float32{.5, .25, .25}, true, fields.Agrees, .5},
		{"another crop, surely", []string{"maize"}, classes, []float32{0, .125, .875}, false, fields.Doubtful, 0},
		{"another crop, perhaps", []string{"maize"}, classes, []float32{.375, .125, .5}, true, fields.Unclear, .375},
		{"a crop that the model does not know", []string{"tea"}, classes, []float32{.875, .125, 0}, false, fields.Unclear, 0},
		{"two crops, one of which is seen", []string{"maize", "soybean"}, classes, []float32{.125, .125, .75}, false, fields.Agrees, .875},
	} {
		d := fields.JudgeDeclaration(c.declared, c.classes, c.posterior, c.abstained)
		if d.Verdict != c.want || d.P != c.p && !(math.IsNaN(d.P) && math.IsNaN(c.p)) {
			t.Errorf("%s: %+v, want %s and %v", c.name, d, c.want, c.p)
		}
	}
}
