package web

import (
	"reflect"

	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

// itemsParameters documents what items are asked by, in the forms that the
// standard gives (17-069r4, 7.15.2 to 7.15.5); parseItems reads them.
func itemsParameters() []*huma.Param {
	apart := false
	param := func(name, doc string, schema *huma.Schema) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: doc, Style: "form", Explode: &apart, Schema: schema}
	}
	text := func() *huma.Schema { return &huma.Schema{Type: huma.TypeString} }
	number := func(n float64) *float64 { return &n }
	count := func(n int) *huma.Schema { return &huma.Schema{MinItems: &n, MaxItems: &n} }
	return []*huma.Param{
		param("bbox", "West, south, east, north in degrees (CRS84); or with the lowest height after south and the highest after north, which select nothing. "+
			"West is greater than east where the box crosses the antimeridian.",
			&huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeNumber}, OneOf: []*huma.Schema{count(4), count(6)}}),
		param("datetime", "A time (RFC 3339) or two with a slash between, one of which may be open (..). The time of a feature is the season of its collection.", text()),
		param("limit", "Features of a page at most; more than the maximum is the maximum.",
			&huma.Schema{Type: huma.TypeInteger, Minimum: number(1), Maximum: number(mostFeatures), Default: usualFeatures}),
		param("cursor", "As in the link next of the page before.", text()),
		param("village", "Only parcels of the village with this code.", text()),
		param("crop", "Only parcels, or villages, with this crop: a catalogue code.", text()),
		param("abstained", "Only parcels of which the crop model would not commit itself, or only others.", &huma.Schema{Type: huma.TypeBoolean}),
	}
}

func featureResponses(summary string, schema *huma.Schema) map[string]*huma.Response {
	return map[string]*huma.Response{
		"200": {Description: summary, Content: map[string]*huma.MediaType{geoJSONType: {Schema: schema}}},
		"304": {Description: "What was asked with is good"},
	}
}

func linksSchema() *huma.Schema {
	text := &huma.Schema{Type: huma.TypeString}
	return &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeObject, Required: []string{"href", "rel", "type"},
		Properties: map[string]*huma.Schema{"href": text, "rel": text, "type": text, "title": text}}}
}

func featureSchema(api huma.API) *huma.Schema {
	of := func(t reflect.Type) *huma.Schema { return api.OpenAPI().Components.Schemas.Schema(t, true, "") }
	return &huma.Schema{Type: huma.TypeObject, Required: []string{"type", "id", "geometry", "properties"}, Properties: map[string]*huma.Schema{
		"type":       {Type: huma.TypeString, Enum: []any{"Feature"}},
		"id":         {Type: huma.TypeString},
		"geometry":   {Type: huma.TypeObject, Description: "A MultiPolygon for a parcel, a Point for a village."},
		"properties": {OneOf: []*huma.Schema{of(reflect.TypeFor[publication.ParcelFacts]()), of(reflect.TypeFor[villageFacts]())}},
		"links":      linksSchema(),
	}}
}

func collectionSchema(api huma.API) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Required: []string{"type", "features", "links", "numberReturned"}, Properties: map[string]*huma.Schema{
		"type":           {Type: huma.TypeString, Enum: []any{"FeatureCollection"}},
		"numberMatched":  {Type: huma.TypeInteger, Description: "Where it is known: of all parcels of a publication, and of any villages."},
		"numberReturned": {Type: huma.TypeInteger},
		"features":       {Type: huma.TypeArray, Items: featureSchema(api)},
		"links":          linksSchema(),
	}}
}
