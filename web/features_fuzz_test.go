package web_test

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"parus/web"
)

// What is taken selects something that can be asked for, and what is not is
// refused with what to do, without what was sent.
func FuzzFeatureParameters(f *testing.F) {
	for _, s := range [][5]string{
		{"10", "117,36,118,37", "2025-07-01T00:00:00Z", web.FeatureCursor(3, "3701991012010000202"), "true"},
		{"99999999999999999999", "170,-1e1,-5,-170,.5,9", "../2025-07-01", "", "0"},
		{"-1", "1,2,3", "2025-07-02/2025-07-01", "!", "yes"},
		{"", "NaN,0x1,3_0,Inf", "/", "e30", ""},
	} {
		f.Add(s[0], s[1], s[2], s[3], s[4])
	}
	f.Fuzz(func(t *testing.T, limit, bbox, datetime, cursor, abstained string) {
		query := url.Values{"limit": {limit}, "bbox": {bbox}, "datetime": {datetime}, "cursor": {cursor}, "abstained": {abstained}}
		q, of, err := web.ParseFeatureQuery(query)
		if err != nil {
			var p *web.Problem
			if !errors.As(err, &p) || p.Status != http.StatusBadRequest || p.Next == "" {
				t.Fatalf("refused by %v", err)
			}
			if len(bbox) > 12 && strings.Contains(p.Detail, bbox) {
				t.Errorf("%q repeats what was sent", p.Detail)
			}
			return
		}
		if q.Limit < 1 || q.Limit > 10000 || len(q.Boxes) > 2 || of < 0 || (of == 0) != (cursor == "") {
			t.Errorf("%+v of publication %d", q, of)
		}
		for _, b := range q.Boxes {
			if !(b[0] <= b[2] && b[1] <= b[3] && math.Abs(b[0]) <= 180 && math.Abs(b[2]) <= 180 && math.Abs(b[1]) <= 90 && math.Abs(b[3]) <= 90) {
				t.Errorf("box %v of %q", b, bbox)
			}
		}
		if of > 0 && utf8.ValidString(q.After) {
			again, from, err := web.ParseFeatureQuery(url.Values{"cursor": {web.FeatureCursor(of, q.After)}})
			if err != nil || from != of || again.After != q.After {
				t.Errorf("the cursor after %q of %d comes back as %q of %d, %v", q.After, of, again.After, from, err)
			}
		}
	})
}
