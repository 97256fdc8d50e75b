package registry

import (
	"regexp"
	"strings"
)

// VillageName is a village that the package names.
type VillageName struct {
	Code string // 12 digits
	Name string
}

var (
	// groupTail is what names of collectives carry behind the village's: the
	// group, and the kind of body.
	groupTail = regexp.MustCompile(`(?:第?[0-9０-９一二三四五六七八九十百]+(?:村民|居民)?小?组|(?:村民|居民)?小组|村民委员会|居民委员会|村委会|居委会|(?:股份)?经济合作社|农民集体)$`)
	// townHead is what they carry in front of it.
	townHead = regexp.MustCompile(`^.*(?:镇|乡|街道办事处|街道)`)
)

// villageOf takes the village's name out of a collective's, "" where nothing
// is left: 青禾县东关镇红旗村第3村民小组 becomes 红旗村.
func villageOf(collective string) string {
	name := strings.TrimSpace(collective)
	if rest := townHead.ReplaceAllString(name, ""); rest != "" {
		name = rest
	}
	committee := strings.Contains(name, "民委员会") || strings.Contains(name, "村委会")
	for {
		cut := strings.TrimSpace(groupTail.ReplaceAllString(name, ""))
		if cut == name {
			break
		}
		name = cut
	}
	if committee && name != "" && !strings.HasSuffix(name, "村") && !strings.HasSuffix(name, "社区") {
		name += "村"
	}
	return name
}

// villageNames gathers the names of villages from the collectives of FBF. A
// village's own row (group 00) comes before those of its groups.
type villageNames struct {
	name map[string]string // by 12-digit code
	own  map[string]bool
}

// add takes the name out of a collective's; code has 14 digits.
func (v *villageNames) add(code, collective string) {
	name := villageOf(collective)
	if len(code) != 14 || name == "" {
		return
	}
	if v.name == nil {
		v.name, v.own = map[string]string{}, map[string]bool{}
	}
	village, own := code[:12], code[12:] == "00"
	if _, known := v.name[village]; !known || own && !v.own[village] {
		v.name[village], v.own[village] = strings.Clone(name), own
	}
}

// list is all of them in order of code.
func (v *villageNames) list() []VillageName {
	out := make([]VillageName, 0, len(v.name))
	for _, code := range sortedKeys(v.name) {
		out = append(out, VillageName{code, v.name[code]})
	}
	return out
}
