package fineract

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/handover"
)

// Tools are what a carrier needs of its surroundings.
type Tools struct {
	Now  func() time.Time
	Read func(path string) ([]byte, error) // of the CA file
	// Name is the holder's name of an event's household; it is asked only where
	// the configuration sends names, and whoever answers keeps a record of it.
	Name func(ctx context.Context, e handover.Event) (string, error)
}

// Carrier hands lines over to one Fineract.
type Carrier struct {
	config Config
	api    api
	tools  Tools
}

// New makes a carrier.
func New(c Config, s handover.TargetSecret, t Tools) (*Carrier, error) {
	c.fill()
	if err := c.check(); err != nil {
		return nil, err
	}
	if s.Username == "" || s.Password == "" {
		return nil, errors.New("username and password of Fineract are not in the secrets file")
	}
	if c.Names && t.Name == nil {
		return nil, errors.New("names: people's names are sent only with a key file (PARUS_KEYS)")
	}
	base, err := c.Parse()
	if err != nil {
		return nil, err
	}
	client, err := c.Client(t.Read)
	if err != nil {
		return nil, err
	}
	return &Carrier{c, api{base, client, c.Tenant, s.Username, s.Password, t.Now}, t}, nil
}

// Carry does in Fineract what the event says. Done again it changes nothing.
func (c *Carrier) Carry(ctx context.Context, d handover.Delivery) (handover.Receipt, error) {
	switch d.Event.Act {
	case lending.ActAccept:
		return c.offer(ctx, d.Event)
	case lending.ActWithdraw, lending.ActExpire:
		return c.withdraw(ctx, d.Event)
	default:
		return handover.Receipt{}, handover.Permanent("Fineract is not told of %s", d.Event.Act)
	}
}

// offer makes the loan of an accepted line.
func (c *Carrier) offer(ctx context.Context, e handover.Event) (handover.Receipt, error) {
	if e.Line == nil {
		return handover.Receipt{}, handover.Permanent("the application has no line")
	}
	product, err := c.config.product(e.Line)
	if err != nil {
		return handover.Receipt{}, err
	}
	p, err := newPlan(e.Line, c.config.dayOf(e.At))
	if err != nil {
		return handover.Receipt{}, err
	}
	client, err := c.client(ctx, e, p.from)
	if err != nil {
		return handover.Receipt{}, err
	}
	l, err := c.loan(ctx, e, p, client, product)
	if err != nil {
		return handover.Receipt{}, err
	}
	if l, err = c.shape(ctx, e, l, p); err != nil {
		return handover.Receipt{}, err
	}
	return c.advance(ctx, e, l, p)
}

// loan finds or makes the application's loan.
func (c *Carrier) loan(ctx context.Context, e handover.Event, p plan, client, product int64) (loan, error) {
	l, found, _, err := c.api.findLoan(ctx, e.Number(), "repaymentSchedule")
	if err != nil {
		return l, err
	}
	if !found {
		_, err = c.api.ask(ctx, http.MethodPost, "loans", nil, c.request(e, p, client, product), nil)
		if r := (*refusal)(nil); err != nil && (!errors.As(err, &r) || !r.is(codeDuplicateLoan)) {
			return l, err
		}
		if l, found, _, err = c.api.findLoan(ctx, e.Number(), "repaymentSchedule"); err != nil {
			return l, err
		}
	}
	switch {
	case !found:
		return l, handover.Transient(nil, "Fineract has taken the loan and does not show it")
	case l.ClientID != client || l.ProductID != product || credit.Fen(l.Principal) != p.amount:
		return l, handover.Permanent("%s has the application's number, but another client, product or amount", remote(l))
	case l.Status.ID == statusWithdrawn || l.Status.ID == statusRejected:
		return l, handover.Permanent("%s of the application is withdrawn or rejected in Fineract", remote(l))
	}
	return l, nil
}

// shape gives the loan its schedule where it has another.
func (c *Carrier) shape(ctx context.Context, e handover.Event, l loan, p plan) (loan, error) {
	tolerance := *c.config.InterestTolerance
	why := p.differences(l.periods(), tolerance)
	if why != "" && l.Status.ID == statusPending && len(l.periods()) == len(p.periods) {
		_, err := c.api.ask(ctx, http.MethodPost, "loans/"+strconv.FormatInt(l.ID, 10)+"/schedule", url.Values{"command": {"addVariations"}},
			p.variations(l.periods()), nil)
		if err != nil {
			return l, err
		}
		var found bool
		if l, found, _, err = c.api.findLoan(ctx, e.Number(), "repaymentSchedule"); err != nil || !found {
			return l, errors.Join(err, handover.Transient(nil, "Fineract does not show the loan any more"))
		}
		why = p.differences(l.periods(), tolerance)
	}
	if why != "" {
		return l, handover.Permanent("%s has another schedule: %s", remote(l), why)
	}
	return l, nil
}

// advance approves and pays out as configured, and looks at the schedule again.
func (c *Carrier) advance(ctx context.Context, e handover.Event, l loan, p plan) (handover.Receipt, error) {
	on := p.from.String()
	if c.config.Then != "" && l.Status.ID == statusPending {
		if err := c.api.command(ctx, l.ID, "approve", dated(map[string]any{"approvedOnDate": on})); err != nil {
			return handover.Receipt{}, err
		}
		l.Status.ID = statusApproved
	}
	if c.config.Then == ThenDisburse && l.Status.ID == statusApproved {
		fields := dated(map[string]any{"actualDisbursementDate": on, "transactionAmount": yuan(p.amount)})
		if err := c.api.command(ctx, l.ID, "disburse", fields); err != nil {
			return handover.Receipt{}, err
		}
	}
	last, found, digest, err := c.api.findLoan(ctx, e.Number(), "repaymentSchedule")
	switch {
	case err != nil:
		return handover.Receipt{}, err
	case !found:
		return handover.Receipt{}, handover.Transient(nil, "Fineract does not show the loan any more")
	}
	if why := p.differences(last.periods(), *c.config.InterestTolerance); why != "" {
		return handover.Receipt{}, handover.Permanent("%s has another schedule since it was approved: %s", remote(last), why)
	}
	return handover.Receipt{Digest: digest, Remote: remote(last)}, nil
}

// withdraw takes back a loan that is not paid out, where there is one.
func (c *Carrier) withdraw(ctx context.Context, e handover.Event) (handover.Receipt, error) {
	l, found, digest, err := c.api.findLoan(ctx, e.Number(), "none")
	switch {
	case err != nil:
		return handover.Receipt{}, err
	case !found:
		return handover.Receipt{Remote: "no loan"}, nil
	case l.Status.ID == statusWithdrawn || l.Status.ID == statusRejected:
		return handover.Receipt{Digest: digest, Remote: remote(l)}, nil
	case l.Status.ID != statusPending && l.Status.ID != statusApproved:
		return handover.Receipt{}, handover.Permanent("%s is paid out already: a person has to settle it", remote(l))
	}
	if l.Status.ID == statusApproved {
		if err := c.api.command(ctx, l.ID, "undoApproval", map[string]any{}); err != nil {
			return handover.Receipt{}, err
		}
	}
	fields := dated(map[string]any{"withdrawnOnDate": c.config.dayOf(e.At).String()})
	if err := c.api.command(ctx, l.ID, "withdrawnByApplicant", fields); err != nil {
		return handover.Receipt{}, err
	}
	_, _, digest, err = c.api.findLoan(ctx, e.Number(), "none")
	return handover.Receipt{Digest: digest, Remote: remote(l)}, err
}
