// Package decoder runs what touches the bytes of pictures in processes of its
// own, so that a file on which a decoder crashes, hangs or eats memory takes
// nothing with it but its own unit of work.
//
// A [Pool] keeps children, one for each unit of work at once, and hands them
// jobs through pipes; a child is the same program that calls [Serve] with a
// [Reader], and does many jobs in its life. A child that breaks is replaced.
// What its job was is tried once more, in a fresh child, only where the first
// one had done other jobs before and may have been broken by them; then it
// ends as a [Fault] that names the scene, the file and what happened. Jobs
// wait until their estimated memory is free.
//
// The package links no GDAL and knows no database. It trusts what a child
// answers as little as the file that the child read: lengths are bounded, and a
// scene comes back under its own name or not at all.
//
//	pool := decoder.Start(decoder.Config{Program: os.Args[0], Args: []string{"decode"}, Jobs: 2})
//	defer pool.Close()
//	scene, err = pool.Verify(ctx, scene)
//	data, err := pool.Observe(ctx, decoder.Look{Scene: scene, Grid: g, Block: "7", Coverage: coverage, Params: params})
//	picture, err := pool.Draw(ctx, overlay.Job{Scene: scene, Cell: cell, Area: area})
//	if f := (*decoder.Fault)(nil); errors.As(err, &f) { … } // a poisonous file
package decoder
