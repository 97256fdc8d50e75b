package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

// Features are published parcels as programs of partners read them. They hold
// nothing of a household, whatever the role.
type Features interface {
	InForce(ctx context.Context, s publication.Scope, prefix, season string) ([]publication.Publication, error)
	SeasonInForce(ctx context.Context, s publication.Scope, name string) (publication.Publication, error)
	FeatureBounds(ctx context.Context, s publication.Scope, ids []int64) (map[int64]publication.Bounds, error)
	ParcelFeatures(ctx context.Context, s publication.Scope, id int64, q publication.FeatureQuery) (publication.FeaturePage, error)
	ParcelFeature(ctx context.Context, s publication.Scope, id int64, parcel string) (publication.ParcelFeature, error)
}

// The server's part that follows OGC API – Features, Part 1: Core 1.0.1 (OGC
// 17-069r4).
const (
	featuresRoot = "/ogc"
	crs84        = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
	openAPI30    = "application/vnd.oai.openapi+json;version=3.0"
	jsonType     = "application/json"
)

// conformsTo are the classes that are met whole. Pages in HTML are for people,
// who have the map.
var conformsTo = [...]string{
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
}

// featureLink is a link as the standard's schema has it. Addresses are whole:
// QGIS follows no others (its issue 58089).
type featureLink struct {
	Href  string `json:"href"`
	Rel   string `json:"rel"`
	Type  string `json:"type"`
	Title string `json:"title,omitempty"`
}

type landingOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Title       string        `json:"title"`
		Description string        `json:"description"`
		Links       []featureLink `json:"links"`
	}
}

type conformanceOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		ConformsTo []string `json:"conformsTo"`
	}
}

// FeatureAsk is a request as it came: parameters that are unknown or wrong are
// answered with 400 here, as the standard has it.
type FeatureAsk struct {
	path, query, host string
	tls               bool
}

// Resolve notes what was asked for.
func (a *FeatureAsk) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	a.path, a.query, a.host, a.tls = u.EscapedPath(), u.RawQuery, ctx.Host(), ctx.TLS() != nil
	return nil
}

// parameters reads the query and refuses what is not known of it. Names that
// were sent are not repeated.
func (a FeatureAsk) parameters(known ...string) (url.Values, error) {
	next := "Leave everything behind the question mark out."
	if len(known) > 0 {
		next = "Use " + strings.Join(known, ", ") + ", each once."
	}
	query, err := url.ParseQuery(a.query)
	if err != nil {
		return nil, errBad("The parameters can't be read.", next)
	}
	for name, values := range query {
		switch {
		case !slices.Contains(known, name):
			return nil, errBad("A parameter is not known here.", next)
		case len(values) > 1:
			return nil, errBad("A parameter is given more than once.", next)
		case values[0] == "":
			return nil, errBad("A parameter is empty.", next)
		}
	}
	return query, nil
}

// origin is the address by which the server was asked, for links.
func (s *server) origin(a FeatureAsk) string {
	if a.tls || s.cfg.SecureCookies {
		return "https://" + a.host
	}
	return "http://" + a.host
}

// self is the link of an answer to itself.
func (s *server) self(a FeatureAsk, media string) featureLink {
	href := s.origin(a) + a.path
	if a.query != "" {
		href += "?" + a.query
	}
	return featureLink{Href: href, Rel: "self", Type: media}
}

func (s *server) addFeatures(api huma.API, mux *http.ServeMux) {
	op := func(id, path, summary string, errors ...int) huma.Operation {
		return s.operation(huma.Operation{
			OperationID: id, Method: http.MethodGet, Path: featuresRoot + path, Tags: []string{"features"}, Summary: summary, Errors: append(errors, http.StatusBadRequest, http.StatusForbidden),
		})
	}
	huma.Register(api, op("ogcLanding", "", "OGC API Features: where everything is"), s.ogcLanding)
	huma.Register(api, op("ogcConformance", "/conformance", "OGC API Features: classes that are met"), s.ogcConformance)
	document := op("ogcAPI", "/api", "OGC API Features: this API in OpenAPI 3.0, with a path for each collection that the account may see")
	document.Responses = map[string]*huma.Response{"200": {Description: "A document of OpenAPI 3.0", Content: map[string]*huma.MediaType{openAPI30: {Schema: &huma.Schema{Type: huma.TypeObject}}}}}
	huma.Register(api, document, s.ogcAPI(api))
	huma.Register(api, op("ogcCollections", "/collections", "OGC API Features: collections that the account may see"), s.ogcCollections)
	huma.Register(api, op("ogcCollection", "/collections/{collectionId}", "OGC API Features: a collection", http.StatusNotFound), s.ogcCollection)
	items := op("ogcItems", "/collections/{collectionId}/items", "OGC API Features: features of a collection, page by page", http.StatusNotFound)
	items.Parameters, items.Responses = itemsParameters(), featureResponses("A GeoJSON FeatureCollection; the link next leads to the page after it", collectionSchema(api))
	huma.Register(api, items, s.ogcItems)
	item := op("ogcItem", "/collections/{collectionId}/items/{featureId}", "OGC API Features: a feature", http.StatusNotFound)
	item.Responses = featureResponses("A GeoJSON Feature", featureSchema(api))
	huma.Register(api, item, s.ogcItem)
	mux.Handle("GET "+featuresRoot+"/{$}", http.RedirectHandler(featuresRoot, http.StatusPermanentRedirect))
}

func (s *server) ogcLanding(_ context.Context, in *FeatureAsk) (*landingOutput, error) {
	if _, err := in.parameters(); err != nil {
		return nil, err
	}
	at := s.origin(*in)
	out := &landingOutput{CacheControl: noStore}
	out.Body.Title = "Parus 地块 parcels"
	out.Body.Description = "已发布地块的边界、作物和单产预测，不含个人信息和授信结果。Published parcels with crop and yield forecast; no personal data, no lines."
	out.Body.Links = []featureLink{
		s.self(*in, jsonType),
		{at + featuresRoot + "/api", "service-desc", openAPI30, "OpenAPI 3.0, of what is here"},
		{at + "/openapi.json", "service-desc", "application/openapi+json", "OpenAPI 3.1, of the whole server"},
		{at + "/docs", "service-doc", "text/html", "OpenAPI, to read"},
		{at + featuresRoot + "/conformance", "conformance", jsonType, "Conformance classes"},
		{at + featuresRoot + "/collections", "data", jsonType, "图层 collections"},
	}
	return out, nil
}

func (s *server) ogcConformance(_ context.Context, in *FeatureAsk) (*conformanceOutput, error) {
	if _, err := in.parameters(); err != nil {
		return nil, err
	}
	out := &conformanceOutput{CacheControl: noStore}
	out.Body.ConformsTo = conformsTo[:]
	return out, nil
}
