package fineract

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"

	"parus/credit"
	"parus/internal/handover"
)

// mostAnswer bounds an answer: a loan with its schedule and its transactions.
const mostAnswer = 8 << 20

// api speaks Fineract's HTTP.
type api struct {
	base               *url.URL
	client             *http.Client
	tenant, user, pass string
	now                func() time.Time
}

// refusal is an answer by which Fineract refuses. Its messages may repeat what
// was sent, so only its codes are kept.
type refusal struct {
	status int
	codes  []string // userMessageGlobalisationCode, the outer one first
}

func (r *refusal) Error() string {
	return fmt.Sprintf("Fineract answers %d: %s", r.status, strings.Join(r.codes, ", "))
}

func (r *refusal) is(code string) bool {
	for _, c := range r.codes {
		if c == code {
			return true
		}
	}
	return false
}

// ask sends one request and reads the answer into out, which may be nil. It
// returns a [handover.Failure], and where Fineract itself refuses, one that
// wraps the refusal.
func (a api) ask(ctx context.Context, method, path string, query url.Values, body, out any) (digest string, err error) {
	u := a.base.JoinPath(path)
	u.RawQuery = query.Encode()
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return "", handover.Permanent("the request cannot be written down")
		}
		sent = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), sent)
	if err != nil {
		return "", handover.Permanent("the address cannot be asked")
	}
	req.SetBasicAuth(a.user, a.pass)
	req.Header.Set("Fineract-Platform-TenantId", a.tenant)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.client.Do(req)
	if err != nil {
		return "", handover.Unanswered(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer+1))
	if err != nil {
		return "", handover.Transient(nil, "Fineract's answer is cut short")
	}
	if len(data) > mostAnswer {
		return "", handover.Permanent("Fineract's answer is longer than %d bytes", mostAnswer)
	}
	if f := handover.Judge(resp, a.now()); f != nil {
		return "", refused(f, resp.StatusCode, data)
	}
	if out != nil && json.Unmarshal(data, out) != nil {
		return "", handover.Permanent("what answers at %s is no Fineract: its answer cannot be read", a.base.Host)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// refused adds Fineract's own codes to a failure.
func refused(f *handover.Failure, status int, data []byte) *handover.Failure {
	var e struct {
		Code   string `json:"userMessageGlobalisationCode"`
		Errors []struct {
			Code      string `json:"userMessageGlobalisationCode"`
			Parameter string `json:"parameterName"`
		} `json:"errors"`
	}
	if json.Unmarshal(data, &e) != nil || e.Code == "" {
		return f
	}
	r := &refusal{status: status, codes: []string{word(e.Code)}}
	for _, x := range e.Errors {
		if c := word(x.Code); c != r.codes[0] {
			r.codes = append(r.codes, c)
		}
	}
	f.Why, f.Cause = r.Error(), r
	return f
}

// word keeps what codes are made of.
func word(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return -1
	}, s)
	return s[:min(len(s), 120)]
}

// day is a date as Fineract writes it, [2026,7,1], or as a text.
type day struct{ credit.Date }

// UnmarshalJSON reads either form.
func (d *day) UnmarshalJSON(b []byte) error {
	var parts []int
	if json.Unmarshal(b, &parts) == nil {
		if len(parts) < 3 {
			return fmt.Errorf("date of %d parts", len(parts))
		}
		t := time.Date(parts[0], time.Month(parts[1]), parts[2], 0, 0, 0, 0, time.UTC)
		d.Date = credit.DateOf(t)
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	var err error
	d.Date, err = credit.ParseDate(text)
	return err
}

// money is an amount in major units, exact.
type money credit.Fen

// UnmarshalJSON reads a number of at most two decimals that count.
func (m *money) UnmarshalJSON(b []byte) error {
	r, ok := new(big.Rat).SetString(string(b))
	if !ok || len(b) > 40 || bytes.ContainsAny(b, "/") {
		return fmt.Errorf("amount %.40q", b)
	}
	r.Mul(r, big.NewRat(100, 1))
	if !r.IsInt() || !r.Num().IsInt64() {
		return fmt.Errorf("amount %s is not whole in minor units", b)
	}
	*m = money(r.Num().Int64())
	return nil
}

// yuan writes an amount in major units as a JSON number.
func yuan(f credit.Fen) json.Number { return json.Number(f.String()) }
