package sidecar

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/sensor"
)

// Suffixes of the files' names.
func Suffixes() []string { return []string{".scene.yaml", ".scene.yml", ".scene.json"} }

// Is tells whether a file is one by its name.
func Is(name string) bool {
	for _, s := range Suffixes() {
		if strings.HasSuffix(strings.ToLower(name), s) {
			return true
		}
	}
	return false
}

// Description is what a sidecar says of one scene.
type Description struct {
	ID         string    `yaml:"id"`     // default: the sidecar's name without its suffix
	Sensor     string    `yaml:"sensor"` // key of a sensor data file
	Datetime   string    `yaml:"datetime"`
	Created    string    `yaml:"created"`
	CloudCover *float64  `yaml:"cloud_cover"` // percent
	Baseline   string    `yaml:"baseline"`    // Sentinel-2
	Orbit      string    `yaml:"orbit"`       // of a radar: ascending or descending
	Bound      []float64 `yaml:"bound"`       // west, south, east, north
	SunDegrees *float64  `yaml:"sun_elevation"`
	File       string    `yaml:"file"` // of bands that name none
	Bands      []Band    `yaml:"bands"`
}

// Band is one band of a description.
type Band struct {
	Name   string   `yaml:"name"`  // the sensor's, or an alias
	File   string   `yaml:"file"`  // beside the sidecar or below it
	Index  int      `yaml:"index"` // band of the file, from 1 [1]
	Scale  *float64 `yaml:"scale"`
	Offset *float64 `yaml:"offset"`
	NoData *float64 `yaml:"nodata"`
	Unit   string   `yaml:"unit"` // of a radar: decibel, power, amplitude
	Gain   *float64 `yaml:"gain"` // radiance per count, W m⁻² sr⁻¹ µm⁻¹
	Bias   *float64 `yaml:"bias"` // radiance at count 0
	Sun    *float64 `yaml:"esun"` // solar irradiance in the band, W m⁻² µm⁻¹
}

// maxBytes bounds a sidecar.
const maxBytes = 1 << 20

// Parse reads a sidecar; JSON is YAML too.
func Parse(data []byte) (Description, error) {
	var d Description
	if len(data) > maxBytes {
		return d, fmt.Errorf("%d bytes are too many for a scene description", len(data))
	}
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.DisallowUnknownField()).Decode(&d); err != nil {
		return d, fmt.Errorf("the scene description cannot be read: %w", err)
	}
	if d.Sensor == "" || d.Datetime == "" || len(d.Bands) == 0 {
		return d, errors.New("the scene description needs sensor, datetime and bands")
	}
	return d, nil
}

// Scene returns the scene described. name is the sidecar's, without folders;
// find returns where a file beside it is, and whether it is there.
func (d Description) Scene(sn sensor.Sensor, name string, find func(file string) (string, bool)) (imagery.Scene, error) {
	s := imagery.Scene{ID: d.ID, Sensor: sn.Key, CloudCover: d.CloudCover, Baseline: d.Baseline, Orbit: d.Orbit}
	if s.ID == "" {
		s.ID = strings.TrimSuffix(name, path.Ext(name))
		s.ID = strings.TrimSuffix(s.ID, path.Ext(s.ID))
	}
	var err error
	if s.Datetime, err = instant(d.Datetime); err != nil {
		return s, fmt.Errorf("datetime: %w", err)
	}
	if d.Created != "" {
		if s.Created, err = instant(d.Created); err != nil {
			return s, fmt.Errorf("created: %w", err)
		}
	}
	if d.Orbit != "" && d.Orbit != "ascending" && d.Orbit != "descending" {
		return s, fmt.Errorf("orbit %.20q is neither ascending nor descending", d.Orbit)
	}
	if s.Bound, err = bound(d.Bound); err != nil {
		return s, err
	}
	for i, b := range d.Bands {
		band, err := d.band(sn, b, find)
		if err != nil {
			return s, fmt.Errorf("bands[%d] %s: %w", i, b.Name, err)
		}
		if _, twice := s.Band(band.Name); twice {
			return s, fmt.Errorf("bands[%d]: %s is given twice", i, band.Name)
		}
		if b.Gain != nil {
			s.Notes = []string{"reflectance of the top of the atmosphere, from gain and bias: haze is left in it"}
		}
		s.Bands = append(s.Bands, band)
	}
	return s, nil
}

func instant(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is no time such as 2025-04-18T03:02:00Z", text)
}

func bound(b []float64) (orb.Bound, error) {
	switch {
	case len(b) == 0:
		return orb.Bound{}, nil
	case len(b) != 4 || b[1] > b[3] || math.Abs(b[1]) > 90 || math.Abs(b[3]) > 90 || math.Abs(b[0]) > 180 || math.Abs(b[2]) > 180:
		return orb.Bound{}, fmt.Errorf("bound %v: want west, south, east and north in degrees", b)
	case b[0] > b[2]: // across the antimeridian
		return orb.Bound{Min: orb.Point{-180, b[1]}, Max: orb.Point{180, b[3]}}, nil
	}
	return orb.Bound{Min: orb.Point{b[0], b[1]}, Max: orb.Point{b[2], b[3]}}, nil
}

func (d Description) band(sn sensor.Sensor, b Band, find func(file string) (string, bool)) (imagery.Band, error) {
	def, ok := sn.Band(b.Name)
	if !ok {
		return imagery.Band{}, fmt.Errorf("%s has no such band", sn.Key)
	}
	file := b.File
	if file == "" {
		file = d.File
	}
	if !fs.ValidPath(file) || file == "." {
		return imagery.Band{}, fmt.Errorf("file %.120q is no path beside the description", file)
	}
	href, ok := find(file)
	if !ok {
		return imagery.Band{}, fmt.Errorf("file %s is missing", file)
	}
	out := imagery.Band{Name: def.Name, Href: href, Index: max(b.Index, 1), NoData: b.NoData, Unit: b.Unit}
	if out.NoData == nil && def.Class {
		out.NoData = def.NoData
	}
	switch b.Unit {
	case "", "decibel", "power", "amplitude":
	default:
		return out, fmt.Errorf("unit %.20q is none of decibel, power and amplitude", b.Unit)
	}
	if b.Scale != nil {
		out.Scale, out.ScaleSource = *b.Scale, "item"
		if b.Offset != nil {
			out.Offset = *b.Offset
		}
		if !(out.Scale > 0) || math.IsInf(out.Scale, 0) {
			return out, fmt.Errorf("scale %g is no number above 0", out.Scale)
		}
	} else if b.Offset != nil {
		return out, errors.New("offset without scale")
	}
	if b.Gain == nil && b.Bias == nil && b.Sun == nil {
		return out, nil
	}
	return out, d.calibrate(&out, b)
}

// calibrate turns gain and bias into scale and offset of reflectance at the top
// of the atmosphere:
//
//	L = gain·DN + bias,  ρ = π L d² / (ESUN cos θ),  d in astronomical units
//
// Source: China Centre for Resources Satellite Data and Application, absolute
// calibration coefficients (L = Gain·DN + Bias); Chander, Markham and Helder
// 2009, Remote Sensing of Environment 113, 893–903, equation 6.
func (d Description) calibrate(out *imagery.Band, b Band) error {
	if out.Scale != 0 {
		return errors.New("either scale and offset or gain, bias and esun, not both")
	}
	if b.Gain == nil || b.Sun == nil || d.SunDegrees == nil {
		return errors.New("gain needs esun of the band and sun_elevation of the scene")
	}
	if !(*b.Gain > 0) || !(*b.Sun > 100 && *b.Sun < 3000) || !(*d.SunDegrees > 5 && *d.SunDegrees <= 90) {
		return fmt.Errorf("gain %g, esun %g W m⁻² µm⁻¹ and sun_elevation %g° are out of range", *b.Gain, *b.Sun, *d.SunDegrees)
	}
	at, err := instant(d.Datetime)
	if err != nil {
		return err
	}
	factor := math.Pi * math.Pow(sunDistance(at), 2) / (*b.Sun * math.Sin(*d.SunDegrees*math.Pi/180))
	out.Scale, out.ScaleSource = *b.Gain*factor, "item"
	if b.Bias != nil {
		out.Offset = *b.Bias * factor
	}
	return nil
}

// sunDistance is the distance of Earth and Sun in astronomical units, to 1e-4:
// 1 − 0.01672 cos(0.9856° (day − 4)), the low-precision form of the
// Astronomical Almanac.
func sunDistance(at time.Time) float64 {
	return 1 - 0.01672*math.Cos(0.9856*math.Pi/180*float64(at.YearDay()-4))
}
