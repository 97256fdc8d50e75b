package safe_test

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/safe"
	"parus/imagery/sensor"
)

const (
	name    = "S2B_MSIL2A_20240501T025539_N0510_R032_T50SMF_20240501T063021"
	granule = "GRANULE/L2A_T50SMF_A037351_20240501T030622"
)

// imagePath is a path of a band as the metadata give it.
func imagePath(band string, metres int) string {
	return fmt.Sprintf("%s/IMG_DATA/R%dm/T50SMF_20240501T025539_%s_%dm", granule, metres, band, metres)
}

// images lists the files of a whole product that are of use, and some others.
func images() []string {
	var out []string
	for metres, bands := range map[int]string{10: "B02 B03 B04 B08 TCI AOT", 20: "B02 B04 B05 B06 B07 B8A B11 B12 SCL WVP", 60: "B01 B04 B09 SCL"} {
		for band := range strings.FieldsSeq(bands) {
			out = append(out, imagePath(band, metres))
		}
	}
	return out
}

// metadata writes MTD_MSIL2A.xml.
func metadata(paths []string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<n1:Level-2A_User_Product xmlns:n1="https://example.invalid/User_Product_Level-2A.xsd"><n1:General_Info><Product_Info>
<PRODUCT_START_TIME>2024-05-01T02:55:39.024Z</PRODUCT_START_TIME><PRODUCT_URI>` + name + `.SAFE</PRODUCT_URI>
<PROCESSING_LEVEL>Level-2A</PROCESSING_LEVEL><PROCESSING_BASELINE>05.10</PROCESSING_BASELINE>
<GENERATION_TIME>2024-05-01T06:30:21.000000Z</GENERATION_TIME><Product_Organisation><Granule_List><Granule>`)
	for _, p := range paths {
		b.WriteString("<IMAGE_FILE>" + p + "</IMAGE_FILE>")
	}
	b.WriteString(`</Granule></Granule_List></Product_Organisation></Product_Info><Product_Image_Characteristics>
<Special_Values><SPECIAL_VALUE_TEXT>NODATA</SPECIAL_VALUE_TEXT><SPECIAL_VALUE_INDEX>0</SPECIAL_VALUE_INDEX></Special_Values>
<QUANTIFICATION_VALUES_LIST><BOA_QUANTIFICATION_VALUE unit="none">5000</BOA_QUANTIFICATION_VALUE></QUANTIFICATION_VALUES_LIST>
<BOA_ADD_OFFSET_VALUES_LIST><BOA_ADD_OFFSET band_id="3">-1000</BOA_ADD_OFFSET><BOA_ADD_OFFSET band_id="8">-500</BOA_ADD_OFFSET></BOA_ADD_OFFSET_VALUES_LIST>
</Product_Image_Characteristics></n1:General_Info><n1:Geometric_Info><Product_Footprint><Product_Footprint><Global_Footprint>
<EXT_POS_LIST>36.0 117.0 36.0 118.0 37.0 118.0 36.0 117.0</EXT_POS_LIST></Global_Footprint></Product_Footprint></Product_Footprint></n1:Geometric_Info>
<n1:Quality_Indicators_Info><Cloud_Coverage_Assessment>44.5</Cloud_Coverage_Assessment></n1:Quality_Indicators_Info></n1:Level-2A_User_Product>`)
	return b.String()
}

const tileMetadata = `<n1:Level-2A_Tile_ID xmlns:n1="x"><n1:General_Info><TILE_ID>S2B_OPER_MSI_L2A_TL_2BPS_20240501T063021_A037351_T50SMF_N05.10</TILE_ID></n1:General_Info>
<n1:Quality_Indicators_Info><Image_Content_QI><CLOUDY_PIXEL_PERCENTAGE>12.25</CLOUDY_PIXEL_PERCENTAGE></Image_Content_QI></n1:Quality_Indicators_Info></n1:Level-2A_Tile_ID>`

// product is a whole product; the content of an image is its path.
func product() fstest.MapFS {
	paths := images()
	fsys := fstest.MapFS{
		"MTD_MSIL2A.xml":        {Data: []byte(metadata(paths))},
		granule + "/MTD_TL.xml": {Data: []byte(tileMetadata)},
	}
	for _, p := range paths {
		fsys[p+".jp2"] = &fstest.MapFile{Data: []byte(p)}
	}
	return fsys
}

func sentinel(t *testing.T) sensor.Sensor {
	t.Helper()
	all, err := sensor.Load()
	if err != nil {
		t.Fatal(err)
	}
	sn, _ := all.Find("sentinel-2-l2a")
	return sn
}

func scene(t *testing.T, fsys fs.FS) (imagery.Scene, error) {
	t.Helper()
	p, err := safe.Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return p.Scene(fsys, sentinel(t), func(p string) string { return "/at/" + p })
}

func TestSceneHasEachBandAtItsOwnResolution(t *testing.T) {
	t.Parallel()
	s, err := scene(t, product())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range s.Bands {
		got = append(got, strings.TrimSuffix(strings.TrimPrefix(path.Base(b.Href), "T50SMF_20240501T025539_"), ".jp2"))
	}
	want := strings.Fields("B01_60m B02_10m B03_10m B04_10m B05_20m B06_20m B07_20m B08_10m B8A_20m B09_60m B11_20m B12_20m SCL_20m")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	zero := 0.0
	for _, want := range []imagery.Band{
		// reflectance = (DN + offset) / 5000; band_id 3 is B04, 8 is B8A
		{Name: "B04", Href: "/at/" + imagePath("B04", 10) + ".jp2", Index: 1, Scale: .0002, Offset: -.2, ScaleSource: "item", NoData: &zero},
		{Name: "B8A", Href: "/at/" + imagePath("B8A", 20) + ".jp2", Index: 1, Scale: .0002, Offset: -.1, ScaleSource: "item", NoData: &zero},
		{Name: "B05", Href: "/at/" + imagePath("B05", 20) + ".jp2", Index: 1, Scale: .0002, ScaleSource: "item", NoData: &zero},
		{Name: "SCL", Href: "/at/" + imagePath("SCL", 20) + ".jp2", Index: 1, NoData: &zero},
	} {
		b, _ := s.Band(want.Name)
		if diff := cmp.Diff(want, b); diff != "" {
			t.Error(diff)
		}
	}
	cloud := 12.25
	s.Bands, s.InputDigest = nil, ""
	if diff := cmp.Diff(imagery.Scene{
		ID: name, Sensor: "sentinel-2-l2a", Datetime: time.Date(2024, 5, 1, 2, 55, 39, 24e6, time.UTC),
		Created: time.Date(2024, 5, 1, 6, 30, 21, 0, time.UTC), CloudCover: &cloud, Baseline: "05.10", MGRSTile: "50SMF",
		Bound: orb.Bound{Min: orb.Point{117, 36}, Max: orb.Point{118, 37}},
	}, s); diff != "" {
		t.Error(diff)
	}
}

func TestMissingImages(t *testing.T) {
	t.Parallel()
	cases := []struct{ title, band, want string }{
		{"a file of 10 m is named", imagePath("B08", 10), imagePath("B08", 10) + ".jp2 is missing"},
		{"a file of 20 m is named", imagePath("SCL", 20), "SCL"},
		{"one of 60 m is done without", imagePath("B09", 60), ""},
		{"one of another resolution is not looked for", imagePath("B04", 20), ""},
	}
	for _, c := range cases {
		t.Run(c.title, func(t *testing.T) {
			t.Parallel()
			fsys := product()
			delete(fsys, c.band+".jp2")
			s, err := scene(t, fsys)
			if c.want == "" && (err != nil || len(s.Bands) < 12) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%d bands, error %v, want %q", len(s.Bands), err, c.want)
			}
		})
	}
}

func TestGeoTIFFsStandInForJPEG2000(t *testing.T) {
	t.Parallel()
	fsys := product()
	fsys[imagePath("B04", 10)+".tif"] = fsys[imagePath("B04", 10)+".jp2"]
	delete(fsys, imagePath("B04", 10)+".jp2")
	s, err := scene(t, fsys)
	if b, _ := s.Band("B04"); err != nil || !strings.HasSuffix(b.Href, "B04_10m.tif") {
		t.Errorf("%q, %v", b.Href, err)
	}
}

func TestDigestFollowsContent(t *testing.T) {
	t.Parallel()
	digest := func(change func(fstest.MapFS)) string {
		fsys := product()
		// a fixed order of images, as the metadata count
		fsys["MTD_MSIL2A.xml"] = &fstest.MapFile{Data: []byte(metadata([]string{imagePath("B04", 10), imagePath("B08", 10), imagePath("SCL", 20)}))}
		change(fsys)
		s, err := scene(t, fsys)
		if err != nil {
			t.Fatal(err)
		}
		return s.InputDigest
	}
	first := digest(func(fstest.MapFS) {})
	if digest(func(fstest.MapFS) {}) != first {
		t.Error("the same product has two digests")
	}
	if digest(func(f fstest.MapFS) { f[imagePath("B08", 10)+".jp2"] = &fstest.MapFile{Data: []byte("other")} }) == first {
		t.Error("another image gives the same digest")
	}
	if digest(func(f fstest.MapFS) {
		f[granule+"/MTD_TL.xml"] = &fstest.MapFile{Data: []byte(tileMetadata + " ")}
	}) == first {
		t.Error("other metadata give the same digest")
	}
}

func TestMetadataThatAreRefused(t *testing.T) {
	t.Parallel()
	whole := metadata(images())
	with := func(old, new string) string {
		if !strings.Contains(whole, old) {
			t.Fatalf("the test replaces %q, which is not there", old)
		}
		return strings.Replace(whole, old, new, 1)
	}
	first := "<IMAGE_FILE>"
	cases := []struct{ title, document, want string }{
		{"an entity bomb", with("<n1:Level-2A", `<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><n1:Level-2A`), "DTD"},
		{"an external entity", with("<n1:Level-2A", `<!DOCTYPE l SYSTEM "file:///etc/passwd"><n1:Level-2A`), "DTD"},
		{"an entity without a DTD", with("05.10", "&b;"), "entity"},
		{"a path upwards", with(first, first+"GRANULE/../../../etc/IMG_DATA/x_B04_10m</IMAGE_FILE><IMAGE_FILE>"), "no path"},
		{"a granule named by two dots", with(first, first+"GRANULE/../IMG_DATA/x_B04_10m</IMAGE_FILE><IMAGE_FILE>"), "no path"},
		{"an absolute path", with(first, first+"/etc/passwd_B04_10m</IMAGE_FILE><IMAGE_FILE>"), "no path"},
		{"a path of the network", with(first, first+"/vsicurl/http://host.invalid/B04_10m</IMAGE_FILE><IMAGE_FILE>"), "no path"},
		{"two granules", with(first, first+"GRANULE/L2A_T50SMG_A1/IMG_DATA/R10m/T50SMG_B04_10m</IMAGE_FILE><IMAGE_FILE>"), "several granules"},
		{"no images", metadata(nil), "no image"},
		{"another document", strings.ReplaceAll(whole, "Level-2A_User_Product", "Level-1C_User_Product"), "Level-1C_User_Product"},
		{"another level", with("<PROCESSING_LEVEL>Level-2A", "<PROCESSING_LEVEL>Level-1C"), "Level-1C"},
		{"a name that is a path", with(name+".SAFE", "../../x"), "PRODUCT_URI"},
		{"no time", with("2024-05-01T02:55:39.024Z", "yesterday"), "yesterday"},
		{"a quantification value of 0", with(">5000<", ">0<"), "BOA_QUANTIFICATION_VALUE"},
		{"a quantification value that is not a number", with(">5000<", ">NaN<"), "BOA_QUANTIFICATION_VALUE"},
		{"an offset that is no number", with(">-500<", ">much<"), "much"},
		{"an offset of no band", with(`band_id="8"`, `band_id="99"`), "99"},
		{"a footprint off the Earth", with("36.0 117.0", "136.0 117.0"), "136.0"},
		{"a footprint of half a point", with("36.0 117.0 ", "36.0 "), "EXT_POS_LIST"},
		{"an end too early", whole[:len(whole)/2], "XML"},
		{"nothing", "", "EOF"},
		{"another character set", with("UTF-8", "GB18030"), "GB18030"},
		{"17 MB", whole + strings.Repeat(" ", 17<<20), "too many"},
	}
	for _, c := range cases {
		t.Run(c.title, func(t *testing.T) {
			t.Parallel()
			_, err := safe.Read(fstest.MapFS{"MTD_MSIL2A.xml": {Data: []byte(c.document)}})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "MTD_MSIL2A.xml") {
				t.Errorf("error %v, want %q and the file's name", err, c.want)
			}
		})
	}
}

func TestLevelsAreTold(t *testing.T) {
	t.Parallel()
	if _, err := safe.Read(fstest.MapFS{"MTD_MSIL1C.xml": {}}); !errors.Is(err, safe.ErrLevel1C) {
		t.Errorf("error %v, want ErrLevel1C", err)
	}
	if _, err := safe.Read(fstest.MapFS{"other.xml": {}}); !errors.Is(err, safe.ErrNoProduct) {
		t.Errorf("error %v, want ErrNoProduct", err)
	}
}

func TestTheFormatBeforeBaseline0207IsRefused(t *testing.T) {
	t.Parallel()
	old := strings.ReplaceAll(metadata(images()), "Product_Info>", "L2A_Product_Info>")
	if _, err := safe.Read(fstest.MapFS{"MTD_MSIL2A.xml": {Data: []byte(old)}}); !errors.Is(err, safe.ErrOldFormat) {
		t.Errorf("%v", err)
	}
}

func TestAFootprintAcrossTheAntimeridianReachesBothSides(t *testing.T) {
	t.Parallel()
	text := strings.Replace(metadata([]string{imagePath("B04", 10)}), "36.0 117.0 36.0 118.0 37.0 118.0 36.0 117.0", "51 179.5 51 -179.5 52 -179.5 52 179.5 51 179.5", 1)
	fsys := fstest.MapFS{"MTD_MSIL2A.xml": {Data: []byte(text)}, imagePath("B04", 10) + ".jp2": {Data: []byte("x")}}
	p, err := safe.Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	all, err := sensor.Load()
	if err != nil {
		t.Fatal(err)
	}
	sn, _ := all.Find("sentinel-2-l2a")
	s, err := p.Scene(fsys, sn, func(path string) string { return path })
	if err != nil {
		t.Fatal(err)
	}
	for _, lon := range []float64{179.8, -179.8} {
		if !s.Bound.Contains(orb.Point{lon, 51.5}) {
			t.Errorf("%v° lies outside %v", lon, s.Bound)
		}
	}
}

func TestGranuleMetadataMayBeMissingAndMustBeTrue(t *testing.T) {
	t.Parallel()
	fsys := product()
	delete(fsys, granule+"/MTD_TL.xml")
	p, err := safe.Read(fsys)
	if err != nil || p.Tile != "50SMF" || *p.CloudCover != 44.5 || len(p.Notes) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	fsys[granule+"/MTD_TL.xml"] = &fstest.MapFile{Data: []byte("<other/>")}
	if p, err := safe.Read(fsys); err == nil || !strings.Contains(err.Error(), "MTD_TL.xml") || p.Name != name {
		t.Errorf("%q, %v", p.Name, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(metadata([]string{imagePath("B04", 10), imagePath("SCL", 20)})), []byte(tileMetadata))
	f.Add([]byte(`<Level-2A_User_Product><General_Info/></Level-2A_User_Product>`), []byte(`<a b="`))
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`), []byte(``))
	f.Fuzz(func(t *testing.T, product, tile []byte) {
		p, err := safe.Read(fstest.MapFS{"MTD_MSIL2A.xml": {Data: product}, granule + "/MTD_TL.xml": {Data: tile}})
		if err != nil {
			return
		}
		if p.Name == "" || p.Sensed.IsZero() || len(p.Images) == 0 {
			t.Fatalf("half a product: %+v", p)
		}
		for _, im := range p.Images {
			if !fs.ValidPath(im.Path) || !strings.HasPrefix(im.Path, "GRANULE/") {
				t.Fatalf("image %q leaves the product", im.Path)
			}
		}
	})
}
