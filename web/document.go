package web

import (
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// schemaPrefix is where the OpenAPI document keeps its schemas.
const schemaPrefix = "#/components/schemas/"

// tellNulls makes the document say of every member whether it may be null, as
// encoding/json writes it: a pointer, unless it is left out where it is nil, and
// no list, of which none is nil (see [Store]). The framework says that lists may
// be and that pointers to objects may not, and clients are generated from it.
func tellNulls(schemas huma.Registry) {
	for name, s := range schemas.Map() {
		for _, f := range reflect.VisibleFields(schemas.TypeFromRef(schemaPrefix + name)) {
			member, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if _, told := f.Tag.Lookup("nullable"); told || s.Properties[member] == nil {
				continue
			}
			null := f.Type.Kind() == reflect.Pointer && !strings.Contains(options, "omit")
			s.Properties[member] = withNull(s.Properties[member], null)
		}
	}
}

// withNull is the schema of a list or an object that may be null, or may not.
// Scalars say so already.
func withNull(s *huma.Schema, null bool) *huma.Schema {
	switch {
	case s.Type == huma.TypeArray:
		s.Nullable = null
		s.Items = withNull(s.Items, false)
	case s.Ref != "" && null:
		return &huma.Schema{Description: s.Description, AnyOf: []*huma.Schema{{Ref: s.Ref}, {Type: "null"}}}
	}
	return s
}
