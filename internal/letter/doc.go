// Package letter writes the decision on a household's credit line as a letter
// (PDF, A4) that the farmer reads and the bank files: what was asked and
// decided, what it costs, when it is due, why it is not more and what would
// lift it, what it was computed from, and how to object.
//
// A [Letter] is a value that knows nothing of where it was stored; one that
// [FromSnapshot] makes of a stored decision lacks only names. The package
// decides nothing, computes no amount but sums of those it was given, reads no
// clock, database or network, and invents no telephone number: what it was not
// told is a blank to be filled in by hand. It prints the name that it is given;
// to mask it is the caller's part. The same letter and fonts give the same
// bytes.
//
//	press, err := letter.NewPress("") // looks for the fonts once
//	l := letter.FromSnapshot(snapshot, letter.Particulars{Lender: "示例县农村商业银行", Applicant: "王**"})
//	notes, err := press.Write(w, l, letter.Chinese)
//	fmt.Println(notes.Missing)        // characters that no font has
package letter
