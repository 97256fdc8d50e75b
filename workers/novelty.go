package workers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"parus/imagery"
	"parus/internal/ledger"
	"parus/internal/season"
)

// stageCatalogue names in outcomes what a catalogue lists, before any stage.
const stageCatalogue = "catalogue"

// known is what is compared with a catalogue: the scenes of the last run, which
// of them could not be read, and what the catalogue has listed before.
type known struct {
	scenes []imagery.Scene
	failed map[string]bool // by ID
	listed []string
	now    time.Time
}

// novelty is what a catalogue tells that the last run did not have.
type novelty struct {
	scenes   []imagery.Scene // of the next run, by time, then ID
	outcomes []season.Outcome

	added, late, renewed, mended int
	vanished, doubtful           []string // reported, not obeyed
}

// any tells whether there is something to run for.
func (n *novelty) any() bool { return n.added+n.renewed+n.mended > 0 }

// ahead is by how much a scene may lie in the future: clocks differ.
const ahead = 24 * time.Hour

// compare takes from a catalogue what is new, made again or mended. Scenes that
// it lists no longer stay; one that it shows another way without a later
// baseline or date stays as it was, or two catalogues that tell of one product
// in different words would take turns for ever.
func compare(k known, listed []imagery.Scene) novelty {
	var n novelty
	byID := map[string]imagery.Scene{}
	newest := time.Time{}
	for _, s := range k.scenes {
		byID[s.ID] = s
		if s.Datetime.After(newest) {
			newest = s.Datetime
		}
	}
	listed = slices.SortedStableFunc(slices.Values(listed), imagery.Newer)
	for _, s := range listed {
		old, ok := byID[s.ID]
		switch {
		case ok && old.InputDigest == s.InputDigest:
		case s.Datetime.After(k.now.Add(ahead)):
			n.doubtful = append(n.doubtful, s.ID+" is dated in the future")
		case ok:
			n.changed(k, byID, old, s)
		default:
			n.unknown(k, byID, s, newest)
		}
	}
	n.scenes = sorted(byID)
	n.missing(k, byID, listed)
	return n
}

// changed judges another form of a scene that is known.
func (n *novelty) changed(k known, byID map[string]imagery.Scene, old, s imagery.Scene) {
	switch {
	case laterThan(s, old):
		n.renewed++
		n.outcomes = append(n.outcomes, season.Outcome{Item: old.Version() + " content " + short(old.InputDigest), Stage: stageCatalogue, Outcome: string(ledger.Skipped),
			Reason: "superseded by " + s.Version() + " content " + short(s.InputDigest)})
	case k.failed[s.ID]:
		n.mended++
	default:
		n.doubtful = append(n.doubtful, s.ID+" has changed without a later baseline or date")
		return
	}
	byID[s.ID] = s
}

// unknown judges a scene of a name that is not known.
func (n *novelty) unknown(k known, byID map[string]imagery.Scene, s imagery.Scene, newest time.Time) {
	twin, ok := twinOf(byID, s)
	if ok && !k.failed[twin.ID] && !laterThan(s, twin) {
		return // what is known already, by another name or in a version before
	}
	byID[s.ID] = s
	switch {
	case ok && !k.failed[twin.ID]:
		n.renewed++
	case s.Datetime.Before(newest):
		n.added++
		n.late++
	default:
		n.added++
	}
}

// twinOf finds the known product of the same acquisition that counts.
func twinOf(byID map[string]imagery.Scene, s imagery.Scene) (imagery.Scene, bool) {
	var near []imagery.Scene
	for _, o := range byID {
		if o.Sensor == s.Sensor && o.Datetime.Sub(s.Datetime).Abs() < time.Minute {
			near = append(near, o)
		}
	}
	gone := imagery.Superseded(near)
	for _, o := range near {
		if _, ok := gone[o.ID]; ok {
			continue
		}
		if pair := imagery.Superseded([]imagery.Scene{o, s}); len(pair) > 0 {
			return o, true
		}
	}
	return imagery.Scene{}, false
}

// laterThan tells whether a product says that it was made after another: by its
// baseline, then by its own date, then by that of the catalogue's entry.
func laterThan(a, b imagery.Scene) bool {
	if c := cmp.Or(cmp.Compare(a.Baseline, b.Baseline), a.Created.Compare(b.Created)); c != 0 {
		return c > 0
	}
	return a.ID == b.ID && a.Updated.After(b.Updated)
}

// missing names what the catalogue has listed before, or of a catalogue that was
// never read what the last run has, and is not in it any more; but not what a
// later product has taken the place of.
func (n *novelty) missing(k known, byID map[string]imagery.Scene, listed []imagery.Scene) {
	here := map[string]bool{}
	for _, s := range listed {
		here[s.ID] = true
	}
	before := k.listed
	if len(before) == 0 {
		for _, s := range k.scenes {
			before = append(before, s.ID)
		}
	}
	gone := imagery.Superseded(n.scenes)
	for _, id := range before {
		if _, replaced := gone[id]; !here[id] && !replaced {
			if _, held := byID[id]; held {
				n.vanished = append(n.vanished, id)
			}
		}
	}
	slices.Sort(n.vanished)
	for _, id := range n.vanished {
		n.outcomes = append(n.outcomes, season.Outcome{Item: "listing of " + id, Stage: stageCatalogue, Outcome: string(ledger.Skipped),
			Reason: "the catalogue does not list it any more; what is known of it is kept"})
	}
	slices.Sort(n.doubtful)
}

// String tells what was found, in words.
func (n *novelty) String() string {
	var parts []string
	switch {
	case n.late > 0:
		parts = append(parts, fmt.Sprintf("%d new (%d late)", n.added, n.late))
	case n.added > 0:
		parts = append(parts, fmt.Sprintf("%d new", n.added))
	case !n.any():
		parts = append(parts, "nothing new")
	}
	if n.renewed > 0 {
		parts = append(parts, fmt.Sprintf("%d processed again", n.renewed))
	}
	if n.mended > 0 {
		parts = append(parts, fmt.Sprintf("%d mended", n.mended))
	}
	if v := n.vanished; len(v) > 0 {
		parts = append(parts, fmt.Sprintf("%d not listed any more and kept, such as %s", len(v), v[0]))
	}
	if d := n.doubtful; len(d) > 0 {
		parts = append(parts, fmt.Sprintf("%d not believed, such as %s", len(d), d[0]))
	}
	return strings.Join(parts, "; ")
}

func sorted(byID map[string]imagery.Scene) []imagery.Scene {
	var out []imagery.Scene
	for _, s := range byID {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b imagery.Scene) int {
		return cmp.Or(a.Datetime.Compare(b.Datetime), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// short is the beginning of a digest, enough to tell two apart.
func short(digest string) string { return digest[:min(12, len(digest))] }
