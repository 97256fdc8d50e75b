package credit_test

import (
	"testing"

	"parus/credit"
)

func TestALineStandsAsItsDecisionSays(t *testing.T) {
	t.Parallel()
	c, p := workedCase(t), policy(t)
	d := decide(t, c, p)
	e, err := credit.NewEngine(p)
	if err != nil {
		t.Fatal(err)
	}
	same, err := e.Standing(c, d.LineFen)
	if err != nil || same.PD != d.PD || same.LossFen != d.ExpectedLoss || same.NewLineFen != d.LineFen || same.PDIncome != d.PDIncome {
		t.Errorf("%+v, %v; the decision has PD %g, loss %s, line %s", same, err, d.PD, d.ExpectedLoss, d.LineFen)
	}
	for i := range c.Market {
		c.Market[i].PricePerKg *= 0.8
	}
	worse, err := e.Standing(c, d.LineFen)
	if err != nil || worse.PD <= same.PD || worse.NewLineFen >= same.NewLineFen {
		t.Errorf("at four fifths of the price: %+v, %v", worse, err)
	}
	if _, err := e.Standing(c, -1); err == nil {
		t.Error("a negative line stands")
	}
}
