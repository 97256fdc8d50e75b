package fineract

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
)

type enum struct {
	ID int `json:"id"`
}

// loanProduct is what is read of a product.
type loanProduct struct {
	Name     string `json:"name"`
	Currency struct {
		Code     string `json:"code"`
		Decimals int    `json:"decimalPlaces"`
	} `json:"currency"`
	Variable     bool `json:"allowVariableInstallments"`
	RatePeriod   enum `json:"interestRateFrequencyType"`
	InterestType enum `json:"interestType"`
	Calculation  enum `json:"interestCalculationPeriodType"`
	Amortization enum `json:"amortizationType"`
	DaysInYear   enum `json:"daysInYearType"`
	DaysInMonth  enum `json:"daysInMonthType"`
}

// Test looks whether Fineract answers and whether its products can bear our
// schedules. It changes nothing; what is wrong is told by product.
func (c *Carrier) Test(ctx context.Context) (problems []string, err error) {
	for _, want := range c.config.Products {
		var p loanProduct
		if _, err := c.api.ask(ctx, http.MethodGet, "loanproducts/"+strconv.FormatInt(want.ID, 10), nil, nil, &p); err != nil {
			return problems, fmt.Errorf("product %d: %w", want.ID, err)
		}
		say := func(bad bool, format string, args ...any) {
			if bad {
				problems = append(problems, fmt.Sprintf("product %d: ", want.ID)+fmt.Sprintf(format, args...))
			}
		}
		say(p.Currency.Code != want.Currency, "its currency is %.3q, not %s", p.Currency.Code, want.Currency)
		say(p.Currency.Decimals != 2, "its currency has %d decimals, not 2", p.Currency.Decimals)
		say(!p.Variable, "allow variable installments: harvests are not evenly spaced")
		say(p.RatePeriod.ID != 3, "its rate is not a yearly one")
		say(p.InterestType.ID != 0, "its interest is not on the declining balance")
		say(p.Calculation.ID != 0, "its interest is not counted by days")
		say(p.Amortization.ID != 0, "its amortization is not equal principal")
		say(p.DaysInYear.ID != 365, "its year has not 365 days")
		say(p.DaysInMonth.ID != 1, "its months have not their actual days")
	}
	return problems, nil
}
