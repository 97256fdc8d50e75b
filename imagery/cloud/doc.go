// Package cloud tells clear pixels from others, from a product's own mask band
// with a margin around clouds and shadows, and checks whether a scene's
// declared radiometric offset can be true.
//
// It refuses to repair silently: a changed offset comes with a sentence for
// the scene's notes. It reads no files and looks for no clouds of its own;
// leftovers show as outliers of a series (imagery/series).
//
//	clear := cloud.Clear(*s2.Mask, cloud.Plane{DN: scl, Width: 100, Height: 100}, 2)
//	v := cloud.CheckOffset(s2, declaredDN, dark)
//	fmt.Println(v.OffsetDN, v.Note)
package cloud
