// Package safe reads the metadata of Sentinel-2 Level-2A products in ESA's
// SAFE format, in folders or zips, and turns them into scenes.
//
// It opens no image and trusts no metadata: documents with a DTD, paths that
// leave the product, Level-1C, products of several granules and products whose
// image files are missing are refused, each with a reason that names it. It
// knows no file system but the [fs.FS] it is given.
//
//	product, err := safe.Read(os.DirFS("S2A_MSIL2A_….SAFE"))
//	fmt.Println(product.Name, product.Tile, product.Baseline, product.Sensed)
//	scene, err := product.Scene(fsys, sensor, func(path string) string {
//		return filepath.Join(folder, path)
//	})
package safe
