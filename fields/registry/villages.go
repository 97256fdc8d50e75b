package registry

import (
	"context"
	"regexp"
	"slices"
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

// readVillages takes the names of villages from FBF: the table's other columns
// are of no use here, and what is wrong with it keeps nothing out. A village's
// own row (group 00) comes before those of its groups.
func readVillages(ctx context.Context, tables map[string]*table) []VillageName {
	t := tables["FBF"]
	if t == nil {
		return nil
	}
	code, name := t.column("FBFBM"), t.column("FBFMC")
	if code < 0 || name < 0 {
		return nil
	}
	byCode, own := map[string]string{}, map[string]bool{}
	_ = t.each(ctx, func(_ int, cells []string) error { // names that can't be read are not there
		c, _ := cleanCode(cells[code])
		v := villageOf(cells[name])
		if len(c) != 14 || !digits(c) || v == "" {
			return nil
		}
		village := strings.Clone(c[:12])
		if _, known := byCode[village]; !known || c[12:] == "00" && !own[village] {
			byCode[village], own[village] = strings.Clone(v), c[12:] == "00"
		}
		return nil
	})
	out := make([]VillageName, 0, len(byCode))
	for c, v := range byCode {
		out = append(out, VillageName{c, v})
	}
	slices.SortFunc(out, func(a, b VillageName) int { return strings.Compare(a.Code, b.Code) })
	return out
}
