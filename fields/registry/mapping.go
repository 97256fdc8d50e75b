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

// suggest fills the empty entries of m from the columns at hand.
func suggest(m Mapping, columns []string) Mapping {
	pick := func(given, role string) string {
		if given == "-" {
			return ""
		}
		if given != "" {
			return given
		}
		for _, r := range rolesOf(ParcelTable) {
			if r.name != role {
				continue
			}
			if i, _ := r.byHead(columns, nil, nil); i >= 0 {
				return columns[i]
			}
		}
		return ""
	}
	m.ID = pick(m.ID, "id")
	m.Household = pick(m.Household, "household")
	m.Area = pick(m.Area, "area")
	m.Village = pick(m.Village, "village")
	m.Name = pick(m.Name, "name")
	m.DeclaredCrop = pick(m.DeclaredCrop, "")
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
