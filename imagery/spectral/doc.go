// Package spectral is the one place where vegetation and water indices are
// defined: name, bands, formula, source.
//
// It works on reflectances (0 to 1) of one pixel and refuses to mask: what is
// cloud or shadow is decided by imagery/cloud.
//
//	index, _ := spectral.Find("ndvi")
//	fmt.Println(index.Roles)                // [red nir]
//	v := index.Value([]float64{0.05, 0.45}) // 0.8
//	fmt.Println(v)
package spectral
