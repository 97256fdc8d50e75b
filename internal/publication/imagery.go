package publication

// SceneOverlay is one date of imagery that the map can show.
type SceneOverlay struct {
	Scene      string   `json:"scene" doc:"Id of the scene."`
	Date       string   `json:"date" doc:"YYYY-MM-DD, UTC."`
	ClearShare float64  `json:"clear_share" doc:"Share of the pixels with data that are not cloud, shadow or snow, 0 to 1."`
	Kinds      []string `json:"kinds" doc:"What can be shown of it."`
	Version    int64    `json:"version" doc:"Changes where the scene is drawn anew; ask for tiles with ?v=version."`
}

// OverlayTile names one raster tile of a publication's scene.
type OverlayTile struct {
	Scene, Kind string
	MapTile
}
