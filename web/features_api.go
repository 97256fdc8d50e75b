package web

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// GDAL and QGIS learn by which properties a collection can be asked, and how many
// features a page may have, from a document of OpenAPI 3.0 in which the paths
// begin at the landing page and each collection has one of its own. So this one
// is made of the server's for whoever asks.

type featuresAPIOutput struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

// node is an object of JSON.
type node = map[string]any

func (s *server) ogcAPI(api huma.API) func(context.Context, *FeatureAsk) (*featuresAPIOutput, error) {
	whole := sync.OnceValues(func() (node, error) {
		b, err := api.OpenAPI().Downgrade()
		if err != nil {
			return nil, err
		}
		var doc node
		err = json.Unmarshal(b, &doc)
		return doc, err
	})
	return func(ctx context.Context, in *FeatureAsk) (*featuresAPIOutput, error) {
		if _, err := in.parameters(); err != nil {
			return nil, err
		}
		doc, err := whole()
		if err != nil {
			return nil, s.answer("ogcAPI", err)
		}
		known, err := s.store.InForce(ctx, scopeOf(ctx), "", "")
		if err != nil {
			return nil, s.answer("ogcAPI", err)
		}
		var layers []layer
		for _, p := range known {
			for _, kind := range featureKinds {
				layers = append(layers, layer{kind, p})
			}
		}
		b, err := json.Marshal(featuresDocument(doc, s.origin(*in)+featuresRoot, layers))
		if err != nil {
			return nil, s.answer("ogcAPI", err)
		}
		return &featuresAPIOutput{ContentType: openAPI30, CacheControl: noStore, Body: b}, nil
	}
}

// featuresDocument takes what is below the landing page out of a document, with
// what that refers to, and leaves the document as it is.
func featuresDocument(whole node, at string, layers []layer) node {
	paths := node{}
	for path, item := range inside(whole, "paths") {
		if rest, ok := strings.CutPrefix(path, featuresRoot); ok {
			paths["/"+strings.TrimPrefix(rest, "/")] = item
		}
	}
	doc := node{"openapi": whole["openapi"], "info": whole["info"], "servers": []node{{"url": at}}, "paths": paths}
	items := inside(paths, "/collections/{collectionId}/items", "get")
	parameters, limit := node{}, []any{}
	list, _ := items["parameters"].([]any)
	for _, p := range list {
		param, _ := p.(node)
		name, _ := param["name"].(string)
		if parameters[name] = p; name == "limit" {
			limit = append(limit, p)
		}
	}
	for _, l := range layers {
		own := maps.Clone(items)
		own["operationId"], own["summary"] = "items-"+l.id(), l.title()
		asked := []any{}
		for _, name := range append([]string{"If-None-Match", "bbox", "datetime", "cursor"}, l.filters()...) {
			asked = append(asked, parameters[name])
		}
		own["parameters"] = append(asked, node{"$ref": "#/components/parameters/limit"})
		paths[strings.TrimPrefix(l.path(), featuresRoot)+"/items"] = node{"get": own}
	}
	components := node{"securitySchemes": inside(whole, "components")["securitySchemes"], "parameters": node{"limit": limit[0]}}
	doc["components"] = components
	schemas := node{}
	gather(doc, inside(whole, "components", "schemas"), schemas)
	components["schemas"] = schemas
	return doc
}

// gather collects the schemas that a value refers to, and those that they refer
// to.
func gather(value any, from, into node) {
	switch v := value.(type) {
	case node:
		ref, _ := v["$ref"].(string)
		if name, ok := strings.CutPrefix(ref, "#/components/schemas/"); ok && into[name] == nil {
			into[name] = from[name]
			gather(from[name], from, into)
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			gather(v[name], from, into)
		}
	case []any:
		for _, e := range v {
			gather(e, from, into)
		}
	}
}

// inside steps from object to object.
func inside(doc node, names ...string) node {
	for _, name := range names {
		doc, _ = doc[name].(node)
	}
	return doc
}
