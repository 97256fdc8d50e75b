// Package sensor describes sensors as data: one YAML file each with bands,
// resolutions, how numbers become reflectance, and which mask values mean
// cloud. A new sensor is a new file, not new code.
//
// It refuses to guess a sensor from pixels; catalogues name it, or their
// properties do ([Catalogue.Match]).
//
//	all, _ := sensor.Load()
//	s, _ := all.Find("sentinel-2-l2a")
//	red, _ := s.Role(spectral.Red)
//	fmt.Println(red.Name, red.ResolutionM) // B04 10
package sensor
