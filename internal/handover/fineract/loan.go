package fineract

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"parus/credit"
	"parus/internal/handover"
)

// States of a loan that matter here. Source: Fineract's LoanStatus.
const (
	statusPending   = 100 // submitted and pending approval
	statusApproved  = 200
	statusActive    = 300
	statusWithdrawn = 400
	statusRejected  = 500
)

type status struct {
	ID int `json:"id"`
}

// loan is what is read of a loan.
type loan struct {
	ID         int64  `json:"id"`
	ExternalID string `json:"externalId"`
	Status     status `json:"status"`
	ClientID   int64  `json:"clientId"`
	ProductID  int64  `json:"loanProductId"`
	Principal  money  `json:"principal"`
	Currency   struct {
		Code string `json:"code"`
	} `json:"currency"`
	Schedule struct {
		Periods []struct {
			Period    int   `json:"period"` // missing in the row that pays out
			Due       day   `json:"dueDate"`
			Principal money `json:"principalDue"`
			Interest  money `json:"interestDue"`
		} `json:"periods"`
	} `json:"repaymentSchedule"`
	Transactions []transaction `json:"transactions"`
}

func (l loan) periods() []Period {
	var out []Period
	for _, p := range l.Schedule.Periods {
		if p.Period > 0 {
			out = append(out, Period{p.Due.Date, credit.Fen(p.Principal), credit.Fen(p.Interest)})
		}
	}
	return out
}

// What Fineract says where an external id is new, or is not.
const (
	codeDuplicateClient = "error.msg.client.duplicate.externalId"
	codeDuplicateLoan   = "error.msg.loan.duplicate.externalId"
)

// find asks for what an external id names; found is false where Fineract, and
// not something before it, knows none.
func (a api) find(ctx context.Context, path, externalID string, query url.Values, into any) (found bool, digest string, err error) {
	digest, err = a.ask(ctx, http.MethodGet, path+"/external-id/"+url.PathEscape(externalID), query, nil, into)
	var r *refusal
	if errors.As(err, &r) && r.status == http.StatusNotFound {
		return false, "", nil
	}
	return err == nil, digest, err
}

func (a api) findLoan(ctx context.Context, number, with string) (l loan, found bool, digest string, err error) {
	found, digest, err = a.find(ctx, "loans", number, url.Values{"associations": {with}}, &l)
	if found && l.ExternalID != number {
		return l, false, "", handover.Permanent("Fineract answers with another loan than the one asked for")
	}
	return l, found, digest, err
}

func (a api) findClient(ctx context.Context, household string) (id int64, found bool, err error) {
	var known struct {
		ID         int64  `json:"id"`
		ExternalID string `json:"externalId"`
	}
	found, _, err = a.find(ctx, "clients", household, nil, &known)
	if found && (known.ExternalID != household || known.ID <= 0) {
		return 0, false, handover.Permanent("Fineract answers with another client than the one asked for")
	}
	return known.ID, found, err
}

// dated is what every request with dates and amounts says of them.
func dated(fields map[string]any) map[string]any {
	fields["dateFormat"], fields["locale"] = "yyyy-MM-dd", "en"
	return fields
}

// client finds or makes the household's client.
func (c *Carrier) client(ctx context.Context, e handover.Event, on credit.Date) (int64, error) {
	id, found, err := c.api.findClient(ctx, e.Household)
	if err != nil || found {
		return id, err
	}
	name := "Household " + e.Household
	if c.config.Names {
		if name, err = c.tools.Name(ctx, e); err != nil {
			return 0, err
		}
	}
	var made struct {
		ClientID int64 `json:"clientId"`
	}
	_, err = c.api.ask(ctx, http.MethodPost, "clients", nil, dated(map[string]any{
		"officeId": c.config.OfficeID, "legalFormId": 1, "fullname": name, "externalId": e.Household,
		"active": true, "activationDate": on.String(), "submittedOnDate": on.String(),
	}), &made)
	if r := (*refusal)(nil); errors.As(err, &r) && r.is(codeDuplicateClient) { // somebody was faster
		if id, found, err = c.api.findClient(ctx, e.Household); err == nil && !found {
			err = handover.Transient(nil, "Fineract knows the client and does not show it")
		}
		return id, err
	}
	return made.ClientID, err
}

// request is the body of a new loan. Fineract lays out even instalments, the
// first on our first day and without principal before ours; days and principal
// that differ are told it afterwards.
func (c *Carrier) request(e handover.Event, p plan, client, product int64) map[string]any {
	n, every := len(p.periods), p.every()
	return dated(map[string]any{
		"clientId": client, "productId": product, "loanType": "individual", "externalId": e.Number(),
		"principal": yuan(p.amount), "submittedOnDate": p.from.String(), "expectedDisbursementDate": p.from.String(),
		"repaymentsStartingFromDate": p.periods[0].Due.String(),
		"numberOfRepayments":         n, "repaymentEvery": every, "repaymentFrequencyType": 0, // days
		"loanTermFrequency": n * every, "loanTermFrequencyType": 0,
		"graceOnPrincipalPayment": p.grace(), "graceOnInterestPayment": 0,
		"interestRatePerPeriod": percent(p.apr), "interestRateFrequencyType": 3, // a year
		"interestType": 0, "interestCalculationPeriodType": 0, "amortizationType": 0, // declining balance, daily, equal principal
		"transactionProcessingStrategyCode": c.config.Strategy,
	})
}

// variations moves each instalment of a schedule to its day and gives it its
// principal; the last takes what is left.
func (p plan) variations(from []Period) map[string]any {
	changes := []map[string]any{}
	for i, have := range from {
		want, change := p.periods[i], map[string]any{"dueDate": have.Due.String()}
		if have.Due != want.Due {
			change["modifiedDueDate"] = want.Due.String()
		}
		if have.Principal != want.Principal && i < len(from)-1 {
			change["principal"] = yuan(want.Principal)
		}
		if len(change) > 1 {
			changes = append(changes, change)
		}
	}
	return dated(map[string]any{"exceptions": map[string]any{"modifiedinstallments": changes}})
}

// percent writes a yearly rate with the four decimals that the engine keeps of
// it.
func percent(apr float64) string { return strconv.FormatFloat(apr*100, 'f', 4, 64) }

func (a api) command(ctx context.Context, id int64, command string, fields map[string]any) error {
	_, err := a.ask(ctx, http.MethodPost, "loans/"+strconv.FormatInt(id, 10), url.Values{"command": {command}}, fields, nil)
	return err
}

func remote(l loan) string { return fmt.Sprintf("loan %d", l.ID) }
