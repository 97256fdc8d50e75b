package web

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"parus/internal/publication"
)

// The kinds of collections: each has one per county and season, of what is in
// force. Seasons that were scored again replace what a collection holds.
const (
	parcelKind  = "parcels"
	villageKind = "villages"
)

var featureKinds = [...]string{parcelKind, villageKind}

// layer is one collection.
type layer struct {
	kind string
	publication.Publication
}

func (l layer) id() string { return l.kind + "-" + l.County + "-" + l.Season }

func (l layer) title() string {
	if l.kind == villageKind {
		return l.CountyName + " " + l.Season + " 村 villages"
	}
	return l.CountyName + " " + l.Season + " 地块 parcels"
}

// path is where the collection is found on the server.
func (l layer) path() string { return featuresRoot + "/collections/" + url.PathEscape(l.id()) }

// filters are the properties by which the collection's features are selected.
func (l layer) filters() []string {
	if l.kind == villageKind {
		return []string{"crop"}
	}
	return []string{"village", "crop", "abstained"}
}

type collectionsInput struct{ FeatureAsk }

type collectionsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Links       []featureLink   `json:"links"`
		Collections []ogcCollection `json:"collections" doc:"By county and season."`
	}
}

// CollectionPath is the part of a path that names a collection.
type CollectionPath struct {
	CollectionID string `path:"collectionId" doc:"Kind, county and season with hyphens between: parcels or villages first."`
}

type collectionInput struct {
	CollectionPath
	FeatureAsk
}

type collectionOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         ogcCollection
}

// ogcCollection is what the standard's schema has of a collection.
type ogcCollection struct {
	ID          string        `json:"id"`
	Title       string        `json:"title"`
	Description string        `json:"description"`
	Links       []featureLink `json:"links"`
	Extent      ogcExtent     `json:"extent"`
	ItemType    string        `json:"itemType"`
	CRS         []string      `json:"crs"`
}

type ogcExtent struct {
	Spatial  *ogcSpatial  `json:"spatial,omitempty"`
	Temporal *ogcTemporal `json:"temporal,omitempty" doc:"The season, which is the time of each feature."`
}

type ogcSpatial struct {
	BBox []publication.Bounds `json:"bbox"`
	CRS  string               `json:"crs"`
}

type ogcTemporal struct {
	Interval [][2]*string `json:"interval" doc:"First and last moment; null: open."`
	TRS      string       `json:"trs"`
}

func (s *server) ogcCollections(ctx context.Context, in *collectionsInput) (*collectionsOutput, error) {
	if _, err := in.parameters(); err != nil {
		return nil, err
	}
	known, err := s.store.InForce(ctx, scopeOf(ctx), "", "")
	if err != nil {
		return nil, s.answer("ogcCollections", err)
	}
	ids := make([]int64, len(known))
	for i, p := range known {
		ids[i] = p.ID
	}
	bounds, err := s.store.FeatureBounds(ctx, scopeOf(ctx), ids)
	if err != nil {
		return nil, s.answer("ogcCollections", err)
	}
	out := &collectionsOutput{CacheControl: noStore}
	out.Body.Links = []featureLink{s.self(in.FeatureAsk, jsonType)}
	out.Body.Collections = []ogcCollection{}
	for _, p := range known {
		for _, kind := range featureKinds {
			out.Body.Collections = append(out.Body.Collections, s.told(in.FeatureAsk, layer{kind, p}, bounds))
		}
	}
	return out, nil
}

func (s *server) ogcCollection(ctx context.Context, in *collectionInput) (*collectionOutput, error) {
	l, err := s.layer(ctx, in.CollectionID)
	if err != nil {
		return nil, s.answer("ogcCollection", err)
	}
	if _, err := in.parameters(); err != nil {
		return nil, err
	}
	bounds, err := s.store.FeatureBounds(ctx, scopeOf(ctx), []int64{l.ID})
	if err != nil {
		return nil, s.answer("ogcCollection", err)
	}
	return &collectionOutput{CacheControl: noStore, Body: s.told(in.FeatureAsk, l, bounds)}, nil
}

// layer finds a collection that whoever asks may see.
func (s *server) layer(ctx context.Context, id string) (layer, error) {
	kind, name, _ := strings.Cut(id, "-")
	if !slices.Contains(featureKinds[:], kind) {
		return layer{}, errNotFound()
	}
	p, err := s.store.SeasonInForce(ctx, scopeOf(ctx), name)
	return layer{kind, p}, err
}

// told describes a collection, with the bounds of its publication where they are
// known.
func (s *server) told(a FeatureAsk, l layer, bounds map[int64]publication.Bounds) ogcCollection {
	at := s.origin(a) + l.path()
	c := ogcCollection{
		ID: l.id(), ItemType: "feature", CRS: []string{crs84}, Title: l.title(),
		Description: "登记地块，含识别的作物和单产预测。Registered parcels with the crop that was recognised and the yield forecast; areas in ha, yields in kg/ha.",
		Links:       []featureLink{{at, "self", jsonType, ""}, {at + "/items", "items", geoJSONType, "要素 features"}},
	}
	if l.kind == villageKind {
		c.Description = "村：地块中心点、地块数、面积、主要作物。Villages: one point at the middle of their parcels, with counts, area in ha and the crop of the largest area."
	}
	if b, ok := bounds[l.ID]; ok {
		c.Extent.Spatial = &ogcSpatial{BBox: []publication.Bounds{b}, CRS: crs84}
	}
	if l.Starts != nil && l.Ends != nil {
		from, until := *l.Starts+"T00:00:00Z", *l.Ends+"T23:59:59Z"
		c.Extent.Temporal = &ogcTemporal{Interval: [][2]*string{{&from, &until}}, TRS: "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"}
	}
	return c
}
