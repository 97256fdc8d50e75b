package landsat

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/sensor"
)

// ErrLevel1 refuses products without surface reflectance.
var ErrLevel1 = errors.New("a Landsat Level-1 product (top of the atmosphere): order its Collection 2 Level-2 product, or reprocess it")

// Groups of Collection 2 (LSDS-1822, data format control book).
const (
	contents = "PRODUCT_CONTENTS"
	image    = "IMAGE_ATTRIBUTES"
	ground   = "PROJECTION_ATTRIBUTES"
	made     = "LEVEL2_PROCESSING_RECORD"
	surface  = "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS"
)

var productID = regexp.MustCompile(`^L[COTEM]0\d_L2S[PR]_\d{6}_\d{8}_\d{8}_02_\w\w$`)

// ID is the product's name. It fails where the product is none of Collection 2
// Level-2.
func (m MTL) ID() (string, error) {
	id := m[contents]["LANDSAT_PRODUCT_ID"]
	if m[contents] == nil || strings.HasPrefix(m[contents]["PROCESSING_LEVEL"], "L1") {
		return id, ErrLevel1 // Collection 1 and older have no such group
	}
	if !productID.MatchString(id) {
		return id, fmt.Errorf("LANDSAT_PRODUCT_ID %.60q is no name of a Collection 2 Level-2 product", id)
	}
	return id, nil
}

// Scene finds the product's files and returns them as a scene of the sensor's
// bands. find returns where a file of the product's folder is, and whether it
// is there; bands whose file is missing are left out.
func (m MTL) Scene(sn sensor.Sensor, find func(file string) (string, bool)) (imagery.Scene, error) {
	id, err := m.ID()
	if err != nil {
		return imagery.Scene{}, err
	}
	s := imagery.Scene{ID: id, Collection: "landsat-c2-l2", Sensor: sn.Key, CloudCover: m.cloud(), Bound: m.bound()}
	day := m[image]["DATE_ACQUIRED"] + "T" + m[image]["SCENE_CENTER_TIME"]
	if s.Datetime, err = time.Parse(time.RFC3339Nano, day); err != nil {
		return s, fmt.Errorf("DATE_ACQUIRED and SCENE_CENTER_TIME %.60q are no time", day)
	}
	s.Datetime = s.Datetime.UTC()
	if t, err := time.Parse(time.RFC3339, m[made]["DATE_PRODUCT_GENERATED"]); err == nil {
		s.Created = t.UTC()
	}
	for _, def := range sn.Bands {
		b, ok, err := m.band(def, find)
		if err != nil {
			return s, fmt.Errorf("%s: %w", def.Name, err)
		}
		if ok {
			s.Bands = append(s.Bands, b)
		}
	}
	return s, nil
}

// band returns a band whose file is there.
func (m MTL) band(def sensor.Band, find func(file string) (string, bool)) (imagery.Band, bool, error) {
	number := strings.TrimPrefix(def.Name, "SR_B")
	key := "FILE_NAME_BAND_" + number
	if def.Class {
		key = "FILE_NAME_QUALITY_L1_PIXEL"
	}
	file := m[contents][key]
	if file == "" {
		return imagery.Band{}, false, nil
	}
	if file != filepath.Base(file) || strings.ContainsAny(file, `/\`) {
		return imagery.Band{}, false, fmt.Errorf("%s %.120q is no name of a file in the product's folder", key, file)
	}
	href, ok := find(file)
	if !ok {
		return imagery.Band{}, false, nil
	}
	b := imagery.Band{Name: def.Name, Href: href, Index: 1, NoData: def.NoData}
	if def.Class {
		return b, true, nil
	}
	var err error
	if b.Scale, err = m.number(surface, "REFLECTANCE_MULT_BAND_"+number); err != nil || b.Scale <= 0 {
		return b, false, errors.Join(fmt.Errorf("REFLECTANCE_MULT_BAND_%s is no scale", number), err)
	}
	if b.Offset, err = m.number(surface, "REFLECTANCE_ADD_BAND_"+number); err != nil {
		return b, false, err
	}
	b.ScaleSource = "item"
	return b, true, nil
}

func (m MTL) number(group, key string) (float64, error) {
	v, err := strconv.ParseFloat(m[group][key], 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%s %.40q is no number", key, m[group][key])
	}
	return v, nil
}

// cloud is the cloud cover in percent, nil where the metadata give none (−1).
func (m MTL) cloud() *float64 {
	v, err := m.number(image, "CLOUD_COVER")
	if err != nil || v < 0 || v > 100 {
		return nil
	}
	return &v
}

// bound is that of the product's corners, zero where one is missing.
func (m MTL) bound() orb.Bound {
	var ring orb.Ring
	for _, corner := range []string{"UL", "UR", "LR", "LL", "UL"} {
		lon, err1 := m.number(ground, "CORNER_"+corner+"_LON_PRODUCT")
		lat, err2 := m.number(ground, "CORNER_"+corner+"_LAT_PRODUCT")
		if err1 != nil || err2 != nil || math.Abs(lon) > 180 || math.Abs(lat) > 90 {
			return orb.Bound{}
		}
		ring = append(ring, orb.Point{lon, lat})
	}
	return imagery.FootprintBound(orb.Polygon{ring})
}
