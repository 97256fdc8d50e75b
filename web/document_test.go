package web_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"parus/web"
)

// document is what the server says of its answers.
type document struct {
	routes  *http.ServeMux
	answers map[string]schema // by route and status, those in JSON
	schemas map[string]schema
}

// theDocument is read once for all tests.
var theDocument = sync.OnceValues(func() (document, error) {
	h, err := web.New(web.Config{}, noStore{})
	if err != nil {
		return document{}, err
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/openapi.json", nil))
	var doc struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct {
				Content map[string]struct{ Schema schema }
			}
		}
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		return document{}, fmt.Errorf("%.100s: %w", w.Body, err)
	}
	d := document{routes: http.NewServeMux(), answers: map[string]schema{}, schemas: doc.Components.Schemas}
	for place, methods := range doc.Paths {
		for method, op := range methods {
			route := strings.ToUpper(method) + " " + place
			d.routes.Handle(route, http.NotFoundHandler())
			for status, answer := range op.Responses {
				if c, ok := answer.Content["application/json"]; ok {
					d.answers[route+" "+status] = c.Schema
				}
			}
		}
	}
	return d, nil
})

// asSaid fails where an answer is not as the document says.
func asSaid(t *testing.T, req *http.Request, res *http.Response, body []byte) {
	t.Helper()
	if res.StatusCode >= http.StatusMultipleChoices || res.Header.Get("Content-Type") != "application/json" {
		return
	}
	d, err := theDocument()
	if err != nil {
		t.Fatal(err)
	}
	_, route := d.routes.Handler(req)
	s, ok := d.answers[fmt.Sprintf("%s %d", route, res.StatusCode)]
	if !ok {
		return // not of the API, or a file to keep
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Errorf("%s answers no JSON: %v", route, err)
		return
	}
	if b := d.breach(s, v, ""); b != "" {
		t.Errorf("%s answers otherwise than the document says: %s", route, b)
	}
}

// breach is the first place at which a value is not as its schema says; empty
// where there is none.
func (d document) breach(s schema, v any, at string) string {
	if s.Ref != "" {
		s = d.schemas[path.Base(s.Ref)]
	}
	if len(s.AnyOf) > 0 {
		if v == nil && slices.ContainsFunc(s.AnyOf, func(x schema) bool { return x.Type == "null" }) {
			return ""
		}
		return d.breach(s.AnyOf[0], v, at)
	}
	if s.Type == nil {
		return "" // anything
	}
	if !isOf(v, s.Type) {
		return fmt.Sprintf("%s is %v and not of type %v", at, v, s.Type)
	}
	if len(s.Enum) > 0 && v != nil && !slices.Contains(s.Enum, v) {
		return fmt.Sprintf("%s is %v and none of %v", at, v, s.Enum)
	}
	switch v := v.(type) {
	case []any:
		for i, x := range v {
			if b := d.breach(*s.Items, x, fmt.Sprintf("%s[%d]", at, i)); b != "" {
				return b
			}
		}
	case map[string]any:
		return d.breachOf(s, v, at)
	}
	return ""
}

// breachOf looks at an object.
func (d document) breachOf(s schema, v map[string]any, at string) string {
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			return fmt.Sprintf("%s.%s is missing", at, name)
		}
	}
	for name, x := range v {
		p, ok := s.Properties[name]
		if !ok && s.Additional == false {
			return fmt.Sprintf("%s.%s is not told of", at, name)
		}
		if b := d.breach(p, x, at+"."+name); b != "" {
			return b
		}
	}
	return ""
}

// isOf tells whether a value is of a type, or of one of several.
func isOf(v, kind any) bool {
	if kind, ok := kind.([]any); ok {
		return slices.ContainsFunc(kind, func(k any) bool { return isOf(v, k) })
	}
	switch v := v.(type) {
	case nil:
		return kind == "null"
	case bool:
		return kind == "boolean"
	case string:
		return kind == "string"
	case float64:
		return kind == "number" || kind == "integer" && v == math.Trunc(v)
	case []any:
		return kind == "array"
	}
	return kind == "object"
}

func TestAnswersAreComparedWithTheDocument(t *testing.T) {
	t.Parallel()
	var d document
	err := json.Unmarshal([]byte(`{"Dot": {"type": "object", "additionalProperties": false, "required": ["x"],
		"properties": {"x": {"type": "integer"}, "kind": {"type": "string", "enum": ["a", "b"]},
		"all": {"type": "array", "items": {"$ref": "#/components/schemas/Dot"}},
		"next": {"anyOf": [{"$ref": "#/components/schemas/Dot"}, {"type": "null"}]}, "kept": {}}}}`), &d.schemas)
	if err != nil {
		t.Fatal(err)
	}
	for sent, want := range map[string]string{
		`{"x": 1, "kind": "a", "all": [{"x": 2}], "next": null}`: "",
		`{"kind": "a"}`:              ".x is missing",
		`{"x": 1.5}`:                 ".x is 1.5 and not of type integer",
		`{"x": 1, "kind": "c"}`:      ".kind is c and none of [a b]",
		`{"x": 1, "all": null}`:      ".all is <nil> and not of type array",
		`{"x": 1, "all": [{}]}`:      ".all[0].x is missing",
		`{"x": 1, "next": {"y": 1}}`: ".next.x is missing",
		`{"x": 1, "y": 1}`:           ".y is not told of",
		`{"x": 1, "kept": [null]}`:   "",
	} {
		var v any
		if err := json.Unmarshal([]byte(sent), &v); err != nil {
			t.Fatal(err)
		}
		if got := d.breach(schema{Ref: "#/components/schemas/Dot"}, v, ""); got != want {
			t.Errorf("%s: %q, want %q", sent, got, want)
		}
	}
}
