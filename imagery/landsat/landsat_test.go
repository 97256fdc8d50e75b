package landsat_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"parus/imagery/landsat"
	"parus/imagery/sensor"
)

func TestThreeFormsOfOneFileSayTheSame(t *testing.T) {
	t.Parallel()
	want := landsat.MTL{"PRODUCT_CONTENTS": {"PROCESSING_LEVEL": "L2SP"}, "IMAGE_ATTRIBUTES": {"CLOUD_COVER": "3.25"}}
	for name, text := range map[string]string{
		"json": `{"LANDSAT_METADATA_FILE": {"PRODUCT_CONTENTS": {"PROCESSING_LEVEL": "L2SP"}, "IMAGE_ATTRIBUTES": {"CLOUD_COVER": 3.25}}}`,
		"xml":  "<?xml version=\"1.0\"?><LANDSAT_METADATA_FILE><PRODUCT_CONTENTS><PROCESSING_LEVEL>L2SP</PROCESSING_LEVEL></PRODUCT_CONTENTS>\n<IMAGE_ATTRIBUTES>\n<CLOUD_COVER>3.25</CLOUD_COVER></IMAGE_ATTRIBUTES></LANDSAT_METADATA_FILE>",
		"odl":  "GROUP = LANDSAT_METADATA_FILE\n  GROUP = PRODUCT_CONTENTS\n    PROCESSING_LEVEL = \"L2SP\"\n  END_GROUP = PRODUCT_CONTENTS\n  GROUP = IMAGE_ATTRIBUTES\n    CLOUD_COVER = 3.25\n  END_GROUP = IMAGE_ATTRIBUTES\nEND_GROUP = LANDSAT_METADATA_FILE\nEND\nnoise = 1\n",
	} {
		got, err := landsat.Parse([]byte(text))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "a list": "[1]", "half a file": "{\"A\": {", "a document type": "<!DOCTYPE x [<!ENTITY a 'b'>]><x/>",
		"an end without a start": "END_GROUP = X\n", "a tag that does not end": "<a><b><c>1",
	} {
		if m, err := landsat.Parse([]byte(text)); err == nil {
			t.Errorf("%s: %v", name, m)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("GROUP = A\nGROUP = B\nK = \"v\"\nEND_GROUP = B\nEND"))
	f.Add([]byte(`{"A": {"B": {"K": "v"}}}`))
	f.Add([]byte("<A><B><K>v</K></B></A>"))
	all, err := sensor.Load()
	if err != nil {
		f.Fatal(err)
	}
	sn, _ := all.Find("landsat-c2-l2")
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := landsat.Parse(data)
		if err != nil {
			return
		}
		s, err := m.Scene(sn, func(file string) (string, bool) { return file, true })
		if err == nil && (s.ID == "" || s.Datetime.IsZero()) {
			t.Fatalf("%+v", s)
		}
	})
}
