// Package architecture holds the house to its plan: which package may import
// which, who alone may use a driver, what a binary links, how packages are
// named and documented, and what may lie in the repository.
//
// The rules are functions on plain values, so that each is shown to find the
// breach that it is for; the tests then apply them to the repository itself.
// It imports nothing of Parus and nothing imports it.
//
//	pkgs, err := architecture.ReadModule("../..", "parus")
//	for _, breach := range architecture.Floors(pkgs) {
//		t.Error(breach)
//	}
package architecture
