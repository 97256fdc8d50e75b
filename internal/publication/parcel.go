package publication

// Parcel is a row of a household's parcels.
type Parcel struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	AreaM2    float64  `json:"area_m2"`
	Crop      string   `json:"crop" doc:"Catalogue code of the best class; empty where unknown."`
	CropP     *float64 `json:"crop_p"`
	Abstained bool     `json:"abstained"`
	YieldP50  *float64 `json:"yield_p50" doc:"kg/ha."`
	Bounds    *Bounds  `json:"bounds"`
}

// ParcelCard is everything that is shown of one parcel.
type ParcelCard struct {
	Parcel
	HouseholdID  string      `json:"household_id"`
	Village      string      `json:"village"`
	MatchP       *float64    `json:"match_p" doc:"Probability that the registered shape is the field that was seen."`
	Reason       string      `json:"reason" doc:"Why the crop is not known well enough."`
	Posterior    []CropShare `json:"posterior" doc:"Likeliest three."`
	YieldP10     *float64    `json:"yield_p10" doc:"kg/ha."`
	YieldP90     *float64    `json:"yield_p90" doc:"kg/ha."`
	Observations int         `json:"observations" doc:"Dates with enough clear pixels."`
	Hazards      []Hazard    `json:"hazards" doc:"What befell the parcel this season, by date."`
	Curve        *Curve      `json:"curve"`
	Household    *Household  `json:"household"`
	Decision     *Decision   `json:"decision" doc:"Of the household; null for roles that see no scores."`
	Point        *[2]float64 `json:"point" doc:"A position inside the parcel, lon and lat."`
}

// Hazard is what befell a parcel, with dates and evidence in words.
type Hazard struct {
	Kind      string  `json:"kind" enum:"drought,flood,frost,heat,green_loss"`
	From      string  `json:"from" doc:"The earliest day on which it can have begun."`
	To        string  `json:"to"`
	Strength  float64 `json:"strength" doc:"0 to 1."`
	Loss      float64 `json:"loss" doc:"Share of the yield."`
	LossSD    float64 `json:"loss_sd"`
	Confirmed bool    `json:"confirmed" doc:"Clear pictures show it; then it is in the yield."`
	Zh        string  `json:"zh"`
	En        string  `json:"en"`
}

// CropShare is one class of a posterior.
type CropShare struct {
	Crop string  `json:"crop"`
	P    float64 `json:"p"`
}

// Curve is the vegetation of one parcel. NDVI and Valid have one value per
// date; Smooth one per day from SmoothFrom on. Null is a gap.
type Curve struct {
	Dates      []string   `json:"dates"`
	NDVI       []*float64 `json:"ndvi"`
	Valid      []float64  `json:"valid" doc:"Share of the parcel that was clear, 0 to 1."`
	SmoothFrom *string    `json:"smooth_from"`
	Smooth     []*float64 `json:"smooth"`
}

// CountyBand is the spread of NDVI over the county's parcels of the same crop
// or, where these are too few, of all crops. Parcels are a sample in large
// counties.
type CountyBand struct {
	Crop    string    `json:"crop" doc:"Empty where the band is over all crops."`
	Parcels int       `json:"parcels"`
	Dates   []string  `json:"dates"`
	P10     []float64 `json:"p10"`
	P50     []float64 `json:"p50"`
	P90     []float64 `json:"p90"`
}
