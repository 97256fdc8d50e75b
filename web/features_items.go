package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"

	"parus/internal/mapsheet"
	"parus/internal/publication"
)

type itemsInput struct {
	CollectionPath
	FeatureAsk
	IfNone string `header:"If-None-Match"`
}

type itemInput struct {
	CollectionPath
	FeatureID string `path:"featureId" doc:"Code of a parcel or of a village."`
	FeatureAsk
	IfNone string `header:"If-None-Match"`
}

type featuresOutput struct {
	Status       int
	ContentType  string `header:"Content-Type"`
	ContentCRS   string `header:"Content-Crs"`
	CacheControl string `header:"Cache-Control"`
	Vary         string `header:"Vary"`
	ETag         string `header:"ETag"`
	Body         []byte
}

// feature is a GeoJSON Feature (RFC 7946, 3.2).
type feature struct {
	Type       string        `json:"type"`
	ID         string        `json:"id"`
	Geometry   any           `json:"geometry"`
	Properties any           `json:"properties"`
	Links      []featureLink `json:"links,omitempty"`
}

// featureCollection is a GeoJSON FeatureCollection (RFC 7946, 3.3) with what the
// standard adds.
type featureCollection struct {
	Type           string        `json:"type"`
	NumberMatched  *int64        `json:"numberMatched,omitempty"`
	NumberReturned int           `json:"numberReturned"`
	Links          []featureLink `json:"links"`
	Features       []feature     `json:"features"`
}

// villageFacts are the properties of a village.
type villageFacts struct {
	Name       *string `json:"name" doc:"As the registry calls it."`
	Parcels    int64   `json:"parcels"`
	Households int64   `json:"households"`
	AreaHa     float64 `json:"area_ha"`
	Crop       *string `json:"crop"`
}

type point struct {
	Type        string     `json:"type"`
	Coordinates [2]float64 `json:"coordinates"`
}

// featurePage is a part of a layer's features, in order of id.
type featurePage struct {
	features []feature
	more     bool
	matched  *int64
}

// featuresVersion is raised where the same publication gives other features.
const featuresVersion = 1

// answered begins an answer that is good as long as the publication is in force;
// its ETag names that. The browser or program that asked may keep it, and asks
// again before it uses it.
func (l layer) answered(ifNone string) *featuresOutput {
	out := &featuresOutput{
		Status: http.StatusOK, ContentType: geoJSONType, ContentCRS: "<" + crs84 + ">", CacheControl: "private, no-cache",
		Vary: "Authorization, Cookie, Accept-Encoding", ETag: fmt.Sprintf(`W/"f%d-%d"`, featuresVersion, l.ID),
	}
	if ifNone == out.ETag {
		out.Status, out.ContentType, out.ContentCRS = http.StatusNotModified, "", ""
	}
	return out
}

func (s *server) ogcItems(ctx context.Context, in *itemsInput) (*featuresOutput, error) {
	l, err := s.layer(ctx, in.CollectionID)
	if err != nil {
		return nil, s.answer("ogcItems", err)
	}
	query, err := in.parameters(append([]string{"bbox", "datetime", "limit", "cursor"}, l.filters()...)...)
	if err != nil {
		return nil, err
	}
	q, err := parseItems(query)
	if err != nil {
		return nil, err
	}
	if l, err = s.continued(ctx, l, q.in); err != nil {
		return nil, s.answer("ogcItems", err)
	}
	out := l.answered(in.IfNone)
	if out.Status == http.StatusNotModified {
		return out, nil
	}
	page, err := s.featurePage(ctx, l, q)
	if err != nil {
		return nil, s.answer("ogcItems", err)
	}
	body := featureCollection{Type: "FeatureCollection", NumberMatched: page.matched, NumberReturned: len(page.features), Features: page.features}
	at := s.origin(in.FeatureAsk) + l.path()
	body.Links = []featureLink{s.self(in.FeatureAsk, geoJSONType), {at, "collection", jsonType, ""}}
	if page.more {
		query.Set("limit", strconv.Itoa(q.Limit))
		query.Set("cursor", featureCursor{l.ID, page.features[len(page.features)-1].ID}.text())
		body.Links = append(body.Links, featureLink{at + "/items?" + query.Encode(), "next", geoJSONType, ""})
	}
	if out.Body, err = json.Marshal(body); err != nil {
		return nil, s.answer("ogcItems", err)
	}
	return out, nil
}

// continued is the layer as the page before had it.
func (s *server) continued(ctx context.Context, l layer, id int64) (layer, error) {
	if id == 0 || id == l.ID {
		return l, nil
	}
	p, err := s.known.get(ctx, s.store, id)
	var unseen *Problem
	switch {
	case errors.As(err, &unseen), errors.Is(err, publication.ErrNotFound), err == nil && (p.County != l.County || p.Season != l.Season):
		return l, errCursor()
	case err != nil:
		return l, err
	}
	l.Publication = p
	return l, nil
}

func (s *server) ogcItem(ctx context.Context, in *itemInput) (*featuresOutput, error) {
	l, err := s.layer(ctx, in.CollectionID)
	if err != nil {
		return nil, s.answer("ogcItem", err)
	}
	if _, err := in.parameters(); err != nil {
		return nil, err
	}
	f, err := s.feature(ctx, l, in.FeatureID)
	if err != nil {
		return nil, s.answer("ogcItem", err)
	}
	out := l.answered(in.IfNone)
	if out.Status == http.StatusNotModified {
		return out, nil
	}
	f.Links = []featureLink{s.self(in.FeatureAsk, geoJSONType), {s.origin(in.FeatureAsk) + l.path(), "collection", jsonType, ""}}
	if out.Body, err = json.Marshal(f); err != nil {
		return nil, s.answer("ogcItem", err)
	}
	return out, nil
}

func parcelFeature(p publication.ParcelFeature) feature {
	return feature{Type: "Feature", ID: p.ID, Geometry: p.Shape, Properties: p.Facts}
}

// featurePage reads a page of a layer. Outside of its season nothing is.
func (s *server) featurePage(ctx context.Context, l layer, q itemsAsked) (featurePage, error) {
	page := featurePage{features: []feature{}}
	if !q.times.meets(l.Publication) {
		page.matched = new(int64)
		return page, nil
	}
	if l.kind == villageKind {
		return s.villagePage(ctx, l, q)
	}
	read, err := s.store.ParcelFeatures(ctx, scopeOf(ctx), l.ID, q.FeatureQuery)
	if err != nil {
		return page, err
	}
	for _, p := range read.Items {
		page.features = append(page.features, parcelFeature(p))
	}
	page.more, page.matched = read.More, read.Matched
	return page, nil
}

// villagePage selects among all villages, which the map holds in one sheet.
func (s *server) villagePage(ctx context.Context, l layer, q itemsAsked) (featurePage, error) {
	page := featurePage{features: []feature{}}
	all, names, err := s.villages(ctx, l)
	if err != nil {
		return page, err
	}
	all = slices.DeleteFunc(all, func(v mapsheet.Village) bool {
		at := placeOf(v)
		in := func(b publication.Bounds) bool {
			return b[0] <= at[0] && at[0] <= b[2] && b[1] <= at[1] && at[1] <= b[3]
		}
		return q.Crop != "" && v.Crop != q.Crop || len(q.Boxes) > 0 && !slices.ContainsFunc(q.Boxes, in)
	})
	matched := int64(len(all))
	page.matched = &matched
	for _, v := range all {
		if v.ID <= q.After {
			continue
		}
		if page.more = len(page.features) == q.Limit; page.more {
			break
		}
		page.features = append(page.features, villageFeature(v, names[v.ID]))
	}
	return page, nil
}

// villages are those of a layer that have a code, in order of it, and their
// names by code.
func (s *server) villages(ctx context.Context, l layer) ([]mapsheet.Village, map[string]string, error) {
	sheets, err := s.drawn.read(ctx, scopeOf(ctx), l.ID, []mapsheet.Cell{{}})
	if err != nil || len(sheets[0].Shapes) == 0 {
		return nil, nil, err
	}
	all, err := mapsheet.UnpackVillages(sheets[0].Shapes, nil)
	if err != nil {
		return nil, nil, err
	}
	sum, err := s.store.Summary(ctx, scopeOf(ctx), l.ID)
	names := map[string]string{}
	for _, v := range sum.Villages {
		names[v.Code] = v.Name
	}
	return slices.DeleteFunc(all, func(v mapsheet.Village) bool { return v.ID == "" }), names, err
}

// placeOf is the middle of a village's parcels: lon, lat in degrees.
func placeOf(v mapsheet.Village) [2]float64 {
	lon, lat := v.At.LonLat()
	return [2]float64{math.Round(lon*1e6) / 1e6, math.Round(lat*1e6) / 1e6}
}

func villageFeature(v mapsheet.Village, name string) feature {
	facts := villageFacts{Parcels: v.Parcels, Households: v.Households, AreaHa: float64(v.AreaM2) / 1e4}
	if v.Crop != "" {
		facts.Crop = &v.Crop
	}
	if name != "" {
		facts.Name = &name
	}
	return feature{Type: "Feature", ID: v.ID, Geometry: point{"Point", placeOf(v)}, Properties: facts}
}

// feature finds one feature of a layer.
func (s *server) feature(ctx context.Context, l layer, id string) (feature, error) {
	if l.kind == parcelKind {
		p, err := s.store.ParcelFeature(ctx, scopeOf(ctx), l.ID, id)
		return parcelFeature(p), err
	}
	all, names, err := s.villages(ctx, l)
	if err != nil {
		return feature{}, err
	}
	i := slices.IndexFunc(all, func(v mapsheet.Village) bool { return v.ID == id })
	if i < 0 {
		return feature{}, publication.ErrNotFound
	}
	return villageFeature(all[i], names[id]), nil
}
