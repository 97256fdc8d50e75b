package intake

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Choices is what people choose about how a hand-over is read; the zero value
// leaves everything to what is found in it.
type Choices struct {
	Encoding string            `json:"encoding,omitempty" enum:",UTF-8,GB18030,Windows-1252" doc:"Of tables' text."`
	CRS      string            `json:"crs,omitempty" maxLength:"20" pattern:"^(EPSG:[0-9]{4,6})?$" doc:"Coordinate system instead of the declared one."`
	Layer    string            `json:"layer,omitempty" maxLength:"200" doc:"Of a file that has several."`
	Columns  map[string]string `json:"columns,omitempty" doc:"Column of each of id, household, area, village, name; '-' for none."`
	AreaUnit string            `json:"area_unit,omitempty" enum:",m2,ha,mu"`
}

// Words says what was chosen, for the history.
func (o Choices) Words() string {
	var out []string
	for _, p := range [][2]string{{"encoding", o.Encoding}, {"crs", o.CRS}, {"layer", o.Layer}, {"area_unit", o.AreaUnit}} {
		if p[1] != "" {
			out = append(out, p[0]+" "+p[1])
		}
	}
	for _, role := range slices.Sorted(maps.Keys(o.Columns)) {
		out = append(out, role+" "+o.Columns[role])
	}
	return strings.Join(out, ", ")
}

var epsg = regexp.MustCompile(`^(EPSG:[0-9]{4,6})?$`)

// Check refuses what can not be chosen.
func (o Choices) Check() error {
	bad := func(what string) error { return &Refusal{Code: BadOptions, Says: what} }
	switch {
	case !slices.Contains([]string{"", "UTF-8", "GB18030", "Windows-1252"}, o.Encoding):
		return bad("encoding")
	case !epsg.MatchString(o.CRS):
		return bad("crs")
	case utf8.RuneCountInString(o.Layer) > 200:
		return bad("layer")
	case !slices.Contains([]string{"", "m2", "ha", "mu"}, o.AreaUnit):
		return bad("area_unit")
	}
	for role, c := range o.Columns {
		if !slices.Contains([]string{"id", "household", "area", "village", "name"}, role) || utf8.RuneCountInString(c) > 200 {
			return bad("columns")
		}
	}
	return nil
}
