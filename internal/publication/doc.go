// Package publication holds what people see of one season: the cards of
// parcels and households, lists, the county's summary, and who may see them.
//
// It is values only: no I/O, no formula. The store fills them, the web server
// hands them out as JSON; the field names here are the names of the API.
// Areas are in square metres, yields in kg/ha, money in minor units (fen) of
// the county's currency, positions in lon, lat.
//
//	account := publication.Account{Role: publication.Officer, Counties: []string{"370199"}}
//	scope := account.Scope()
//	fmt.Println(scope.Sees("370199"), scope.Sees("320582")) // true false
package publication
