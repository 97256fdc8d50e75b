// Package cloud tells clear pixels from others, from a product's own mask band
// with a margin around clouds and shadows, gives sensors without a mask one by
// brightness, and checks whether a scene's declared radiometric offset can be
// true.
//
// It refuses to repair silently: a changed offset comes with a sentence for
// the scene's notes, and one that cannot be settled is an error. It reads no
// files; leftovers of cloud show as outliers of a series (imagery/series).
//
//	clear := cloud.Clear(*s2.Mask, cloud.Plane{DN: scl, Width: 100, Height: 100}, 2)
//	v, err := cloud.CheckOffset(s2, cloud.Claim{DN: -1000, Baseline: "05.10"}, dark)
//	fmt.Println(v.OffsetDN, v.Note)
package cloud
