package gdal_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/observe"
	"parus/imagery/series"
	"parus/imagery/stac"
	"parus/imagery/zonal"
)

// linked makes a folder with links to real folders or files, for scene
// descriptions to stand beside them.
func linked(t *testing.T, names map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, target := range names {
		abs, err := filepath.Abs(target)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(abs, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func describe(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name+".scene.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// observeAll loads a folder, verifies and observes its scenes.
func observeAll(t *testing.T, dir string, q stac.Query, cover *zonal.Coverage, params map[string]observe.Params) []*observe.Observation {
	t.Helper()
	items, err := stac.Load(t.Context(), dir, q)
	if err != nil {
		t.Fatal(err)
	}
	if len(items.Refused) > 0 || len(items.Scenes) == 0 {
		t.Fatalf("%d scenes, refused %v", len(items.Scenes), items.Refused)
	}
	r := gdal.NewReader()
	defer r.Close()
	var all []*observe.Observation
	for _, s := range items.Scenes {
		if s, err = r.Probe(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		obs, err := observe.Block(t.Context(), r, s, cover, params[s.Sensor])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, obs)
	}
	return all
}

// flandersParcels covers the fields of the patch that are not cut by its edge.
func flandersParcels(t *testing.T) *zonal.Coverage {
	t.Helper()
	parcels, err := gdal.ReadParcels(t.Context(), realData(t, "s2_flanders_2018_31UDS", "labels", "parcels_from_labels.gpkg"), "", "parcel_id")
	if err != nil {
		t.Fatal(err)
	}
	p, err := gdal.NewProjection(parcels.CRS, "EPSG:32631")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	shapes := parcels.Shapes
	for i := range shapes {
		if shapes[i].Polygon, err = p.MultiPolygon(shapes[i].Polygon); err != nil {
			t.Fatal(err)
		}
	}
	lattice := imagery.Lattice{CRS: "EPSG:32631", PixelSizeM: 10, BlockPx: 2048}
	blocks := lattice.BlocksOver(orb.Bound{Min: orb.Point{501361, 5629041}, Max: orb.Point{501999, 5629679}})
	cover, refused := zonal.Cover(lattice.Grid(blocks[0]), shapes)
	if len(blocks) != 1 || cover.Len() < 10 {
		t.Fatal(blocks, cover.Len(), refused)
	}
	return cover
}

// landsatOf describes the Landsat dates of the patch: bands in steps of 1e-4,
// quality in the bits of Collection 1, which become those of Collection 2.
func landsatOf(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.tif"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	dir := linked(t, map[string]string{"l8": folder})
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".tif")
		quality(t, f, filepath.Join(dir, name+"_QA.tif"))
		at := strings.Split(name, "_")[2] // 20170815T104028
		text := fmt.Sprintf("sensor: landsat-c2-l2\ndatetime: %s-%s-%sT%s:%s:%sZ\nfile: l8/%s.tif\nbands:\n", at[:4], at[4:6], at[6:8], at[9:11], at[11:13], at[13:15], name)
		for i, band := range []string{"SR_B2", "SR_B3", "SR_B4", "SR_B5", "SR_B6", "SR_B7"} {
			text += fmt.Sprintf("  - {name: %s, index: %d, scale: 0.0001, nodata: 0}\n", band, i+1)
		}
		describe(t, dir, name, text+"  - {name: QA_PIXEL, file: "+name+"_QA.tif}\n")
	}
	return dir
}

// quality writes the pixel_qa of Collection 1 (bit 1 clear, 2 water) as
// QA_PIXEL: 21824 clear, 22280 cloud.
func quality(t *testing.T, from, to string) {
	t.Helper()
	src, err := gdal.OpenRaster(from)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	dn := make([]uint16, src.Grid.Width*src.Grid.Height)
	if err := gdal.ReadPixels(src, 9, imagery.Window{Width: src.Grid.Width, Height: src.Grid.Height}, dn); err != nil {
		t.Fatal(err)
	}
	for i, v := range dn {
		dn[i] = 22280
		if v&6 != 0 {
			dn[i] = 21824
		}
	}
	out, err := gdal.CreateGeoTIFF(to, gdal.RasterSpec{Grid: src.Grid, Bits: 16, Bands: []string{"QA_PIXEL"}, BlockPx: 64})
	if err != nil {
		t.Fatal(err)
	}
	if err := out.WriteRows(1, 0, dn); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// radarOf describes the radar dates of the patch: one band a date, decibels in
// steps of 1e-4.
func radarOf(t *testing.T, patch string) string {
	t.Helper()
	vv, vh := filepath.Join(patch, "sentinel1_VV_asc_20m.tif"), filepath.Join(patch, "sentinel1_VH_asc_20m.tif")
	dir := linked(t, map[string]string{"vv.tif": vv, "vh.tif": vh})
	in, err := gdal.ReadInfo(t.Context(), vv)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range in.Bands {
		describe(t, dir, fmt.Sprintf("S1_%03d", i), fmt.Sprintf(`sensor: sentinel-1-grd
datetime: %s
orbit: ascending
bands:
  - {name: VV, file: vv.tif, index: %d, scale: 0.0001, nodata: 0, unit: decibel}
  - {name: VH, file: vh.tif, index: %d, scale: 0.0001, nodata: 0, unit: decibel}
`, b.Description, i+1, i+1))
	}
	return dir
}

func TestFlandersThreeSensorsInOneSeries(t *testing.T) {
	t.Parallel()
	patch := realData(t, "s2_flanders_2018_31UDS")
	cover := flandersParcels(t)
	params := map[string]observe.Params{
		"sentinel-2-l2a": {Bands: []string{"B04", "B08"}, Indices: []string{"ndvi", "ndmi"}, MarginPx: 2},
		"landsat-c2-l2":  {Bands: []string{"SR_B4", "SR_B5"}, Indices: []string{"ndvi", "ndmi"}, MarginPx: 3},
		"sentinel-1-grd": {Bands: []string{"VV", "VH"}},
	}
	year := stac.Query{Start: time.Date(2018, 3, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2018, 10, 31, 0, 0, 0, 0, time.UTC)}
	s2 := observeAll(t, filepath.Join(patch, "stac_items.json"), year, cover, params)
	l8 := observeAll(t, landsatOf(t, filepath.Join(patch, "landsat8")), year, cover, params)
	s1 := observeAll(t, radarOf(t, patch), year, cover, params)
	alone, err := series.Assemble(s2)
	if err != nil {
		t.Fatal(err)
	}
	all, err := series.Assemble(slices.Concat(s1, s2, l8))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"B04", "B08", "B8A", "VH", "VV", "ndmi", "ndvi", "rvi", "vhvv"}; !slices.Equal(all[0].Series.Layers, want) {
		t.Errorf("layers %v, want %v", all[0].Series.Layers, want)
	}
	onlyAdds(t, alone, all)
	agree(t, all)
	plausibleRadar(t, all)
}

// onlyAdds asks that dates of Sentinel-2 alone keep their values among others,
// unless Landsat saw more of the parcel that day.
func onlyAdds(t *testing.T, alone, all []series.Parcel) {
	t.Helper()
	kept, lost := 0, 0
	for i, p := range alone {
		with := all[i].Series
		a, _ := p.Series.Layer("ndvi")
		b, _ := with.Layer("ndvi")
		for d, scene := range p.Series.Scenes {
			j := slices.Index(with.Scenes, scene)
			if j < 0 {
				lost++
				continue
			}
			kept++
			if x, y := float64(a[d]), float64(b[j]); x != y && !(math.IsNaN(x) && math.IsNaN(y)) {
				t.Fatalf("%s %s: ndvi %v alone, %v among others", p.ID, scene, x, y)
			}
		}
	}
	if lost*10 > kept {
		t.Errorf("%d dates kept, %d lost to clearer ones", kept, lost)
	}
}

// agree compares NDVI of Sentinel-2 and Landsat on clear dates at most two days
// apart.
func agree(t *testing.T, all []series.Parcel) {
	t.Helper()
	var diff []float64
	for _, p := range all {
		s := p.Series
		ndvi, _ := s.Layer("ndvi")
		for i := range s.Dates {
			for j := range s.Dates {
				apart := s.Dates[i].Sub(s.Dates[j]).Hours() / 24
				if strings.HasPrefix(s.Scenes[i], "L8") && strings.HasPrefix(s.Scenes[j], "S2") && math.Abs(apart) <= 2 && s.Valid[i] > .95 && s.Valid[j] > .95 && s.Pixels > 50 {
					diff = append(diff, float64(ndvi[i]-ndvi[j]))
				}
			}
		}
	}
	if len(diff) < 20 {
		t.Fatalf("%d pairs of dates", len(diff))
	}
	slices.Sort(diff)
	median := diff[len(diff)/2]
	away := make([]float64, len(diff))
	for i, d := range diff {
		away[i] = math.Abs(d - median)
	}
	slices.Sort(away)
	t.Logf("NDVI of Landsat 8 less Sentinel-2, %d pairs of dates of parcels: median %+.3f, half within %.3f of it", len(diff), median, away[len(away)/2])
	if math.Abs(median) > .05 || away[len(away)/2] > .06 {
		t.Errorf("the sensors' NDVI differ by %v, half of the pairs by less than %v more", median, away[len(away)/2])
	}
}

// plausibleRadar asks for backscatter of fields and shows what the sum over a
// parcel and the mean over some dates leave of speckle.
func plausibleRadar(t *testing.T, all []series.Parcel) {
	t.Helper()
	var steps, smooth [2][]float64 // parcels under and over 1 ha
	for _, p := range all {
		vv := backscatter(t, p)
		size := 0
		if p.Series.Pixels > 100 {
			size = 1
		}
		for i := 8; i < len(vv); i++ {
			steps[size] = append(steps[size], math.Abs(vv[i]-vv[i-1]))
			smooth[size] = append(smooth[size], math.Abs(mean(vv[i-3:i+1])-mean(vv[i-7:i-3])))
		}
	}
	for size, name := range []string{"under 1 ha", "over 1 ha"} {
		slices.Sort(steps[size])
		slices.Sort(smooth[size])
		one, four := steps[size][len(steps[size])/2], smooth[size][len(smooth[size])/2]
		t.Logf("parcels %s: VV differs by %.2f dB from date to date and by %.2f dB between means of four (medians)", name, one, four)
		if four >= one {
			t.Errorf("parcels %s: means over dates are no steadier: %v and %v dB", name, four, one)
		}
	}
}

// backscatter checks a parcel's radar layers and returns VV in order of dates.
func backscatter(t *testing.T, p series.Parcel) []float64 {
	t.Helper()
	s := p.Series
	vv, _ := s.Layer("VV")
	vh, _ := s.Layer("VH")
	ratio, _ := s.Layer("vhvv")
	var seen []float64
	for i := range s.Dates {
		if math.IsNaN(float64(vv[i])) {
			continue
		}
		if vv[i] < -25 || vv[i] > 5 || vh[i] >= vv[i] || math.Abs(float64(vh[i]-vv[i]-ratio[i])) > 1e-4 {
			t.Fatalf("%s %s: VV %v VH %v vhvv %v", p.ID, s.Scenes[i], vv[i], vh[i], ratio[i])
		}
		seen = append(seen, float64(vv[i]))
	}
	if len(seen) < 60 {
		t.Fatalf("%s: %d radar dates", p.ID, len(seen))
	}
	return seen
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

func TestMatoGrossoCompositesAreDatedByTheirPixels(t *testing.T) {
	t.Parallel()
	folder := realData(t, "modis_matogrosso_2007_2013")
	dir := linked(t, map[string]string{"m": folder})
	in, err := gdal.ReadInfo(t.Context(), filepath.Join(folder, "MOD13Q1_ndvi.tif"))
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range in.Bands[:23] { // a year
		text := "sensor: mod13q1\ndatetime: " + b.Description + "\nbands:\n"
		for name, file := range map[string]string{"NDVI": "ndvi", "EVI": "evi", "RED": "red", "NIR": "nir", "DOY": "doy"} {
			scale := ", scale: 0.0001"
			if name == "DOY" {
				scale = ""
			}
			text += fmt.Sprintf("  - {name: %s, file: m/MOD13Q1_%s.tif, index: %d%s}\n", name, file, i+1, scale)
		}
		describe(t, dir, "MOD13Q1."+b.Description, text)
	}
	// a field of four by four pixels on the products' own grid
	g := in.Grid
	at := func(c, r float64) orb.Point { return g.Transform.Apply(c, r) }
	field := orb.MultiPolygon{{{at(10, 14), at(14, 14), at(14, 10), at(10, 10), at(10, 14)}}}
	cover, refused := zonal.Cover(g, []zonal.Shape{{ID: "field", Polygon: field}})
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	obs := observeAll(t, dir, stac.Query{}, cover, map[string]observe.Params{"mod13q1": {Bands: []string{"DOY", "EVI", "NDVI", "NIR", "RED"}}})
	parcels, err := series.Assemble(obs)
	if err != nil {
		t.Fatal(err)
	}
	s := parcels[0].Series
	if want := []string{"day", "evi", "ndvi"}; slices.Contains(s.Layers, want[0]) || !slices.Contains(s.Layers, want[1]) || !slices.Contains(s.Layers, want[2]) {
		t.Errorf("layers %v", s.Layers)
	}
	ndvi, _ := s.Layer("ndvi")
	later := 0
	for i, scene := range s.Scenes {
		start := strings.TrimPrefix(scene, "MOD13Q1.")
		days := s.Dates[i].Sub(obs[i].Datetime).Hours() / 24
		if days < 0 || days > 16 || !math.IsNaN(float64(s.NDVISD[i])) {
			t.Errorf("composite of %s is dated %s, %v days later; SD %v", start, s.Dates[i].Format("2006-01-02"), days, s.NDVISD[i])
		}
		if days > 0 {
			later++
		}
		if ndvi[i] < .1 || ndvi[i] > 1 {
			t.Errorf("%s: ndvi %v", scene, ndvi[i])
		}
	}
	if later < len(s.Scenes)/2 {
		t.Errorf("%d of %d composites are dated after their first day", later, len(s.Scenes))
	}
	curve, err := series.Smooth(s, "ndvi", series.SmoothParams{Start: s.Dates[0], End: s.Dates[len(s.Dates)-1]})
	if err != nil {
		t.Fatal(err)
	}
	if seasons := series.Phenology(curve, series.PhenologyParams{}); len(seasons) < 1 {
		t.Errorf("%d growing seasons in a year of a field of Mato Grosso", len(seasons))
	}
}

func TestLandsatFoldersAreTakenByTheirMetadata(t *testing.T) {
	t.Parallel()
	root := realData(t, "conformance", "raster")
	items, err := stac.Load(t.Context(), filepath.Join(root, "landsat8_LC08_L2SR_099120_20191129"), stac.Query{})
	if err != nil || len(items.Scenes) != 1 || len(items.Refused) != 0 {
		t.Fatal(items, err)
	}
	r := gdal.NewReader()
	defer r.Close()
	s, err := r.Probe(t.Context(), items.Scenes[0])
	if err != nil {
		t.Fatal(err)
	}
	red, _ := s.Band("SR_B4")
	if s.ID != "LC08_L2SR_099120_20191129_20201016_02_T2" || s.Sensor != "landsat-c2-l2" || *s.CloudCover != 100 || red.Scale != 2.75e-5 || red.Offset != -.2 || red.ScaleSource != "item" {
		t.Errorf("%+v", s)
	}
	if items, err = stac.Load(t.Context(), filepath.Join(root, "landsat5_LT52240631988227CUB02"), stac.Query{}); err != nil || len(items.Refused) != 1 ||
		!strings.Contains(items.Refused[0].Reason, "Level-1") {
		t.Errorf("a Level-1 product: %+v %v", items, err)
	}
	if items, err = stac.Load(t.Context(), root, stac.Query{}); err != nil || len(items.Scenes) != 1 {
		t.Errorf("a folder of products and plain files: %+v %v", items, err)
	}
}
