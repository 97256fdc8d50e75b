package registry

import (
	"slices"
	"strings"
)

// Mapping names the columns of a plain parcel file. An empty entry is
// suggested by the column's name; "-" says that there is none.
type Mapping struct {
	ID        string `json:"id" yaml:"id"`
	Household string `json:"household" yaml:"household"`
	Area      string `json:"area" yaml:"area"`
	AreaUnit  string `json:"area_unit" yaml:"area_unit"` // m2, ha or mu; "" is judged by the shapes
	Village   string `json:"village" yaml:"village"`
	Name      string `json:"name" yaml:"name"`
	// DeclaredCrop is never suggested: a declared crop is evidence that the
	// caller must ask for.
	DeclaredCrop string `json:"declared_crop" yaml:"declared_crop"`
}

// suggestions lists column names per role, the likeliest first. Columns that
// may hold people's names (owner, farmer) are not suggested as households.
var suggestions = struct{ id, household, area, village, name []string }{
	id: []string{"dkbm", "地块编码", "地块代码", "parcel_id", "parcelid", "parcel", "field_id", "fieldid", "gis_id", "id", "objectid", "uid", "uuid", "id_parcel",
		"ref_id", "local_id", "inspire_id", "determination_id", "gml_id"},
	household: []string{"cbfbm", "承包方编码", "household_id", "holder_id", "owner_id", "farmer_id", "grower_id", "farm_id", "journalnum", "applicant_id"},
	area: []string{"scmj", "实测面积", "area_m2", "metrics:area", "shape_area", "area", "area_ha", "ha", "hectares", "gb", "geometrisk", "surface",
		"superficie", "flaeche", "flaeche_m2"},
	village: []string{"village", "村代码", "village_id", "village_code", "commune", "gemeinde", "municipality", "admin:subdivision_code"},
	name:    []string{"dkmc", "地块名称", "name", "field_name", "parcel_name", "marknummer"},
}

// suggest fills the empty entries of m from the columns at hand.
func suggest(m Mapping, columns []string) Mapping {
	pick := func(given string, names []string) string {
		if given == "-" {
			return ""
		}
		if given != "" {
			return given
		}
		for _, n := range names {
			for _, c := range columns {
				if strings.EqualFold(strings.TrimSpace(c), n) {
					return c
				}
			}
		}
		return ""
	}
	m.ID = pick(m.ID, suggestions.id)
	m.Household = pick(m.Household, suggestions.household)
	m.Area = pick(m.Area, suggestions.area)
	m.Village = pick(m.Village, suggestions.village)
	m.Name = pick(m.Name, suggestions.name)
	m.DeclaredCrop = pick(m.DeclaredCrop, nil)
	return m
}

// missing lists mapped columns that the file doesn't have.
func (m Mapping) missing(columns []string) []string {
	var out []string
	for _, c := range []string{m.ID, m.Household, m.Area, m.Village, m.Name, m.DeclaredCrop} {
		if c != "" && indexOf(columns, c) < 0 {
			out = append(out, c)
		}
	}
	return out
}

// indexOf finds a column by name, with the same case first.
func indexOf(columns []string, name string) int {
	if i := slices.Index(columns, name); i >= 0 {
		return i
	}
	return slices.IndexFunc(columns, func(c string) bool { return strings.EqualFold(c, name) })
}
