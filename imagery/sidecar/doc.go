// Package sidecar reads scene descriptions: small YAML or JSON files, written by
// hand beside plain rasters, that say what STAC items say of others. The format
// is described with examples in docs/scenes.md.
//
// It refuses unknown keys, paths that leave the folder and calibration that
// lacks a number. It opens no raster.
//
//	d, err := sidecar.Parse(data)
//	scene, err := d.Scene(sensor, "wfv.scene.yaml", func(file string) (string, bool) {
//		path := filepath.Join(folder, file)
//		return path, exists(path)
//	})
package sidecar
