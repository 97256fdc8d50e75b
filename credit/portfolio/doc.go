// Package portfolio adds lines up to what a bank stands to lose with all of
// them: how concentrated they are against limits, the expected loss, and the
// expected shortfall under the shock that the harvests of a county share.
//
// A [Book] takes exposures one by one and keeps sums per county and crop, so
// its memory depends on counties, villages and crops and not on households.
// All sums are integers: the order of exposures changes no bit of the result.
// [Book.Result] then draws the counties' shocks from fixed streams.
//
// It refuses amounts that no farm household borrows, shares of crops that do
// not add up, and profiles of another number of bins. It claims nothing about
// defaults beyond the probabilities that it is given: no repayment data has
// been seen.
//
//	book, err := portfolio.NewBook(portfolio.DefaultSettings())
//	err = book.Add(portfolio.Exposure{Household: "h", County: "370199", Village: "370199001001",
//		AmountFen: 700_000, LGD: .65, PDByShock: d.ShortfallByShock, PDWilling: .02, Crops: shares})
//	r, err := book.Result()
//	fmt.Println(r.ExpectedLossFen, r.ShortfallFen, r.Counties[0].TailFen)
package portfolio
