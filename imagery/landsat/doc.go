// Package landsat turns the metadata file of a Landsat Collection 2 Level-2
// product (MTL, as JSON, ODL text or XML) into a scene, for folders that came
// without a STAC item.
//
// It refuses Level-1 products, which hold no surface reflectance, and paths
// that leave the folder. It opens no image.
//
//	meta, err := landsat.Parse(data)
//	scene, err := meta.Scene(sensor, func(file string) (string, bool) {
//		path := filepath.Join(folder, file)
//		return path, exists(path)
//	})
package landsat
