package safe

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"
)

// Names of the product's metadata.
const (
	metadata2A = "MTD_MSIL2A.xml"
	metadata1C = "MTD_MSIL1C.xml"
	tileFile   = "MTD_TL.xml"
)

// ErrLevel1C refuses products of the top of the atmosphere, which have no mask
// of clouds and no surface reflectance.
var ErrLevel1C = errors.New("a Level-1C product (top of the atmosphere, without scene classification): give its Level-2A product, or make one with Sen2Cor")

// ErrOldFormat refuses products of the first years, whose metadata and scene
// classes differ; ESA has reprocessed all of them.
var ErrOldFormat = errors.New("a Level-2A product in the format before baseline 02.07 (March 2018): get its reprocessed product of Collection 1")

// ErrNoProduct says that a folder holds no metadata of a product.
var ErrNoProduct = fmt.Errorf("no SAFE product: %s is missing", metadata2A)

// Product is what the metadata of a Level-2A product tell.
type Product struct {
	Name       string // "S2A_MSIL2A_20190212T192651_N0212_R013_T07HFE_20201007T160857"
	Tile       string // MGRS, "07HFE"
	Baseline   string // "02.12"
	Sensed     time.Time
	Made       time.Time   // zero where the metadata are silent
	CloudCover *float64    // percent of the tile, nil where the metadata are silent
	Footprint  orb.Polygon // lon, lat; nil where the metadata are silent
	Images     []Image     // in the order of the metadata
	Notes      []string    // doubts, in words

	quantification float64            // DN per unit of reflectance
	offsets        map[string]float64 // DN by band
	noData         *float64           // DN
	documents      [][]byte           // the metadata as they were read
}

// Image is one file of a band at one resolution.
type Image struct {
	Band        string // "B02", "B8A", "SCL"
	ResolutionM float64
	Path        string // within the product, without the file's extension
}

// Is tells whether a folder holds the metadata of a Level-2A or Level-1C
// product.
func Is(fsys fs.FS) bool {
	for _, name := range []string{metadata2A, metadata1C} {
		if _, err := fs.Stat(fsys, name); err == nil {
			return true
		}
	}
	return false
}

// Read reads the metadata of the product whose folder is fsys. On error the
// Product still has its name if that could be read. It fails with ErrLevel1C
// or ErrNoProduct where the folder is none of Level-2A.
func Read(fsys fs.FS) (Product, error) {
	var p Product
	var doc productXML
	data, err := readXML(fsys, metadata2A, &doc)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := fs.Stat(fsys, metadata1C); err == nil {
			return p, ErrLevel1C
		}
		return p, ErrNoProduct
	}
	if err != nil {
		return p, err
	}
	p.documents = append(p.documents, data)
	if err := p.fill(&doc); err != nil {
		return p, fmt.Errorf("%s: %w", metadata2A, err)
	}
	return p, p.readTile(fsys)
}

var (
	nameForm     = regexp.MustCompile(`^S2[A-Z]_MSIL2A_[0-9A-Z_]{10,80}$`)
	baselineForm = regexp.MustCompile(`^\d\d\.\d\d$`)
	tileForm     = regexp.MustCompile(`_T(\d\d[C-X][A-Z]{2})_`)
)

// fill takes over what the product's document says.
func (p *Product) fill(doc *productXML) error {
	if doc.XMLName.Local != "Level-2A_User_Product" {
		return fmt.Errorf("<%.40s> is not <Level-2A_User_Product>", doc.XMLName.Local)
	}
	if doc.General.Old != nil {
		return ErrOldFormat
	}
	info := &doc.General.Info
	name := strings.TrimSuffix(info.URI, ".SAFE")
	if !nameForm.MatchString(name) {
		return fmt.Errorf("PRODUCT_URI %.90q is no name of a Level-2A product", name)
	}
	p.Name = name
	if m := tileForm.FindStringSubmatch(name + "_"); m != nil {
		p.Tile = m[1]
	}
	if !strings.HasPrefix(info.Level, "Level-2A") {
		return fmt.Errorf("PROCESSING_LEVEL %.20q is not Level-2A", info.Level)
	}
	var err error
	if p.Sensed, err = time.Parse(time.RFC3339Nano, info.Start); err != nil {
		return fmt.Errorf("PRODUCT_START_TIME %.40q is no time", info.Start)
	}
	p.Sensed = p.Sensed.UTC()
	if made, err := time.Parse(time.RFC3339Nano, info.Generated); err == nil {
		p.Made = made.UTC()
	}
	if baselineForm.MatchString(info.Baseline) {
		p.Baseline = info.Baseline
	}
	p.CloudCover = percent(doc.Cloud)
	if p.Footprint, err = footprint(doc.Footprint); err != nil {
		return err
	}
	if err := p.radiometry(doc); err != nil {
		return err
	}
	return p.images(info.Images)
}

// percent reads a share of 0 to 100; nil where it is none.
func percent(text string) *float64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(v >= 0 && v <= 100) {
		return nil
	}
	return &v
}

// footprint reads a closed ring of latitude and longitude in turn.
func footprint(text string) (orb.Polygon, error) {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return nil, nil
	}
	if len(fields)%2 != 0 || len(fields) < 8 {
		return nil, fmt.Errorf("EXT_POS_LIST has %d numbers: a ring of latitudes and longitudes has an even number, at least 8", len(fields))
	}
	ring := make(orb.Ring, 0, len(fields)/2)
	for i := 0; i < len(fields); i += 2 {
		lat, err1 := strconv.ParseFloat(fields[i], 64)
		lon, err2 := strconv.ParseFloat(fields[i+1], 64)
		if err1 != nil || err2 != nil || !(math.Abs(lat) <= 90) || !(math.Abs(lon) <= 180) {
			return nil, fmt.Errorf("EXT_POS_LIST: %.20q %.20q is no latitude and longitude", fields[i], fields[i+1])
		}
		ring = append(ring, orb.Point{lon, lat})
	}
	if !ring.Closed() {
		ring = append(ring, ring[0])
	}
	return orb.Polygon{ring}, nil
}

// An image lies in its granule and says band and resolution in its name.
var imageForm = regexp.MustCompile(`^(GRANULE/[\w.-]+)/IMG_DATA/(?:R\d\dm/)?[\w-]+_([A-Z0-9]{3})_(\d\d)m$`)

// images lists the image files and refuses paths that lead elsewhere.
func (p *Product) images(paths []string) error {
	var granule string
	for _, text := range paths {
		name := strings.TrimSpace(text)
		m := imageForm.FindStringSubmatch(name)
		if m == nil || !fs.ValidPath(name) {
			return fmt.Errorf("IMAGE_FILE %.160q is no path of an image within the product", name)
		}
		if granule != "" && m[1] != granule {
			return errors.New("the product has several granules, as before December 2016: give each tile as a product of its own")
		}
		granule = m[1]
		side, _ := strconv.ParseFloat(m[3], 64) // two digits
		if side > 0 {
			p.Images = append(p.Images, Image{Band: m[2], ResolutionM: side, Path: name})
		}
	}
	if len(p.Images) == 0 {
		return errors.New("the metadata list no image")
	}
	return nil
}

// granule is the folder of the images' granule.
func (p *Product) granule() string {
	m := imageForm.FindStringSubmatch(p.Images[0].Path)
	return m[1]
}

// readTile adds what the granule's metadata tell: tile and cloud cover.
func (p *Product) readTile(fsys fs.FS) error {
	var doc tileXML
	name := path.Join(p.granule(), tileFile)
	data, err := readXML(fsys, name, &doc)
	if errors.Is(err, fs.ErrNotExist) {
		p.Notes = append(p.Notes, name+" is missing: tile and cloud cover are those of the product")
		return nil
	}
	if err != nil {
		return err
	}
	if doc.XMLName.Local != "Level-2A_Tile_ID" {
		return fmt.Errorf("%s: <%.40s> is not <Level-2A_Tile_ID>", name, doc.XMLName.Local)
	}
	p.documents = append(p.documents, data)
	if m := tileForm.FindStringSubmatch(doc.Tile); m != nil {
		p.Tile = m[1]
	}
	if v := percent(doc.Cloud); v != nil {
		p.CloudCover = v
	}
	return nil
}
