package web

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"parus/internal/publication"
)

// How many features a page has: GDAL and QGIS ask for 10 to 1,000 at once; ten
// thousand parcels are 6 MB.
const (
	usualFeatures = 1000
	mostFeatures  = 10000
)

// itemsAsked is what a request for features asks for.
type itemsAsked struct {
	publication.FeatureQuery
	in    int64 // publication of the page before; 0 on the first
	times span
}

// span is a time from a first to a last moment; the zero value has no end on
// either side.
type span struct{ from, until time.Time }

// featureCursor is where a page begins. It names the publication, so that the
// pages of one reading are of one publication, whatever is put in force
// meanwhile.
type featureCursor struct {
	Publication int64  `json:"p"`
	After       string `json:"a"`
}

func (c featureCursor) text() string {
	b, _ := json.Marshal(c) // a string and a number always marshal
	return base64.RawURLEncoding.EncodeToString(b)
}

// parseItems reads the parameters of a request for features.
func parseItems(query url.Values) (itemsAsked, error) {
	q := itemsAsked{FeatureQuery: publication.FeatureQuery{Limit: usualFeatures, Village: query.Get("village"), Crop: query.Get("crop")}}
	var err error
	if text := query.Get("limit"); text != "" && err == nil {
		q.Limit, err = parseLimit(text)
	}
	if text := query.Get("bbox"); text != "" && err == nil {
		q.Boxes, err = parseBBox(text)
	}
	if text := query.Get("datetime"); text != "" && err == nil {
		q.times, err = parseDatetime(text)
	}
	if text := query.Get("abstained"); text != "" && err == nil {
		yes := text == "true" || text == "1" // GDAL's fields of truth are numbers
		if q.Abstained = &yes; !yes && text != "false" && text != "0" {
			err = errBad("abstained is neither true nor false.", "Write abstained=true or abstained=false.")
		}
	}
	if text := query.Get("cursor"); text != "" && err == nil {
		var c featureCursor
		b, wrong := base64.RawURLEncoding.DecodeString(text)
		if wrong == nil {
			wrong = json.Unmarshal(b, &c)
		}
		if wrong != nil || c.Publication < 1 || strings.ContainsRune(c.After, 0) {
			err = errCursor()
		}
		q.in, q.After = c.Publication, c.After
	}
	return q, err
}

func errCursor() *Problem {
	return errBad("The cursor is none of this collection.", "Follow the link next of the page before, or leave the cursor out to start again.")
}

// parseLimit: more than the most is the most, as the standard has it.
func parseLimit(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if errors.Is(err, strconv.ErrRange) && text[0] != '-' {
		n, err = mostFeatures, nil
	}
	if err != nil || n < 1 {
		return 0, errBad("limit is no number of features.", "Write a whole number from 1 to "+strconv.Itoa(mostFeatures)+".")
	}
	return min(n, mostFeatures), nil
}

// parseBBox reads a box of four numbers, or of six of which the heights say
// nothing about shapes that have none. One whose west is east of its east
// crosses the antimeridian and is two.
func parseBBox(text string) ([]publication.Bounds, error) {
	const next = "Write bbox=west,south,east,north in degrees of longitude (-180 to 180) and latitude (-90 to 90), or west,south,lowest,east,north,highest. " +
		"West is greater than east only where the box crosses the antimeridian."
	parts := strings.Split(text, ",")
	if len(parts) != 4 && len(parts) != 6 {
		return nil, errBad("bbox has neither four nor six numbers.", next)
	}
	v := make([]float64, len(parts))
	for i, part := range parts {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil || math.IsInf(n, 0) || math.IsNaN(n) || strings.ContainsAny(part, "xX_") {
			return nil, errBad("bbox holds something that is no number.", next)
		}
		v[i] = n
	}
	b := publication.Bounds{v[0], v[1], v[len(v)/2], v[len(v)/2+1]}
	switch {
	case math.Abs(b[0]) > 180 || math.Abs(b[2]) > 180:
		return nil, errBad("bbox has a longitude beyond 180 degrees.", next)
	case math.Abs(b[1]) > 90 || math.Abs(b[3]) > 90:
		return nil, errBad("bbox has a latitude beyond 90 degrees.", next)
	case b[1] > b[3]:
		return nil, errBad("bbox begins north of where it ends.", next)
	case len(v) == 6 && v[2] > v[5]:
		return nil, errBad("bbox begins above where it ends.", next)
	case b[0] > b[2]:
		return []publication.Bounds{{b[0], b[1], 180, b[3]}, {-180, b[1], b[2], b[3]}}, nil
	}
	return []publication.Bounds{b}, nil
}

// parseDatetime reads a moment, or two with a slash between of which one may be
// left open. A date without a time of day is taken too, as the whole day (UTC).
func parseDatetime(text string) (span, error) {
	wrong := errBad("datetime is no time and no interval.",
		"Write 2025-07-01T00:00:00Z, 2025-06-01T00:00:00Z/2025-07-01T00:00:00Z, ../2025-07-01T00:00:00Z or 2025-06-01T00:00:00Z/.. with the earlier first.")
	first, last, isInterval := strings.Cut(text, "/")
	if !isInterval {
		last = first
	}
	open := func(t string) bool { return isInterval && (t == ".." || t == "") }
	var s span
	var ok bool
	if open(first) && open(last) {
		return s, wrong
	}
	if !open(first) {
		if s.from, _, ok = parseMoment(first); !ok {
			return s, wrong
		}
	}
	if !open(last) {
		if _, s.until, ok = parseMoment(last); !ok || s.until.Before(s.from) {
			return s, wrong
		}
	}
	return s, nil
}

// parseMoment reads a time of RFC 3339, 5.6: when it begins and ends.
func parseMoment(text string) (from, until time.Time, ok bool) {
	if t, err := time.Parse(time.RFC3339, strings.ToUpper(text)); err == nil {
		return t, t, true
	}
	day, err := time.Parse(time.DateOnly, text)
	return day, day.AddDate(0, 0, 1).Add(-time.Nanosecond), err == nil
}

// meets tells whether the season of a publication, which is the time of all its
// features, has a moment of the span. One without dates is of no time, and any
// span selects it.
func (s span) meets(p publication.Publication) bool {
	if p.Starts == nil || p.Ends == nil {
		return true
	}
	starts, _, ok := parseMoment(*p.Starts)
	_, ends, okToo := parseMoment(*p.Ends)
	if !ok || !okToo {
		return true
	}
	return (s.from.IsZero() || !s.from.After(ends)) && (s.until.IsZero() || !s.until.Before(starts))
}
