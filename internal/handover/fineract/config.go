package fineract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	_ "time/tzdata" // a bank's days do not depend on the machine

	"parus/credit"
	"parus/internal/handover"
)

// Config says where a Fineract is and what of it stands for what of ours. It
// holds no secret.
type Config struct {
	handover.Address // of the API, as https://bank.example/fineract-provider/api/v1

	Tenant   string    `json:"tenant" yaml:"tenant"`
	OfficeID int64     `json:"office_id" yaml:"office_id"`
	Products []Product `json:"products" yaml:"products"`
	// Then says what follows once a loan is there with the right schedule:
	// nothing (""), approve or disburse, which approves too.
	Then     string `json:"then,omitempty" yaml:"then"`
	Strategy string `json:"strategy,omitempty" yaml:"strategy"`   // transactionProcessingStrategyCode; default mifos-standard-strategy
	TimeZone string `json:"time_zone,omitempty" yaml:"time_zone"` // of the bank's days; default Asia/Shanghai
	// InterestTolerance is by how much interest of one instalment may differ:
	// Fineract rounds halves as its own setting says. Default 1.
	InterestTolerance *credit.Fen `json:"interest_tolerance_fen,omitempty" yaml:"interest_tolerance_fen"`
	// Names sends the holder's name with a new client; else a client is named by
	// the household's number.
	Names bool `json:"names,omitempty" yaml:"names"`
}

// Product maps a kind of line to a loan product.
type Product struct {
	ID       int64  `json:"id" yaml:"id"`
	Currency string `json:"currency" yaml:"currency"`
	Crop     string `json:"crop" yaml:"crop"` // grain or perishable
}

// Steps that may follow.
const (
	ThenApprove  = "approve"
	ThenDisburse = "disburse"
)

// ParseConfig reads and checks the JSON of a target.
func ParseConfig(data []byte) (Config, error) {
	var c Config
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("configuration: %w", err)
	}
	c.fill()
	return c, c.check()
}

func (c *Config) fill() {
	if c.Strategy == "" {
		c.Strategy = "mifos-standard-strategy"
	}
	if c.TimeZone == "" {
		c.TimeZone = "Asia/Shanghai"
	}
	if c.InterestTolerance == nil {
		one := credit.Fen(1)
		c.InterestTolerance = &one
	}
}

func (c Config) check() error {
	if _, err := c.Parse(); err != nil {
		return err
	}
	switch {
	case c.Tenant == "":
		return errors.New("tenant: is missing")
	case c.OfficeID <= 0:
		return errors.New("office_id: is missing")
	case len(c.Products) == 0:
		return errors.New("products: name at least one")
	case c.Then != "" && c.Then != ThenApprove && c.Then != ThenDisburse:
		return fmt.Errorf("then: %.20q is neither approve nor disburse", c.Then)
	case *c.InterestTolerance < 0:
		return errors.New("interest_tolerance_fen: is negative")
	}
	if _, err := time.LoadLocation(c.TimeZone); err != nil {
		return fmt.Errorf("time_zone: %.40q is not known", c.TimeZone)
	}
	seen := map[Product]bool{}
	for i, p := range c.Products {
		key := Product{Currency: p.Currency, Crop: p.Crop}
		switch {
		case p.ID <= 0 || len(p.Currency) != 3:
			return fmt.Errorf("products %d: id or currency is missing", i+1)
		case p.Crop != "grain" && p.Crop != "perishable":
			return fmt.Errorf("products %d: crop %.20q is neither grain nor perishable", i+1, p.Crop)
		case seen[key]:
			return fmt.Errorf("products %d: %s in %s is there twice", i+1, p.Crop, p.Currency)
		}
		seen[key] = true
	}
	return nil
}

// product is the one for a line.
func (c Config) product(l *handover.Line) (int64, error) {
	crop := "grain"
	if l.Perishable {
		crop = "perishable"
	}
	for _, p := range c.Products {
		if p.Currency == l.Currency && p.Crop == crop {
			return p.ID, nil
		}
	}
	return 0, handover.Permanent("no loan product for %s in %.3s: name one under products", crop, l.Currency)
}
