package gdal

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"parus/imagery"
	"parus/imagery/sensor"
	"parus/imagery/spectral"
)

// Steps in which numbers that are no counts are counted, so that sums stay
// sums of integers: reflectance and indices, and radar power.
const (
	valueStep = 1e-4
	powerStep = 1e-5
)

// probeBand opens the band's file and settles nodata, scale and decoding.
func (r *Reader) probeBand(s *imagery.Scene, i int, sn sensor.Sensor) error {
	b := &s.Bands[i]
	if len(b.Of) > 0 {
		return nil
	}
	r.tell("opening", b.Name+" in "+nameOf(b.Href))
	src, err := r.source(b.Href)
	if err != nil {
		return err
	}
	real, err := src.real(*b)
	if err != nil {
		return err
	}
	if _, err := src.sameCRS(src.info.Grid.CRS); err != nil {
		return fmt.Errorf("%s: %w", nameOf(b.Href), err)
	}
	b.Version = r.version(b.Href)
	def, known := sn.Band(b.Name)
	if !known || def.Class {
		if real {
			b.Decode = &imagery.Decode{Form: imagery.Value, Scale: 1, Step: 1}
		}
		v := values{scene: s, band: b, source: src, def: def}
		return v.maskOf(sn)
	}
	if b.NoData == nil {
		b.NoData = src.info.Bands[b.Index-1].NoData
	}
	if b.NoData == nil {
		b.NoData = def.NoData
	}
	if def.Quantity == sensor.Day {
		start := s.Datetime.YearDay()
		b.Decode = &imagery.Decode{Form: imagery.DayOfYear, Scale: float64(yearDays(s)), Offset: float64(start), Step: 1}
		b.Scale, b.Offset, b.ScaleSource = 1, 0, "sensor"
		return nil
	}
	v := values{scene: s, band: b, source: src, def: def, real: real}
	if def.Quantity == sensor.Power {
		return v.settlePower()
	}
	return v.settle(sn)
}

// maskOf refuses a bit field whose numbers are not of the sensor's collection.
func (v values) maskOf(sn sensor.Sensor) error {
	if sn.Mask == nil || sn.Mask.Least == 0 || v.band.Name != sn.Mask.Band {
		return nil
	}
	sample, err := v.sample()
	if err != nil || len(sample) == 0 {
		return err
	}
	if median := sample[len(sample)/2]; median < float64(sn.Mask.Least) && median > 1 {
		return fmt.Errorf("%s: numbers around %g are not the bits that %s has (%s): give the band of that product", v.band.Href, median, v.band.Name, sn.Mask.Source)
	}
	return nil
}

// yearDays is the length of the year that a scene starts in.
func yearDays(s *imagery.Scene) int {
	y := s.Datetime.Year()
	if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
		return 366
	}
	return 365
}

// real tells whether the band holds floating point numbers; complex ones are
// refused.
func (s *source) real(b imagery.Band) (bool, error) {
	b.Decode = &imagery.Decode{}
	if err := s.check(b); err != nil {
		return false, err
	}
	return strings.HasPrefix(s.info.Bands[b.Index-1].Type, "Float"), nil
}

// values settles what the numbers of one band mean.
type values struct {
	scene  *imagery.Scene
	band   *imagery.Band
	source *source
	def    sensor.Band
	real   bool
}

// settle gives a band of reflectance or of an index its scale and offset.
func (v values) settle(sn sensor.Sensor) error {
	b := v.band
	file := v.source.info.Bands[b.Index-1]
	tagged := file.Scale != 0 && (file.Scale != 1 || file.Offset != 0)
	switch {
	case b.Scale != 0:
		if tagged && math.Abs(file.Scale/b.Scale-1) > 1e-6 {
			note(v.scene, "the item's scale %g is used; the file says %g", b.Scale, file.Scale)
		}
	case tagged:
		b.Scale, b.Offset, b.ScaleSource = file.Scale, file.Offset, "file"
	case v.real:
		b.Scale, b.Offset, b.ScaleSource = 1, 0, "values"
	default:
		dn, _ := sn.OffsetDN(v.scene.Baseline)
		if v.scene.OffsetApplied {
			dn = 0
		}
		b.Scale, b.Offset, b.ScaleSource = v.def.Scale, v.def.Offset+dn*v.def.Scale, "sensor"
	}
	if file.Type == "Byte" && b.ScaleSource == "sensor" {
		return fmt.Errorf("%s: numbers of 8 bits, but the sensor's scale %g is for 16: state the scale of these in the item or sidecar", nameOf(b.Href), b.Scale)
	}
	if !v.real && b.Scale > maxScale || math.Abs(b.Offset) > 1 {
		return fmt.Errorf("%s: scale %g and offset %g (of the %s) give no %s: state them in the item or sidecar", nameOf(b.Href), b.Scale, b.Offset, b.ScaleSource, v.kind())
	}
	if err := v.credible(len(sn.Offsets) > 0); err != nil {
		return err
	}
	if v.real {
		b.Decode = &imagery.Decode{Form: imagery.Value, Scale: b.Scale, Step: valueStep}
		b.Scale = valueStep
		note(v.scene, "floating point numbers are counted in steps of %g", valueStep)
	}
	return nil
}

// maxScale is the greatest scale of counts: 8 bits for a reflectance of 2.55.
const maxScale = 0.01

// Bounds of the median over a scene's sample: reflectance of anything from
// deep water to cloud, and normalised indices.
const (
	leastReflectance = -0.02
	mostReflectance  = 1.5
)

// credible refuses a scale that makes impossible values of a sample, taken from
// red, from indices and from every band of floating point numbers. Counts of
// sensors with a rule for offsets are checked on dark pixels instead.
func (v values) credible(checkedLater bool) error {
	b := v.band
	if !v.real && (checkedLater || v.def.Role != spectral.Red && v.def.Quantity != sensor.Ratio) {
		return nil
	}
	sample, err := v.sample()
	if err != nil || len(sample) == 0 {
		return err
	}
	median := sample[len(sample)/2]*b.Scale + b.Offset
	low, high := leastReflectance, mostReflectance
	if v.def.Quantity == sensor.Ratio {
		low, high = -1, 1
	} else if checkedLater {
		low = math.Inf(-1)
	}
	if median < low || median > high {
		return fmt.Errorf("%s: scale %g and offset %g (of the %s) make the median %.4g of its pixels a %s of %.3g: state the scale of these numbers in the item or sidecar",
			nameOf(b.Href), b.Scale, b.Offset, b.ScaleSource, sample[len(sample)/2], v.kind(), median)
	}
	return nil
}

func (v values) kind() string {
	if v.def.Quantity == sensor.Ratio {
		return "normalised index"
	}
	return "reflectance"
}

// Bounds of the median of a scene's backscatter in decibels: calm water to a
// city. A median of power above 3 is 5 dB.
const (
	leastDB   = -45
	mostDB    = 5
	mostPower = 3
)

var errUncalibrated = errors.New("amplitudes without calibration: passes and incidence angles cannot be compared; calibrate to σ⁰ or γ⁰, or give unit amplitude and the scale that makes √σ⁰ of them")

// settlePower settles how stored numbers become linear power. What the item
// says is checked on a sample; where it is silent, negative numbers are
// decibels, and fractions are power.
func (v values) settlePower() error {
	b := v.band
	scaled := b.Scale != 0
	if file := v.source.info.Bands[b.Index-1]; !scaled && file.Scale != 0 && file.Scale != 1 {
		b.Scale, b.Offset, scaled = file.Scale, file.Offset, true
	}
	if !scaled {
		b.Scale, b.Offset = 1, 0
	}
	sample, err := v.sample()
	if err != nil {
		return err
	}
	if len(sample) == 0 {
		return fmt.Errorf("%s: no pixel of a sample has data, so what its numbers are cannot be checked", nameOf(b.Href))
	}
	form, err := v.form(sample[len(sample)/2]*b.Scale+b.Offset, scaled)
	if err != nil {
		return fmt.Errorf("%s: %w", nameOf(b.Href), err)
	}
	b.Decode = &imagery.Decode{Form: form, Scale: b.Scale, Offset: b.Offset, Step: powerStep}
	b.Scale, b.Offset = powerStep, 0
	return nil
}

// form tells what the numbers of a radar are, given the median of a sample.
func (v values) form(median float64, scaled bool) (imagery.Form, error) {
	switch unit := v.band.Unit; {
	case unit == "" && median < 0 && median >= leastDB:
		note(v.scene, "backscatter taken as decibels: its numbers are negative; calibrated as the product states")
		return imagery.Decibel, nil
	case unit == "" && v.real && median >= 0 && median <= mostPower:
		note(v.scene, "backscatter taken as power: its numbers are positive fractions; calibrated as the product states")
		return imagery.Value, nil
	case unit == "" && median > 0, unit == string(imagery.Amplitude) && !scaled:
		return "", errUncalibrated
	case unit == string(imagery.Decibel) && median >= leastDB && median <= mostDB:
		return imagery.Decibel, nil
	case unit == "power" && median >= 0 && median <= mostPower:
		return imagery.Value, nil
	case unit == string(imagery.Amplitude) && median >= 0 && median*median <= mostPower:
		return imagery.Amplitude, nil
	}
	return "", fmt.Errorf("a median of %.4g is no backscatter in the unit %q: state unit (decibel, power, amplitude) and scale in the item or sidecar", median, v.band.Unit)
}

// sample returns the stored numbers with data of windows spread over the file,
// ascending.
func (v values) sample() ([]float64, error) {
	var out []float64
	file := v.source.info.Bands[v.band.Index-1]
	for _, w := range probeWindows(v.source.info.Grid) {
		buf := make([]float64, w.Width*w.Height)
		if err := v.source.band(v.band.Index).Read(w.X, w.Y, buf, w.Width, w.Height, quiet, offline); err != nil {
			return nil, fmt.Errorf("read %s band %d window (%d,%d): %w", v.band.Href, v.band.Index, w.X, w.Y, err)
		}
		for _, n := range buf {
			if !math.IsNaN(n) && !math.IsInf(n, 0) && !means(v.band.NoData, n) && !means(file.NoData, n) {
				out = append(out, n)
			}
		}
	}
	slices.Sort(out)
	return out, nil
}
