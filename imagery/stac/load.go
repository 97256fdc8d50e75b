package stac

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/remote"
	"parus/imagery/sensor"
)

// Query says which items are wanted. The zero Query takes all of them.
type Query struct {
	Bound       *orb.Bound    // lon, lat; nil for everywhere
	Start, End  time.Time     // zero for open; End counts as the whole day
	Collections []string      // for an API's search; empty for all that it offers
	Bands       []string      // a scene must have these; empty: red, near infrared and mask
	MaxItems    int           // 0 for 100,000; more is an error
	Client      remote.Client // for HTTP sources
	Undigested  bool          // leave InputDigest empty: whoever keeps no results need not read the files twice
}

// Result is what a source holds. Each item that the query asks for is in one
// of both lists.
type Result struct {
	Scenes  []imagery.Scene // by time, then ID
	Refused []Refusal       // in the source's order, then the superseded
}

// Refusal says why an item is no scene.
type Refusal struct {
	ID     string // of the item, or the file or link where none can be read
	Reason string
}

const defaultMaxItems = 100_000

// Load reads the items of a source: a path to an item, a FeatureCollection, a
// catalog.json, a SAFE folder, a zip of one, or a folder of these, or the URL of
// a catalogue or API. It fails
// where the source as a whole cannot be read; an empty result is no failure.
//
// An item that is listed several times counts once: of its entries the one of
// the latest baseline, of equals the one made last. Products that supersede
// others are all kept; see [imagery.Superseded].
func Load(ctx context.Context, source string, q Query) (Result, error) {
	sensors, err := sensor.Load()
	if err != nil {
		return Result{}, err
	}
	if q.MaxItems <= 0 {
		q.MaxItems = defaultMaxItems
	}
	l := &loader{query: q, sensors: sensors}
	if isURL(source) {
		l.fetch = remote.NewDocuments(q.Client, source)
		err = l.remote(ctx, source)
	} else {
		err = l.local(ctx, source)
	}
	if err != nil {
		return Result{}, fmt.Errorf("catalogue %s: %w", source, err)
	}
	return l.result(), nil
}

// loader gathers scenes and refusals.
type loader struct {
	query   Query
	sensors sensor.Catalogue
	fetch   *remote.Documents
	asked   int // documents of the network
	items   int
	scenes  []imagery.Scene
	refused []Refusal
}

func (l *loader) refuse(id string, err error) {
	l.refused = append(l.refused, Refusal{ID: id, Reason: err.Error()})
}

// count admits one more item.
func (l *loader) count() error {
	if l.items++; l.items > l.query.MaxItems {
		return fmt.Errorf("more than %d items: narrow the query by dates or area", l.query.MaxItems)
	}
	return nil
}

// item adds one item, given as JSON, that was read from base.
func (l *loader) item(data json.RawMessage, base string) error {
	if err := l.count(); err != nil {
		return err
	}
	it, err := parseItem(data)
	if err != nil {
		l.refuse(cmp.Or(it.ID, base), err)
		return nil
	}
	if !l.wanted(it) {
		return nil
	}
	s, err := l.scene(it, data, base)
	if err != nil {
		l.refuse(it.ID, err)
		return nil
	}
	l.scenes = append(l.scenes, s)
	return nil
}

// wanted tells whether an item lies in the query's time and place.
func (l *loader) wanted(it item) bool {
	q := l.query
	if !q.Start.IsZero() && it.Time.Before(q.Start) {
		return false
	}
	if !q.End.IsZero() && !it.Time.Before(q.End.Truncate(24*time.Hour).AddDate(0, 0, 1)) {
		return false
	}
	return q.Bound == nil || it.Footprint == nil || imagery.FootprintBound(it.Footprint).Intersects(*q.Bound)
}

// result sorts the scenes. One that is listed several times counts once, in
// its newest form.
func (l *loader) result() Result {
	best := map[string]bool{}
	slices.SortStableFunc(l.scenes, imagery.Newer)
	var kept []imagery.Scene
	for _, s := range l.scenes {
		if best[s.ID] {
			l.refuse(s.ID, errors.New("listed more than once: the newest entry counts"))
			continue
		}
		best[s.ID] = true
		kept = append(kept, s)
	}
	slices.SortStableFunc(kept, func(a, b imagery.Scene) int {
		return cmp.Or(a.Datetime.Compare(b.Datetime), cmp.Compare(a.ID, b.ID))
	})
	return Result{Scenes: kept, Refused: l.refused}
}

func isURL(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

// document is any STAC JSON, as far as it must be known to tell what it is.
type document struct {
	Type     string            `json:"type"`
	ID       string            `json:"id"`
	Features []json.RawMessage `json:"features"`
	Links    []link            `json:"links"`
}

type link struct {
	Rel    string          `json:"rel"`
	Href   string          `json:"href"`
	Method string          `json:"method"`
	Merge  bool            `json:"merge"`
	Body   json.RawMessage `json:"body"`
}

var errNotSTAC = errors.New("neither an item nor a FeatureCollection nor a catalogue of STAC")

func parseDocument(data []byte) (document, error) {
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return d, fmt.Errorf("not JSON of STAC: %w", err)
	}
	return d, nil
}
