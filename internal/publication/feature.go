package publication

import "encoding/json"

// FeatureQuery selects parcels of a publication; zero values select all.
type FeatureQuery struct {
	Village   string
	Crop      string // catalogue code of the likeliest crop
	Abstained *bool
	Boxes     []Bounds // in one of which a parcel lies, at least in part; two at most, none: everywhere
	After     string   // id after which the page begins
	Limit     int
}

// Whole tells whether the query leaves no parcel out, whatever the page.
func (q FeatureQuery) Whole() bool {
	return q.Village == "" && q.Crop == "" && q.Abstained == nil && len(q.Boxes) == 0
}

// ParcelFeature is a parcel as programs of partners read it: nothing of a
// household, a person or a score is part of it, whatever the role.
type ParcelFeature struct {
	ID    string
	Shape json.RawMessage // GeoJSON in lon, lat, outer rings counter-clockwise
	Facts ParcelFacts
}

// ParcelFacts have the names, units and digits of the columns of parcels.csv.
type ParcelFacts struct {
	Village      string   `json:"village" doc:"Code; empty where unknown."`
	AreaHa       float64  `json:"area_ha" doc:"Of the registered shape, 0.0001."`
	Crop         *string  `json:"crop" doc:"Catalogue code of the likeliest crop, also where the model abstained."`
	CropP        *float64 `json:"p_crop" doc:"Its probability."`
	Abstained    bool     `json:"abstained" doc:"The crop model would not commit itself."`
	MatchP       *float64 `json:"match_probability" doc:"That the shape is a sown field of about its size."`
	YieldP10     *float64 `json:"yield_kg_ha_p10" doc:"kg/ha of the mixture over all crops that the parcel may bear."`
	YieldP50     *float64 `json:"yield_kg_ha_p50"`
	YieldP90     *float64 `json:"yield_kg_ha_p90"`
	Observations int      `json:"valid_observations" doc:"Dates on which at least half of the parcel was clear."`
}

// FeaturePage is a part of a publication's parcels, in order of id.
type FeaturePage struct {
	Items   []ParcelFeature
	More    bool
	Matched *int64 // all that the query selects; nil where that was not counted
}
