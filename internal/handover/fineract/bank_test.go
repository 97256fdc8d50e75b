package fineract_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parus/credit"
	"parus/internal/handover"
	"parus/internal/handover/fineract"
)

// bank answers as Fineract does, as far as it is asked here: required and known
// parameters, dates in the format that the request names, external ids that
// are unique, states of loans, its own way to a schedule, its shape of errors.
// Source: Fineract's LoanApplicationValidator, ClientDataValidator,
// VariableLoanScheduleFromApiJsonValidator, LoanScheduleAssembler and
// ApiGlobalErrorResponse.
type bank struct {
	t      *testing.T
	mu     sync.Mutex
	tenant string

	clients  map[int64]map[string]any
	loans    map[int64]*bankLoan
	products map[int64]map[string]any
	asked    []string // method and path, in order

	// hurt may answer in the bank's place, before (nil) or after what was asked is
	// done; it tells whether it did.
	hurt func(w http.ResponseWriter, r *http.Request, done bool) bool

	rounding credit.Fen // added to the interest of each instalment
	holiday  bool       // moves due dates by a day when a loan is approved
}

type bankLoan struct {
	id, client, product int64
	externalID          string
	status              int
	principal           credit.Fen
	rate                float64
	disbursed           time.Time
	rows                []fineract.Period
	transactions        []map[string]any
}

func newBank(t *testing.T) (*bank, *httptest.Server) {
	t.Helper()
	product := func(currency string) map[string]any {
		return map[string]any{"name": "p", "currency": map[string]any{"code": currency, "decimalPlaces": 2}, "allowVariableInstallments": true,
			"interestRateFrequencyType": map[string]any{"id": 3}, "interestType": map[string]any{"id": 0}, "interestCalculationPeriodType": map[string]any{"id": 0},
			"amortizationType": map[string]any{"id": 0}, "daysInYearType": map[string]any{"id": 365}, "daysInMonthType": map[string]any{"id": 1}}
	}
	b := &bank{t: t, tenant: "default", clients: map[int64]map[string]any{}, loans: map[int64]*bankLoan{},
		products: map[int64]map[string]any{1: product("CNY"), 2: product("CNY")}}
	mux := http.NewServeMux()
	const v1 = "/fineract-provider/api/v1/"
	for pattern, h := range map[string]func(r *http.Request) (int, any){
		"GET " + v1 + "clients/external-id/{id}": b.findClient,
		"POST " + v1 + "clients":                 b.makeClient,
		"GET " + v1 + "loans/external-id/{id}":   b.findLoan,
		"GET " + v1 + "loans/{id}":               b.readLoan,
		"POST " + v1 + "loans":                   b.makeLoan,
		"POST " + v1 + "loans/{id}/schedule":     b.vary,
		"POST " + v1 + "loans/{id}":              b.command,
		"GET " + v1 + "loanproducts/{id}":        b.readProduct,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { b.serve(w, r, h) })
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return b, s
}

// with changes or looks at the bank while nobody is served.
func (b *bank) with(do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	do()
}

func (b *bank) serve(w http.ResponseWriter, r *http.Request, h func(*http.Request) (int, any)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	user, pass, _ := r.BasicAuth()
	b.asked = append(b.asked, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/fineract-provider/api/v1/"))
	if b.hurt != nil && b.hurt(w, r, false) {
		return
	}
	var status int
	var answer any
	switch {
	case user != "parus" || pass != "hush":
		status, answer = 401, map[string]any{"message": "Unauthenticated. Please login."}
	case r.Header.Get("Fineract-Platform-TenantId") != b.tenant:
		status, answer = 400, refuse(400, "error.msg.invalid.tenant.identifier", "")
	default:
		status, answer = h(r)
	}
	if b.hurt != nil && b.hurt(w, r, true) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

// refuse is Fineract's error: the outer code says what kind, the inner which.
func refuse(status int, code, parameter string) map[string]any {
	outer := code
	if status == 400 {
		outer = "validation.msg.validation.errors.exist"
	}
	return map[string]any{"developerMessage": "The request caused a problem.", "httpStatusCode": strconv.Itoa(status), "defaultUserMessage": "secret words",
		"userMessageGlobalisationCode": outer, "errors": []map[string]any{{"developerMessage": "secret words", "defaultUserMessage": "secret words",
			"userMessageGlobalisationCode": code, "parameterName": parameter, "value": nil, "args": []map[string]any{{"value": "secret words"}}}}}
}

// fields reads a request and checks it against the parameters there are, those
// that must be there marked with a !.
func fields(r *http.Request, known ...string) (map[string]any, map[string]any) {
	var in map[string]any
	d := json.NewDecoder(r.Body)
	d.UseNumber()
	if d.Decode(&in) != nil {
		return nil, refuse(400, "error.msg.invalid.request.body", "")
	}
	for k := range in {
		if !slices.ContainsFunc(known, func(x string) bool { return strings.TrimSuffix(x, "!") == k }) {
			return nil, refuse(400, "error.msg.parameter.unsupported", k)
		}
	}
	for _, k := range known {
		name, must := strings.CutSuffix(k, "!")
		if v, ok := in[name]; must && (!ok || v == "" || v == nil) {
			return nil, refuse(400, "validation.msg.loan."+name+".cannot.be.blank", name)
		}
	}
	return in, nil
}

func on(in map[string]any, key string) (time.Time, map[string]any) {
	layout := strings.NewReplacer("yyyy", "2006", "MM", "01", "dd", "02").Replace(fmt.Sprint(in["dateFormat"]))
	if in["locale"] == nil {
		return time.Time{}, refuse(400, "validation.msg.missing.locale.parameter", key)
	}
	t, err := time.Parse(layout, fmt.Sprint(in[key]))
	if err != nil {
		return t, refuse(400, "validation.msg.invalid.date.format", key)
	}
	return t, nil
}

func (b *bank) findClient(r *http.Request) (int, any) {
	for id, c := range b.clients {
		if c["externalId"] == r.PathValue("id") {
			return 200, map[string]any{"id": id, "externalId": c["externalId"]}
		}
	}
	return 404, refuse(404, "error.msg.client.external.id.not.found", "externalId")
}

func (b *bank) makeClient(r *http.Request) (int, any) {
	in, bad := fields(r, "officeId!", "legalFormId!", "fullname!", "externalId", "active!", "activationDate!", "submittedOnDate", "dateFormat!", "locale!", "mobileNo")
	if bad != nil {
		return 400, bad
	}
	if _, bad := on(in, "activationDate"); bad != nil {
		return 400, bad
	}
	for _, c := range b.clients {
		if c["externalId"] == in["externalId"] {
			return 403, refuse(403, "error.msg.client.duplicate.externalId", "externalId")
		}
	}
	id := int64(len(b.clients) + 100)
	b.clients[id] = in
	return 200, map[string]any{"officeId": in["officeId"], "clientId": id, "resourceId": id, "resourceExternalId": in["externalId"]}
}

func (b *bank) show(l *bankLoan) map[string]any {
	array := func(t time.Time) []int { return []int{t.Year(), int(t.Month()), t.Day()} }
	periods := []map[string]any{{"dueDate": array(l.disbursed), "principalDisbursed": amount(l.principal), "principalLoanBalanceOutstanding": amount(l.principal)}}
	for i, p := range l.rows {
		periods = append(periods, map[string]any{"period": i + 1, "dueDate": array(p.Due.Time()), "principalDue": amount(p.Principal), "interestDue": amount(p.Interest)})
	}
	return map[string]any{"id": l.id, "externalId": l.externalID, "status": map[string]any{"id": l.status}, "clientId": l.client, "loanProductId": l.product,
		"principal": amount(l.principal), "currency": map[string]any{"code": "CNY"}, "repaymentSchedule": map[string]any{"periods": periods}, "transactions": l.transactions}
}

// amount is written with six decimals, as Fineract does.
func amount(f credit.Fen) json.Number { return json.Number(f.String() + "0000") }

func (b *bank) findLoan(r *http.Request) (int, any) {
	for _, l := range b.loans {
		if l.externalID == r.PathValue("id") {
			return 200, b.show(l)
		}
	}
	return 404, refuse(404, "error.msg.loan.external.id.not.found", "externalId")
}

func (b *bank) readLoan(r *http.Request) (int, any) {
	if l := b.byID(r); l != nil {
		return 200, b.show(l)
	}
	return 404, refuse(404, "error.msg.loan.id.invalid", "id")
}

func (b *bank) byID(r *http.Request) *bankLoan {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	return b.loans[id]
}

func (b *bank) readProduct(r *http.Request) (int, any) {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if p, ok := b.products[id]; ok {
		return 200, p
	}
	return 404, refuse(404, "error.msg.loanproduct.id.invalid", "id")
}

func number(in map[string]any, key string) float64 {
	f, err := strconv.ParseFloat(fmt.Sprint(in[key]), 64)
	if err != nil {
		return math.NaN()
	}
	return f
}

func (b *bank) makeLoan(r *http.Request) (int, any) {
	in, bad := fields(r, "clientId!", "productId!", "loanType!", "externalId", "principal!", "submittedOnDate!", "expectedDisbursementDate!", "repaymentsStartingFromDate",
		"numberOfRepayments!", "repaymentEvery!", "repaymentFrequencyType!", "loanTermFrequency!", "loanTermFrequencyType!", "graceOnPrincipalPayment", "graceOnInterestPayment",
		"interestRatePerPeriod!", "interestRateFrequencyType", "interestType!", "interestCalculationPeriodType!", "amortizationType!", "transactionProcessingStrategyCode!", "dateFormat!", "locale!")
	if bad != nil {
		return 400, bad
	}
	from, bad := on(in, "expectedDisbursementDate")
	if bad != nil {
		return 400, bad
	}
	first, bad := on(in, "repaymentsStartingFromDate")
	if bad != nil {
		return 400, bad
	}
	n, every, grace := int(number(in, "numberOfRepayments")), int(number(in, "repaymentEvery")), int(number(in, "graceOnPrincipalPayment"))
	switch {
	case in["loanType"] != "individual":
		return 400, refuse(400, "validation.msg.loan.loanType.is.not.within.expected.range", "loanType")
	case b.clients[int64(number(in, "clientId"))] == nil:
		return 404, refuse(404, "error.msg.client.id.invalid", "clientId")
	case b.products[int64(number(in, "productId"))] == nil:
		return 404, refuse(404, "error.msg.loanproduct.id.invalid", "productId")
	case !first.After(from):
		return 400, refuse(400, "validation.msg.loan.expectedDisbursementDate.cannot.be.after.first.repayment.date", "expectedDisbursementDate")
	case int(number(in, "loanTermFrequency")) < n*every:
		return 403, refuse(403, "error.msg.loan.loanTermFrequency.less.than.repayment.structure.suggests", "loanTermFrequency")
	case grace >= n:
		return 400, refuse(400, "validation.msg.loan.graceOnPrincipalPayment.cannot.be.greater.than.or.equals.to.numberOfRepayments", "graceOnPrincipalPayment")
	}
	for _, l := range b.loans {
		if l.externalID == in["externalId"] {
			return 403, refuse(403, "error.msg.loan.duplicate.externalId", "externalId")
		}
	}
	l := &bankLoan{id: int64(len(b.loans) + 50), client: int64(number(in, "clientId")), product: int64(number(in, "productId")), externalID: fmt.Sprint(in["externalId"]),
		status: 100, principal: credit.RoundFen(number(in, "principal")), rate: number(in, "interestRatePerPeriod") / 100, disbursed: from}
	l.layOut(first, n, every, grace)
	l.charge(b.rounding)
	b.loans[l.id] = l
	return 200, map[string]any{"officeId": 1, "clientId": l.client, "loanId": l.id, "resourceId": l.id, "resourceExternalId": l.externalID}
}

// layOut divides the principal evenly over the instalments after the grace, the
// rest with the last.
func (l *bankLoan) layOut(first time.Time, n, every, grace int) {
	left := l.principal
	for i := range n {
		p := fineract.Period{Due: credit.DateOf(first.AddDate(0, 0, i*every))}
		if i >= grace {
			p.Principal = credit.RoundFen(l.principal.Yuan() / float64(n-grace))
		}
		if i == n-1 {
			p.Principal = left
		}
		left -= p.Principal
		l.rows = append(l.rows, p)
	}
}

// charge counts interest by days of a year of 365 on what is outstanding.
func (l *bankLoan) charge(rounding credit.Fen) {
	outstanding, since := l.principal, l.disbursed
	for i := range l.rows {
		d := l.rows[i].Due.Time().Sub(since).Hours() / 24
		l.rows[i].Interest = credit.RoundFen(outstanding.Yuan()*l.rate*d/365) + rounding
		outstanding -= l.rows[i].Principal
		since = l.rows[i].Due.Time()
	}
}

func (b *bank) vary(r *http.Request) (int, any) {
	l := b.byID(r)
	in, bad := fields(r, "exceptions!", "dateFormat!", "locale!")
	if bad != nil {
		return 400, bad
	}
	switch {
	case r.URL.Query().Get("command") != "addVariations":
		return 400, refuse(400, "error.msg.unrecognized.query.param", "command")
	case l == nil:
		return 404, refuse(404, "error.msg.loan.id.invalid", "id")
	case l.status != 100:
		return 400, refuse(400, "validation.msg.loan.account.is.not.submitted.and.pending.state", "")
	case b.products[l.product]["allowVariableInstallments"] != true:
		return 400, refuse(400, "validation.msg.loan.variable.schedule.not.supported", "")
	}
	list, _ := in["exceptions"].(map[string]any)["modifiedinstallments"].([]any)
	rows := slices.Clone(l.rows)
	for _, x := range list {
		if bad := l.modify(rows, x.(map[string]any), in); bad != nil {
			return 400, bad
		}
	}
	left := l.principal // the last instalment takes what the others leave
	for i := range rows[:len(rows)-1] {
		left -= rows[i].Principal
	}
	if left < 0 || !slices.IsSortedFunc(rows, func(a, b fineract.Period) int { return a.Due.Time().Compare(b.Due.Time()) }) {
		return 400, refuse(400, "validation.msg.loan.variable.schedule.invalid", "")
	}
	rows[len(rows)-1].Principal = left
	l.rows = rows
	l.charge(b.rounding)
	return 200, map[string]any{"loanId": l.id}
}

func (l *bankLoan) modify(rows []fineract.Period, change, in map[string]any) map[string]any {
	change["dateFormat"], change["locale"] = in["dateFormat"], in["locale"]
	due, bad := on(change, "dueDate")
	if bad != nil {
		return bad
	}
	i := slices.IndexFunc(l.rows, func(p fineract.Period) bool { return p.Due.Time().Equal(due) })
	switch {
	case i < 0:
		return refuse(400, "validation.msg.loan.variable.schedule.modify.date.invalid", "dueDate")
	case change["installmentAmount"] != nil: // equal principal takes principal
		return refuse(400, "error.msg.parameter.unsupported", "installmentAmount")
	}
	if change["modifiedDueDate"] != nil {
		to, bad := on(change, "modifiedDueDate")
		if bad != nil {
			return bad
		}
		rows[i].Due = credit.DateOf(to)
	}
	if change["principal"] != nil {
		rows[i].Principal = credit.RoundFen(number(change, "principal"))
	}
	return nil
}

func (b *bank) command(r *http.Request) (int, any) {
	l := b.byID(r)
	if l == nil {
		return 404, refuse(404, "error.msg.loan.id.invalid", "id")
	}
	wrong := func() (int, any) { return 403, refuse(403, "error.msg.loan.cannot.do.in.current.state", "") }
	step := func(from, to int, date string, more ...string) (int, any) {
		known := append([]string{"dateFormat", "locale"}, more...)
		if date != "" {
			known = append(known, date+"!")
		}
		in, bad := fields(r, known...)
		if bad != nil {
			return 400, bad
		}
		if date != "" {
			if _, bad := on(in, date); bad != nil {
				return 400, bad
			}
		}
		if l.status != from {
			return wrong()
		}
		l.status = to
		if b.holiday {
			l.rows[0].Due = credit.DateOf(l.rows[0].Due.Time().AddDate(0, 0, 1))
		}
		if to == 300 {
			l.transactions = append(l.transactions, map[string]any{"id": 900, "type": map[string]any{"id": 1, "disbursement": true}, "date": []int{2026, 4, 1}, "amount": amount(l.principal)})
		}
		return 200, map[string]any{"loanId": l.id, "resourceId": l.id}
	}
	switch c := r.URL.Query().Get("command"); c {
	case "approve":
		return step(100, 200, "approvedOnDate")
	case "disburse":
		return step(200, 300, "actualDisbursementDate", "transactionAmount!")
	case "undoApproval":
		return step(200, 100, "")
	case "withdrawnByApplicant":
		return step(100, 400, "withdrawnOnDate")
	default:
		return 400, refuse(400, "error.msg.unrecognized.query.param", c)
	}
}

// config speaks with the bank.
func config(url string, change func(*fineract.Config)) fineract.Config {
	c := fineract.Config{Address: handover.Address{URL: url + "/fineract-provider/api/v1"}, Tenant: "default", OfficeID: 1,
		Products: []fineract.Product{{ID: 1, Currency: "CNY", Crop: "grain"}, {ID: 2, Currency: "CNY", Crop: "perishable"}}}
	if change != nil {
		change(&c)
	}
	return c
}
