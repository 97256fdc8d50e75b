// Package composite turns a season's scenes into a few even layers of an
// index: for each pixel a Whittaker curve through its clear dates, read off at
// N dates.
//
// The curve is linear in the pixel's values once it is known which dates are
// clear, so all of smoothing and reading off is one small matrix per mask
// pattern; 12 dates have 4,096 patterns at most. Pixels are streamed in tiles:
// memory depends on threads and dates, not on the size of the scenes. It writes
// no files and opens none: pixels come from a [Pixels], layers go to a [Sink].
//
//	axis, err := composite.EvenLayers(dates, 6, composite.Params{Lambda: 2000})
//	job := composite.Job{Scenes: scenes, Grid: grid, Index: "ndvi", Smoother: axis, Open: open}
//	err = composite.Run(ctx, job, sink)
package composite
