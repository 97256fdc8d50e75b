// Package season holds the values of one season's run over one county, as they
// travel between the workers that make them and the tables that keep them: the
// run's specification, the blocks of its grid, and the rows of each stage.
//
// It does no input or output and knows no rule: rules are in imagery, fields,
// yield and credit.
//
//	run := season.Run{County: "370199", Season: "2025-summer", Spec: spec}
//	run.Digest = spec.Digest()
package season
