package spectral

import (
	"math"
	"slices"
)

// Role names a part of the spectrum, independent of a sensor's band numbers.
// The names follow the common names of the STAC eo extension 1.1; a radar's are
// its polarisations.
type Role string

// The roles that indices use.
const (
	Blue     Role = "blue"     // 0.45–0.51 µm
	Green    Role = "green"    // 0.53–0.59 µm
	Red      Role = "red"      // 0.64–0.67 µm
	RedEdge1 Role = "rededge1" // 0.70–0.71 µm
	RedEdge2 Role = "rededge2" // 0.73–0.75 µm
	RedEdge3 Role = "rededge3" // 0.77–0.79 µm
	NIR      Role = "nir"      // 0.76–0.90 µm, broad
	NIR08    Role = "nir08"    // 0.85–0.88 µm, narrow
	SWIR16   Role = "swir16"   // 1.55–1.75 µm
	SWIR22   Role = "swir22"   // 2.08–2.35 µm
	VV       Role = "vv"       // sent and received vertically
	VH       Role = "vh"       // sent vertically, received horizontally
)

// Layer returns the name that a band of this role has in a series, whichever
// sensor it comes from: that of Sentinel-2, so that red is B04 in Landsat's
// dates too, where the product calls it SR_B4. It is "" for an unknown role.
func (r Role) Layer() string {
	return map[Role]string{
		Blue: "B02", Green: "B03", Red: "B04", RedEdge1: "B05", RedEdge2: "B06", RedEdge3: "B07",
		NIR: "B08", NIR08: "B8A", SWIR16: "B11", SWIR22: "B12", VV: "VV", VH: "VH",
	}[r]
}

// Index is one spectral index.
type Index struct {
	Name    string
	Roles   []Role                    // the bands it needs, in the order of Value's argument
	Value   func(r []float64) float64 // reflectances or powers to index; NaN or ±Inf where undefined
	OfMeans bool                      // computed from a parcel's mean powers, not pixel by pixel
	Formula string
	Source  string
}

// Indices returns all indices, in the order in which layers are listed.
func Indices() []Index { return append(optical(), radar()...) }

func optical() []Index {
	return []Index{
		{
			Name: "ndvi", Roles: []Role{Red, NIR},
			Value:   func(r []float64) float64 { return difference(r[1], r[0]) },
			Formula: "(nir − red) / (nir + red)",
			Source:  "Rouse et al. 1974, Monitoring vegetation systems in the Great Plains with ERTS, NASA SP-351",
		},
		{
			Name: "evi", Roles: []Role{Blue, Red, NIR},
			Value: func(r []float64) float64 {
				return 2.5 * (r[2] - r[1]) / (r[2] + 6*r[1] - 7.5*r[0] + 1)
			},
			Formula: "2.5 (nir − red) / (nir + 6 red − 7.5 blue + 1)",
			Source:  "Huete et al. 2002, Remote Sensing of Environment 83, 195–213",
		},
		{
			Name: "ndwi", Roles: []Role{Green, NIR},
			Value:   func(r []float64) float64 { return difference(r[0], r[1]) },
			Formula: "(green − nir) / (green + nir)",
			Source:  "McFeeters 1996, International Journal of Remote Sensing 17, 1425–1432",
		},
		{
			Name: "ndmi", Roles: []Role{NIR08, SWIR16},
			Value:   func(r []float64) float64 { return difference(r[0], r[1]) },
			Formula: "(nir08 − swir16) / (nir08 + swir16)",
			Source:  "Gao 1996, Remote Sensing of Environment 58, 257–266; band choice of Wilson and Sader 2002",
		},
		{
			Name: "ndre", Roles: []Role{RedEdge1, NIR08},
			Value:   func(r []float64) float64 { return difference(r[1], r[0]) },
			Formula: "(nir08 − rededge1) / (nir08 + rededge1)",
			Source:  "Barnes et al. 2000, Proc. 5th Int. Conf. Precision Agriculture, Bloomington",
		},
		{
			Name: "psri", Roles: []Role{Blue, Red, RedEdge2},
			Value:   func(r []float64) float64 { return (r[1] - r[0]) / r[2] },
			Formula: "(red − blue) / rededge2",
			Source:  "Merzlyak et al. 1999, Physiologia Plantarum 106, 135–141 (680, 500, 750 nm)",
		},
	}
}

// radar indices are made of sums over a parcel: a ratio of single pixels would
// be a ratio of speckle.
func radar() []Index {
	return []Index{
		{
			Name: "vhvv", Roles: []Role{VV, VH}, OfMeans: true,
			Value:   func(p []float64) float64 { return 10 * math.Log10(p[1]/p[0]) },
			Formula: "10 log₁₀(VH / VV), of powers",
			Source:  "Veloso et al. 2017, Remote Sensing of Environment 199, 415–426",
		},
		{
			Name: "rvi", Roles: []Role{VV, VH}, OfMeans: true,
			Value:   func(p []float64) float64 { return 4 * p[1] / (p[0] + p[1]) },
			Formula: "4 VH / (VV + VH), of powers",
			Source:  "Nasirzadehdizaji et al. 2019, Applied Sciences 9, 655, after Kim and van Zyl 2009",
		},
	}
}

// Radar tells whether a layer of a series comes from a radar: a polarisation or
// an index of them.
func Radar(layer string) bool {
	return layer == VV.Layer() || layer == VH.Layer() || slices.ContainsFunc(radar(), func(x Index) bool { return x.Name == layer })
}

// Find returns the index of that name.
func Find(name string) (Index, bool) {
	all := Indices()
	i := slices.IndexFunc(all, func(x Index) bool { return x.Name == name })
	if i < 0 {
		return Index{}, false
	}
	return all[i], true
}

// difference is the normalised difference (a − b) / (a + b).
func difference(a, b float64) float64 { return (a - b) / (a + b) }
