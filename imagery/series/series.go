package series

import (
	"slices"
	"time"
)

// Series is what a season's scenes show of one parcel. All slices over dates
// have the length of Dates.
type Series struct {
	Dates  []time.Time // UTC midnights, ascending, each once
	Scenes []string    // ID of the scene of each date
	Pixels float64     // effective pixels: the sum of coverage fractions
	Valid  []float32   // share of Pixels that is clear, 0 to 1; 0 on dates of a radar alone
	Layers []string    // "B04", …, "ndvi", …
	Values [][]float32 // [layer][date], reflectance, index or decibels; NaN where nothing is clear or no sensor of the day has the layer; interior-weighted under SmallPixels
	NDVISD []float32   // standard deviation of NDVI within the parcel; NaN without ndvi, or where the product gives it
}

// Layer returns the values of a layer by name.
func (s Series) Layer(name string) ([]float32, bool) {
	i := slices.Index(s.Layers, name)
	if i < 0 {
		return nil, false
	}
	return s.Values[i], true
}

// Parcel is a series with the ID of its parcel.
type Parcel struct {
	ID     string
	Series Series
}
