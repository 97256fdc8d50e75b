// Package fineract makes loans in Apache Fineract of lines that households have
// accepted, and tells what Fineract says was paid out and paid back.
//
// A client's and a loan's external id are the household's and the application's
// numbers, and both are looked up by them before anything is made: an answer
// that got lost makes nothing twice. A loan counts as handed over only where
// the schedule that Fineract answers with has our days and our principal. Names
// of people are sent only where the configuration says so. It works with
// versions that look up clients and loans by external id.
//
//	c, err := fineract.New(config, secret, fineract.Tools{Now: time.Now, Read: os.ReadFile})
//	receipt, err := c.Carry(ctx, delivery)
package fineract
