// Package wiretest breaks lines between a client and a server, for tests: a
// proxy through which they speak and which cuts, stalls, delays, throttles or
// resets what passes.
//
// It looks at no byte of what passes and knows no protocol.
//
//	p := wiretest.New(t, "unix", "/run/redis.sock", 7)
//	client := connect(p.Address())
//	p.Set(wiretest.Fault{ResetWithin: 4096}) // each line ends in mid-message
//	p.Set(wiretest.Fault{})                  // all is well again
package wiretest
