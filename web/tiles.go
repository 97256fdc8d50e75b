package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

const tileType = "application/vnd.mapbox-vector-tile"

type tileInput struct {
	Release int64  `path:"release" minimum:"1" doc:"Id of a publication."`
	Z       int    `path:"z" minimum:"0"`
	X       int    `path:"x" minimum:"0"`
	Y       string `path:"y" pattern:"^[0-9]{1,9}\\.mvt$" doc:"Row and the ending .mvt."`
	IfNone  string `header:"If-None-Match"`

	Encodings string `header:"Accept-Encoding" hidden:"true"`
}

type tileOutput struct {
	Status       int
	ContentType  string `header:"Content-Type"`
	Encoding     string `header:"Content-Encoding"`
	CacheControl string `header:"Cache-Control"`
	Vary         string `header:"Vary"`
	ETag         string `header:"ETag"`
	Body         []byte
}

type tileJSONInput struct {
	Release int64  `path:"release" minimum:"1"`
	Host    string `header:"Host" hidden:"true"`
}

type tileJSONOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         tileJSON
}

// tileJSON follows TileJSON 3.0.0. Addresses are relative to the server.
type tileJSON struct {
	TileJSON     string              `json:"tilejson"`
	Name         string              `json:"name"`
	Tiles        []string            `json:"tiles"`
	MinZoom      int                 `json:"minzoom"`
	MaxZoom      int                 `json:"maxzoom"`
	Bounds       *publication.Bounds `json:"bounds,omitempty"`
	VectorLayers []vectorLayer       `json:"vector_layers"`
}

type vectorLayer struct {
	ID      string            `json:"id"`
	MinZoom int               `json:"minzoom"`
	MaxZoom int               `json:"maxzoom"`
	Fields  map[string]string `json:"fields"`
}

func (s *server) addTiles(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "tile", Method: http.MethodGet, Path: "/tiles/{release}/parcels/{z}/{x}/{y}", Tags: []string{"tiles"},
		Summary: "Vector tile: parcels from zoom 13, villages below; 204 where empty", Errors: []int{404},
		Responses: map[string]*huma.Response{
			"200": {Description: "A vector tile", Content: map[string]*huma.MediaType{tileType: {}}},
			"204": {Description: "Nothing lies in the tile"}, "304": {Description: "The tile that was asked with is good"},
		},
	}), s.tile)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "tileJSON", Method: http.MethodGet, Path: "/tiles/{release}/parcels.json", Tags: []string{"tiles"},
		Summary: "TileJSON of a publication", Errors: []int{404},
	}), s.tileJSON)
}

// drawingVersion is raised where the same publication gives other tiles.
const drawingVersion = 2

// tile answers are immutable, as a publication is; they are private and vary
// by cookie, so a browser that changes hands does not show them to the next.
// The ETag is the release and what the role sees. Who asks is looked at before
// anything that was drawn for somebody else is.
func (s *server) tile(ctx context.Context, in *tileInput) (*tileOutput, error) {
	y, err := strconv.Atoi(strings.TrimSuffix(in.Y, ".mvt"))
	t := publication.MapTile{Z: in.Z, X: in.X, Y: y}
	if err != nil || !t.InRange() {
		return nil, problem(http.StatusNotFound, "tile_out_of_range", "The tile is outside of the pyramid.",
			fmt.Sprintf("Ask for zoom 0 to %d, rows and columns from 0 to 2^zoom-1.", publication.MaxZoom))
	}
	if err := s.visible(ctx, in.Release); err != nil {
		return nil, s.answer("tile", err)
	}
	scope := scopeOf(ctx)
	out := &tileOutput{
		Status: http.StatusOK, ContentType: tileType, CacheControl: "private, max-age=31536000, immutable", Vary: "Cookie, Accept-Encoding",
		ETag: fmt.Sprintf(`W/"%d-%d-%t"`, drawingVersion, in.Release, scope.Scores),
	}
	if in.IfNone == out.ETag {
		out.Status = http.StatusNotModified
		return out, nil
	}
	packed, err := s.drawn.tile(ctx, scope, in.Release, t)
	if err != nil {
		return nil, s.answer("tile", err)
	}
	if len(packed) == 0 {
		out.Status = http.StatusNoContent
		return out, nil
	}
	if strings.Contains(in.Encodings, "gzip") {
		out.Encoding, out.Body = "gzip", packed
		return out, nil
	}
	if out.Body, err = unpacked(packed); err != nil {
		return nil, s.answer("tile", err)
	}
	return out, nil
}

func (s *server) tileJSON(ctx context.Context, in *tileJSONInput) (*tileJSONOutput, error) {
	if err := s.visible(ctx, in.Release); err != nil {
		return nil, s.answer("tileJSON", err)
	}
	p, err := s.known.get(ctx, s.store, in.Release)
	if err != nil {
		return nil, s.answer("tileJSON", err)
	}
	parcels := map[string]string{"id": "parcel code", "crop": "catalogue code", "abstained": "crop not known well enough", "match": "0 to 1"}
	villages := map[string]string{"id": "village code", "parcels": "count", "households": "count", "area_m2": "m²", "crop": "catalogue code of the largest area"}
	if scopeOf(ctx).Scores {
		parcels["line"] = "of the household, major units"
		villages["line"] = "mean of the households, major units"
	}
	return &tileJSONOutput{CacheControl: noStore, Body: tileJSON{
		TileJSON: "3.0.0", Name: p.CountyName + " " + p.Season,
		Tiles:   []string{fmt.Sprintf("/tiles/%d/parcels/{z}/{x}/{y}.mvt", p.ID)},
		MinZoom: 0, MaxZoom: publication.MaxZoom, Bounds: p.Bounds,
		VectorLayers: []vectorLayer{
			{ID: "villages", MinZoom: 0, MaxZoom: publication.ParcelsFromZoom - 1, Fields: villages},
			{ID: "parcels", MinZoom: publication.ParcelsFromZoom, MaxZoom: publication.MaxZoom, Fields: parcels},
		},
	}}, nil
}
