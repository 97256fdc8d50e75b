package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"parus/credit"
	"parus/credit/rule"
	"parus/internal/governance"

	"github.com/danielgtaylor/huma/v2"
)

// PolicyPath is the part of a path that names a policy.
type PolicyPath struct {
	Policy string `path:"policy" maxLength:"100" doc:"Version, or the beginning of the document's digest."`
}

type policiesOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items []governance.Policy `json:"items"`
	}
}

type policyOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         governance.Card
}

type factsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items []rule.Fact `json:"items"`
	}
}

type policyDocument struct {
	Document string `json:"document" minLength:"1" maxLength:"262144" doc:"YAML; see docs/policy.md."`
	Reason   string `json:"reason,omitempty" maxLength:"2000" doc:"Up to 500 characters; kept in the history."`
}

type documentInput struct{ Body policyDocument }

type changesOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Version string                `json:"version"`
		Rules   int                   `json:"rules"`
		Changes []credit.PolicyChange `json:"changes" doc:"Against the other policy, key by key."`
	}
}

type diffInput struct {
	PolicyPath
	Against string `query:"against" maxLength:"100" default:"default" doc:"Another policy, or default for the built-in one."`
}

type approveInput struct {
	PolicyPath
	Body struct {
		Reason string `json:"reason" maxLength:"2000" doc:"4 to 500 characters."`
	}
}

type termInput struct {
	PolicyPath
	Body struct {
		From   string `json:"from" format:"date" doc:"First day, today or later; days begin at midnight UTC."`
		Prefix string `json:"prefix" maxLength:"20" pattern:"^[0-9]*$" doc:"First digits of the counties' codes; empty is every county."`
		Reason string `json:"reason" maxLength:"2000" doc:"4 to 500 characters."`
	}
}

type rollbackInput struct {
	PolicyPath
	Body struct {
		Prefix string `json:"prefix" maxLength:"20" pattern:"^[0-9]*$" doc:"As it was put in force."`
		Reason string `json:"reason" maxLength:"2000" doc:"4 to 500 characters."`
	}
}

type backtestInput struct {
	ID int64 `path:"id" minimum:"1"`
}

type backtestOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         governance.Backtest
}

func (s *server) addPolicies(api huma.API) {
	get := func(id, path, summary string) huma.Operation {
		return s.operation(huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Tags: []string{"policies"}, Summary: summary, Errors: []int{404}})
	}
	post := func(id, path, summary string, errs ...int) huma.Operation {
		return s.operation(huma.Operation{OperationID: id, Method: http.MethodPost, Path: path, Tags: []string{"policies"}, Summary: summary,
			MaxBodyBytes: 512 << 10, Errors: append(errs, 400, 403, 404)})
	}
	huma.Register(api, get("listPolicies", "/v1/policies", "Credit policies, latest first, for risk managers, approvers and auditors"), s.listPolicies)
	huma.Register(api, get("policyFacts", "/v1/policy-facts", "The facts that rules of a policy may name"), s.policyFacts)
	huma.Register(api, get("policy", "/v1/policies/{policy}", "A policy with its document, terms, back-tests and history"), s.policy)
	huma.Register(api, get("policyDiff", "/v1/policies/{policy}/diff", "What a policy changes in another"), s.policyDiff)
	huma.Register(api, get("backtest", "/v1/backtests/{id}", "A stored back-test with its report"), s.backtest)
	huma.Register(api, post("checkPolicy", "/v1/policies/check", "Check a document without keeping it", 422), s.checkPolicy)
	huma.Register(api, post("draftPolicy", "/v1/policies", "Keep a document as a draft; one of the same version is replaced", 409, 422), s.draftPolicy)
	huma.Register(api, post("approvePolicy", "/v1/policies/{policy}/approval", "Approve a tested policy that somebody else has written", 409), s.approvePolicy)
	huma.Register(api, post("activatePolicy", "/v1/policies/{policy}/terms", "Put an approved policy in force from a day on", 409), s.activatePolicy)
	huma.Register(api, post("rollbackPolicy", "/v1/policies/{policy}/rollback", "Take a policy back; what was in force before holds again", 409), s.rollbackPolicy)
}

// readsPolicies answers 404 to whoever has nothing to do with policies.
func readsPolicies(ctx context.Context) error {
	if !governance.Reads(string(accountOf(ctx).Role)) {
		return errNotFound()
	}
	return nil
}

func (s *server) moveOf(ctx context.Context, reason string) governance.Move {
	return governance.Move{Account: accountOf(ctx).Name, Reason: reason, At: s.cfg.Today().UTC()}
}

func (s *server) listPolicies(ctx context.Context, _ *struct{}) (*policiesOutput, error) {
	if err := readsPolicies(ctx); err != nil {
		return nil, err
	}
	list, err := s.store.Policies(ctx, scopeOf(ctx), governance.DayOf(s.cfg.Today()))
	if err != nil {
		return nil, s.answer("listPolicies", err)
	}
	out := &policiesOutput{CacheControl: noStore}
	out.Body.Items = list
	return out, nil
}

func (s *server) policyFacts(ctx context.Context, _ *struct{}) (*factsOutput, error) {
	if err := readsPolicies(ctx); err != nil {
		return nil, err
	}
	out := &factsOutput{CacheControl: noStore}
	out.Body.Items = rule.Environment()
	return out, nil
}

func (s *server) policy(ctx context.Context, in *PolicyPath) (*policyOutput, error) {
	if err := readsPolicies(ctx); err != nil {
		return nil, err
	}
	card, err := s.store.Policy(ctx, scopeOf(ctx), in.Policy, governance.DayOf(s.cfg.Today()))
	if err != nil {
		return nil, s.answer("policy", err)
	}
	return &policyOutput{CacheControl: noStore, Body: card}, nil
}

func (s *server) backtest(ctx context.Context, in *backtestInput) (*backtestOutput, error) {
	if err := readsPolicies(ctx); err != nil {
		return nil, err
	}
	b, err := s.store.Backtest(ctx, scopeOf(ctx), in.ID)
	if err != nil {
		return nil, s.answer("backtest", err)
	}
	return &backtestOutput{CacheControl: noStore, Body: b}, nil
}

func (s *server) policyDiff(ctx context.Context, in *diffInput) (*changesOutput, error) {
	if err := readsPolicies(ctx); err != nil {
		return nil, err
	}
	before, err := s.readPolicy(ctx, in.Against)
	if err != nil {
		return nil, s.answerPolicy("policyDiff", err)
	}
	after, err := s.readPolicy(ctx, in.Policy)
	if err != nil {
		return nil, s.answerPolicy("policyDiff", err)
	}
	return changesOf(before, after), nil
}

func (s *server) readPolicy(ctx context.Context, name string) (credit.Policy, error) {
	if name == "default" {
		return credit.DefaultPolicy()
	}
	card, err := s.store.Policy(ctx, scopeOf(ctx), name, governance.DayOf(s.cfg.Today()))
	if err != nil {
		return credit.Policy{}, err
	}
	return credit.ReadPolicy(strings.NewReader(card.Document))
}

func changesOf(before, after credit.Policy) *changesOutput {
	out := &changesOutput{CacheControl: noStore}
	out.Body.Version, out.Body.Rules, out.Body.Changes = after.Version, len(after.Rules), credit.DiffPolicies(before, after)
	return out
}

// checkPolicy answers with what the document changes in the default, or with
// every fault and its place.
func (s *server) checkPolicy(ctx context.Context, in *documentInput) (*changesOutput, error) {
	if err := readsPolicies(ctx); err != nil {
		return nil, err
	}
	p, err := credit.ReadPolicy(strings.NewReader(in.Body.Document))
	if err != nil {
		return nil, s.answerPolicy("checkPolicy", err)
	}
	base, err := credit.DefaultPolicy()
	if err != nil {
		return nil, s.answer("checkPolicy", err)
	}
	return changesOf(base, p), nil
}

func (s *server) draftPolicy(ctx context.Context, in *documentInput) (*policyOutput, error) {
	if err := readsPolicies(ctx); err != nil {
		return nil, err
	}
	full, p, err := credit.CompleteDocument([]byte(in.Body.Document))
	if err != nil {
		return nil, s.answerPolicy("draftPolicy", err)
	}
	kept, err := s.store.DraftPolicy(ctx, s.moveOf(ctx, in.Body.Reason), p.Version, full)
	if err != nil {
		return nil, s.answerPolicy("draftPolicy", err)
	}
	return s.policy(ctx, &PolicyPath{kept.Digest})
}

func (s *server) approvePolicy(ctx context.Context, in *approveInput) (*policyOutput, error) {
	if err := readsPolicies(ctx); err != nil {
		return nil, err
	}
	if err := s.store.ApprovePolicy(ctx, s.moveOf(ctx, in.Body.Reason), in.Policy, credit.EngineVersion); err != nil {
		return nil, s.answerPolicy("approvePolicy", err)
	}
	return s.policy(ctx, &in.PolicyPath)
}

func (s *server) activatePolicy(ctx context.Context, in *termInput) (*policyOutput, error) {
	if err := readsPolicies(ctx); err != nil {
		return nil, err
	}
	from, err := governance.ParseDay(in.Body.From)
	if err != nil {
		return nil, errBad("The day is none.", "Write it as YYYY-MM-DD.")
	}
	if _, err := s.store.ActivatePolicy(ctx, s.moveOf(ctx, in.Body.Reason), in.Policy, in.Body.Prefix, from); err != nil {
		return nil, s.answerPolicy("activatePolicy", err)
	}
	return s.policy(ctx, &in.PolicyPath)
}

func (s *server) rollbackPolicy(ctx context.Context, in *rollbackInput) (*policyOutput, error) {
	if err := readsPolicies(ctx); err != nil {
		return nil, err
	}
	if _, err := s.store.RollbackPolicy(ctx, s.moveOf(ctx, in.Body.Reason), in.Policy, in.Body.Prefix); err != nil {
		return nil, s.answerPolicy("rollbackPolicy", err)
	}
	return s.policy(ctx, &in.PolicyPath)
}

// answerPolicy turns a refusal and a faulty document into problems.
func (s *server) answerPolicy(route string, err error) error {
	var refusal *governance.Refusal
	if errors.As(err, &refusal) {
		status := http.StatusConflict
		switch refusal.Code {
		case "not_allowed", "four_eyes", "county":
			status = http.StatusForbidden
		case "reason", "effective_date":
			status = http.StatusBadRequest
		}
		return problem(status, refusal.Code, refusal.Detail, refusal.Next)
	}
	var doc *credit.DocumentError
	if errors.As(err, &doc) && len(doc.Faults) > 0 {
		first := doc.Faults[0]
		p := problem(http.StatusUnprocessableEntity, "policy_document", strings.TrimPrefix(first.Key+": "+first.Message, ": "), "Mend each of the faults and send the document again.")
		p.Line, p.Column, p.Faults = first.Line, first.Column, doc.Faults
		return p
	}
	return s.answer(route, err)
}
