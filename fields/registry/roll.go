package registry

import (
	"strings"

	"parus/fields"
)

// Roll finds the households and parcels of a package by the keys that other
// tables of the county use. It holds personal data in memory and gives none
// out.
type Roll struct {
	households map[string]int // CBFBM → Package.Households
	byID       map[string]int // resident ID → household; −1 where it is in two
	byName     map[string]int // name within a village → household; −1 where it is in two
	parcels    map[string]int // DKBM → Package.Parcels
	p          *Package
}

// NewRoll indexes a package.
func NewRoll(p *Package) *Roll {
	r := &Roll{households: make(map[string]int, len(p.Households)), byID: make(map[string]int, len(p.People)),
		byName: map[string]int{}, parcels: make(map[string]int, len(p.Parcels)), p: p}
	for i := range p.Households {
		r.households[p.Households[i].ID] = i
	}
	for i := range p.Parcels {
		r.parcels[p.Parcels[i].ID] = i
	}
	for i := range p.People {
		q := &p.People[i]
		h, ok := r.households[q.HouseholdID]
		if !ok {
			continue
		}
		put(r.byID, q.IDNumber, h)
		if q.Head || q.Holder {
			put(r.byName, p.Households[h].Village+strings.TrimSpace(q.Name), h)
			put(r.byName, strings.TrimSpace(q.Name), h)
		}
	}
	return r
}

// put notes that a key belongs to a household, or to more than one.
func put(m map[string]int, key string, h int) {
	if key == "" {
		return
	}
	if old, ok := m[key]; ok && old != h {
		h = -1
	}
	m[key] = h
}

// lookup says how a household was found, or why not.
type lookup struct {
	household string
	code      string // of the defect, "" where there is one household
	by        string // which key was tried last
}

// household tries the keys of a row, the surest first: the household's own
// code, the contract's, the resident ID, the holder of the parcel where the
// parcel is told, the name.
func (r *Roll) household(get func(role string) string) lookup {
	if c, _ := cleanCode(get("household")); c != "" {
		if _, ok := r.households[c]; ok {
			return lookup{household: c}
		}
		return lookup{code: HouseholdUnknown, by: "household"}
	}
	if c, _ := cleanCode(get("contract")); len(c) >= 18 {
		if _, ok := r.households[c[:18]]; ok {
			return lookup{household: c[:18]}
		}
		return lookup{code: HouseholdUnknown, by: "contract"}
	}
	if c, _ := cleanCode(get("id_number")); c != "" {
		return r.found(r.byID, strings.ToUpper(c), "id_number")
	}
	name := strings.TrimSpace(get("grower"))
	if name == "" {
		return lookup{code: HouseholdUnknown}
	}
	if v, _ := cleanCode(get("village")); len(v) >= 12 && digits(v) {
		return r.found(r.byName, v[:12]+name, "grower")
	}
	return r.found(r.byName, name, "grower")
}

func (r *Roll) found(m map[string]int, key, by string) lookup {
	h, ok := m[key]
	switch {
	case !ok:
		return lookup{code: HouseholdUnknown, by: by}
	case h < 0:
		return lookup{code: HouseholdAmbiguous, by: by}
	}
	return lookup{household: r.p.Households[h].ID}
}

// parcel finds a parcel by its code; nil where there is none.
func (r *Roll) parcel(code string) *fields.Parcel {
	if i, ok := r.parcels[code]; ok {
		return &r.p.Parcels[i]
	}
	return nil
}
