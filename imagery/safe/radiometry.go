package safe

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// bandOfID names the bands by their bandId, as the specification numbers them,
// for metadata without a Spectral_Information_List.
func bandOfID() map[string]string {
	names := []string{"B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12"}
	out := map[string]string{}
	for i, n := range names {
		out[strconv.Itoa(i)] = n
	}
	return out
}

// radiometry reads what turns DN into reflectance:
//
//	reflectance = (DN + BOA_ADD_OFFSET) / BOA_QUANTIFICATION_VALUE
//
// Source: ESA, Sentinel-2 Products Specification Document, issue 14.9;
// the offset exists since processing baseline 04.00 of 25 January 2022.
func (p *Product) radiometry(doc *productXML) error {
	image := &doc.General.Image
	text := image.Quantification
	q, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(q > 0) || math.IsInf(q, 0) {
		return fmt.Errorf("BOA_QUANTIFICATION_VALUE %.20q is no number above 0", text)
	}
	p.quantification = q
	names := bandOfID()
	for _, b := range image.Bands {
		if n := strings.TrimPrefix(b.Name, "B"); len(n) == 1 {
			names[b.ID] = "B0" + n
		} else {
			names[b.ID] = b.Name
		}
	}
	p.offsets = map[string]float64{}
	for _, o := range image.Offsets {
		dn, err := strconv.ParseFloat(strings.TrimSpace(o.DN), 64)
		if err != nil || !(math.Abs(dn) <= math.MaxUint16) {
			return fmt.Errorf("BOA_ADD_OFFSET of band_id %.8q: %.20q is no number of DN", o.Band, o.DN)
		}
		name, ok := names[o.Band]
		if !ok {
			return fmt.Errorf("BOA_ADD_OFFSET: band_id %.8q is not known", o.Band)
		}
		p.offsets[name] = dn
	}
	for _, s := range image.Special {
		if s.Text != "NODATA" {
			continue
		}
		if v, err := strconv.ParseUint(strings.TrimSpace(s.Index), 10, 16); err == nil {
			nd := float64(v)
			p.noData = &nd
		}
	}
	return nil
}
