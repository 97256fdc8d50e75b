package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"parus/imagery/overlay"
	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

type imageryOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         imageryBody
}

type imageryBody struct {
	Scenes  []publication.SceneOverlay `json:"scenes" doc:"By date."`
	MinZoom int                        `json:"minzoom"`
	MaxZoom int                        `json:"maxzoom" doc:"Enlarge from here."`
	Legend  []overlay.Stop             `json:"legend" doc:"Colours of vegetation by NDVI; hatched is cloud, shadow or snow."`
}

// ScenePath is the part of a path that names one kind of one scene.
type ScenePath struct {
	Release int64  `path:"release" minimum:"1" doc:"Id of a publication."`
	Scene   string `path:"scene" maxLength:"200" doc:"Id of a scene."`
	Kind    string `path:"kind" enum:"truecolour,vegetation"`
}

type imageTileInput struct {
	ScenePath
	Z       int    `path:"z" minimum:"0"`
	X       int    `path:"x" minimum:"0"`
	Y       int    `path:"y" minimum:"0"`
	Version int64  `query:"v" doc:"The scene's version; with it the answer is immutable."`
	IfNone  string `header:"If-None-Match"`
}

// rasterJSON is TileJSON 3.0.0 of raster tiles.
type rasterJSON struct {
	TileJSON string              `json:"tilejson"`
	Name     string              `json:"name"`
	Tiles    []string            `json:"tiles"`
	MinZoom  int                 `json:"minzoom"`
	MaxZoom  int                 `json:"maxzoom"`
	Bounds   *publication.Bounds `json:"bounds,omitempty"`
}

type rasterJSONOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         rasterJSON
}

func (s *server) addImagery(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "listImagery", Method: http.MethodGet, Path: "/v1/publications/{publication}/imagery", Tags: []string{"imagery"},
		Summary: "Dates of imagery that the map can show, with the share that is clear; more may come while scenes are drawn", Errors: []int{404},
	}), s.listImagery)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "imageryTileJSON", Method: http.MethodGet, Path: "/tiles/{release}/imagery/{scene}/{kind}", Tags: []string{"tiles"},
		Summary: "TileJSON of one kind of one scene", Errors: []int{404},
	}), s.imageryTileJSON)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "imageryTile", Method: http.MethodGet, Path: "/tiles/{release}/imagery/{scene}/{kind}/{z}/{x}/{y}", Tags: []string{"tiles"},
		Summary: "Raster tile of 256 pixels, zoom 10 to 14; 204 where nothing is drawn", Errors: []int{404},
		Responses: map[string]*huma.Response{
			"200": {Description: "A tile", Content: map[string]*huma.MediaType{"image/png": {}, "image/jpeg": {}}},
			"204": {Description: "The scene shows nothing here, or is not drawn yet"}, "304": {Description: "The tile that was asked with is good"},
		},
	}), s.imageryTile)
}

func (s *server) listImagery(ctx context.Context, in *PublicationPath) (*imageryOutput, error) {
	if err := s.visible(ctx, in.Publication); err != nil {
		return nil, s.answer("listImagery", err)
	}
	scenes, err := s.store.Overlays(ctx, scopeOf(ctx), in.Publication)
	if err != nil {
		return nil, s.answer("listImagery", err)
	}
	return &imageryOutput{CacheControl: noStore, Body: imageryBody{
		Scenes: scenes, MinZoom: overlay.MinZoom, MaxZoom: overlay.MaxZoom, Legend: overlay.Legend(),
	}}, nil
}

func (s *server) imageryTileJSON(ctx context.Context, in *ScenePath) (*rasterJSONOutput, error) {
	if err := s.visible(ctx, in.Release); err != nil {
		return nil, s.answer("imageryTileJSON", err)
	}
	p, err := s.known.get(ctx, s.store, in.Release)
	if err != nil {
		return nil, s.answer("imageryTileJSON", err)
	}
	scenes, err := s.store.Overlays(ctx, scopeOf(ctx), in.Release)
	if err != nil {
		return nil, s.answer("imageryTileJSON", err)
	}
	i := slices.IndexFunc(scenes, func(o publication.SceneOverlay) bool { return o.Scene == in.Scene && slices.Contains(o.Kinds, in.Kind) })
	if i < 0 {
		return nil, s.answer("imageryTileJSON", publication.ErrNotFound)
	}
	return &rasterJSONOutput{CacheControl: noStore, Body: rasterJSON{
		TileJSON: "3.0.0", Name: fmt.Sprintf("%s %s %s", p.CountyName, scenes[i].Date, in.Kind),
		Tiles:   []string{fmt.Sprintf("/tiles/%d/imagery/%s/%s/{z}/{x}/{y}?v=%d", p.ID, url.PathEscape(in.Scene), in.Kind, scenes[i].Version)},
		MinZoom: overlay.MinZoom, MaxZoom: overlay.MaxZoom, Bounds: p.Bounds,
	}}, nil
}

// imageryTile answers are immutable where the version of the scene is asked
// for, since a scene that is drawn anew has another one. That nothing is drawn
// is never cached: the scene may be on its way.
func (s *server) imageryTile(ctx context.Context, in *imageTileInput) (*tileOutput, error) {
	t := publication.OverlayTile{Scene: in.Scene, Kind: in.Kind, MapTile: publication.MapTile{Z: in.Z, X: in.X, Y: in.Y}}
	if !t.InRange() || in.Z < overlay.MinZoom || in.Z > overlay.MaxZoom {
		return nil, problem(http.StatusNotFound, "tile_out_of_range", "The tile is outside of the pyramid.",
			fmt.Sprintf("Ask for zoom %d to %d, rows and columns from 0 to 2^zoom-1.", overlay.MinZoom, overlay.MaxZoom))
	}
	if err := s.visible(ctx, in.Release); err != nil {
		return nil, s.answer("imageryTile", err)
	}
	out := &tileOutput{Status: http.StatusOK, CacheControl: "private, no-cache", Vary: "Cookie, Accept-Encoding"}
	if in.Version > 0 {
		out.CacheControl = "private, max-age=31536000, immutable"
		out.ETag = fmt.Sprintf(`"%d-%d"`, in.Release, in.Version)
		if in.IfNone == out.ETag {
			out.Status = http.StatusNotModified
			return out, nil
		}
	}
	var err error
	if out.Body, err = s.store.OverlayTile(ctx, scopeOf(ctx), in.Release, t); err != nil {
		return nil, s.answer("imageryTile", err)
	}
	if len(out.Body) == 0 {
		return &tileOutput{Status: http.StatusNoContent, CacheControl: noStore, Vary: "Cookie"}, nil
	}
	out.ContentType = http.DetectContentType(out.Body)
	return out, nil
}
