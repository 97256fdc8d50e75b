package safe

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// maxXML bounds a metadata document; real ones are below 1 MB.
const maxXML = 16 << 20

// productXML is MTD_MSIL2A.xml, as far as it is used. Names follow the
// Sentinel-2 Products Specification Document (S2-PDGS-TAS-DI-PSD, issue 14.9),
// which products of baseline 02.07 (2018) and later follow.
type productXML struct {
	XMLName xml.Name
	General struct {
		Old  *struct{} `xml:"L2A_Product_Info"` // of the format before baseline 02.07
		Info struct {
			Start     string   `xml:"PRODUCT_START_TIME"`
			URI       string   `xml:"PRODUCT_URI"`
			Level     string   `xml:"PROCESSING_LEVEL"`
			Baseline  string   `xml:"PROCESSING_BASELINE"`
			Generated string   `xml:"GENERATION_TIME"`
			Images    []string `xml:"Product_Organisation>Granule_List>Granule>IMAGE_FILE"`
		} `xml:"Product_Info"`
		Image struct {
			Special []struct {
				Text  string `xml:"SPECIAL_VALUE_TEXT"`
				Index string `xml:"SPECIAL_VALUE_INDEX"`
			} `xml:"Special_Values"`
			Quantification string    `xml:"QUANTIFICATION_VALUES_LIST>BOA_QUANTIFICATION_VALUE"`
			Offsets        []offset  `xml:"BOA_ADD_OFFSET_VALUES_LIST>BOA_ADD_OFFSET"`
			Bands          []bandXML `xml:"Spectral_Information_List>Spectral_Information"`
		} `xml:"Product_Image_Characteristics"`
	} `xml:"General_Info"`
	Footprint string `xml:"Geometric_Info>Product_Footprint>Product_Footprint>Global_Footprint>EXT_POS_LIST"`
	Cloud     string `xml:"Quality_Indicators_Info>Cloud_Coverage_Assessment"`
}

// offset is added to the DN of a band before division by the quantification
// value, since baseline 04.00.
type offset struct {
	Band string `xml:"band_id,attr"`
	DN   string `xml:",chardata"`
}

type bandXML struct {
	ID   string `xml:"bandId,attr"`
	Name string `xml:"physicalBand,attr"` // "B1", "B8A"
}

// tileXML is MTD_TL.xml, as far as it is used.
type tileXML struct {
	XMLName xml.Name
	Tile    string `xml:"General_Info>TILE_ID"`
	Cloud   string `xml:"Quality_Indicators_Info>Image_Content_QI>CLOUDY_PIXEL_PERCENTAGE"`
}

var errDTD = errors.New("the document has a DTD, which no product needs: it is not read")

// plain passes tokens on and refuses directives, and with them entities.
type plain struct{ d *xml.Decoder }

func (p plain) Token() (xml.Token, error) {
	t, err := p.d.RawToken()
	if _, ok := t.(xml.Directive); ok && err == nil {
		return nil, errDTD
	}
	return t, err
}

// readXML decodes one document of a product and returns its bytes.
func readXML(fsys fs.FS, name string, v any) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxXML+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(data) > maxXML {
		return nil, fmt.Errorf("read %s: more than %d bytes are too many for metadata", name, maxXML)
	}
	if err := decodeXML(data, v); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}

func decodeXML(data []byte, v any) error {
	d := xml.NewTokenDecoder(plain{xml.NewDecoder(bytes.NewReader(data))})
	if err := d.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	return nil
}
