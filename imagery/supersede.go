package imagery

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"
)

// Superseded tells which scenes have been processed again: it maps the ID of
// each to the scene that replaces it. Scenes are of one acquisition where
// sensor, MGRS tile (or footprint, where no tile is known) and sensing time,
// to the second, agree. Of these the one of the latest processing baseline
// counts, of equals the one made last, and then the one whose ID, at last whose
// input digest, sorts last. The order of scenes does not matter. IDs must be
// unique.
func Superseded(scenes []Scene) map[string]Scene {
	sorted := slices.Clone(scenes)
	slices.SortStableFunc(sorted, Newer)
	best, out := map[string]Scene{}, map[string]Scene{}
	for _, s := range sorted {
		key := s.acquisition()
		if w, ok := best[key]; ok {
			out[s.ID] = w
			continue
		}
		best[key] = s
	}
	return out
}

// Newer compares two products of one acquisition; the one that counts sorts
// first.
func Newer(a, b Scene) int {
	return cmp.Or(cmp.Compare(b.Baseline, a.Baseline), b.Created.Compare(a.Created),
		cmp.Compare(b.ID, a.ID), cmp.Compare(b.InputDigest, a.InputDigest))
}

// Version is the scene's name with what decides whether it counts, in words.
func (s Scene) Version() string {
	made := "at an unknown time"
	if !s.Created.IsZero() {
		made = s.Created.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("%s (baseline %s, made %s)", s.ID, cmp.Or(s.Baseline, "unknown"), made)
}

// sensing is the time of sensing in ESA's names of Sentinel-2 products, which
// stays when a product is made again while its item's time moves by
// milliseconds.
var sensing = regexp.MustCompile(`^S2[A-D]_MSIL[12][AC]_(\d{8}T\d{6})`)

// acquisition names what was seen and when, whatever product shows it.
func (s Scene) acquisition() string {
	at := s.Datetime.UTC().Truncate(time.Second).Format(time.RFC3339)
	if m := sensing.FindStringSubmatch(s.ID); m != nil {
		at = m[1]
	}
	where := s.MGRSTile
	if b := s.Bound; where == "" && b != (orb.Bound{}) {
		where = fmt.Sprintf("%.3f %.3f %.3f %.3f", b.Min[0], b.Min[1], b.Max[0], b.Max[1])
	}
	if where == "" {
		where = s.ID // nothing tells that it is the same place
	}
	return strings.Join([]string{s.Sensor, where, at}, "|")
}
