package web_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func everything(seedParcel) bool { return true }
func nothing(seedParcel) bool    { return false }

// overlaps tells whether a parcel, which is convex, and a box have a place in
// common: no line along a side of either parts them.
func overlaps(p seedParcel, box [4]float64) bool {
	corners := [4][2]float64{{box[0], box[1]}, {box[2], box[1]}, {box[2], box[3]}, {box[0], box[3]}}
	axes := [][2]float64{{1, 0}, {0, 1}}
	for i, a := range p.corners {
		b := p.corners[(i+1)%4]
		axes = append(axes, [2]float64{b[1] - a[1], a[0] - b[0]})
	}
	reach := func(q [4][2]float64, axis [2]float64) (least, most float64) {
		least, most = math.Inf(1), math.Inf(-1)
		for _, c := range q {
			along := c[0]*axis[0] + c[1]*axis[1]
			least, most = min(least, along), max(most, along)
		}
		return least, most
	}
	for _, axis := range axes {
		l1, m1 := reach(p.corners, axis)
		l2, m2 := reach(corners, axis)
		if m1 < l2 || m2 < l1 {
			return false
		}
	}
	return true
}

func (p *partnership) boxes(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	ask := func(box string) map[string]ogcFeature {
		return p.all(t, ownParcels+"/items?limit=300&bbox="+url.QueryEscape(box))
	}
	found, part := 0, 0
	for range 40 {
		west, south := own.lon-0.01+rng.Float64()*0.07, own.lat-0.01+rng.Float64()*0.05
		size := math.Pow(10, -2-2*rng.Float64())
		box := [4]float64{west, south, west + size, south + size/2}
		n := p.hold(t, fmt.Sprint(box), ask(fmt.Sprintf("%.9f,%.9f,%.9f,%.9f", box[0], box[1], box[2], box[3])), func(r seedParcel) bool { return overlaps(r, box) })
		if found += n; n > 0 && n < len(p.mine) {
			part++
		}
	}
	if found < 100 || part < 10 {
		t.Errorf("the boxes hold %d parcels, %d of them a part of the county: too few to tell", found, part)
	}
	c := p.first.corners
	inside := fmt.Sprintf("%.9f,%.9f", (c[0][0]+c[2][0])/2, (c[0][1]+c[2][1])/2)
	for _, b := range []struct {
		name, box string
		want      func(seedParcel) bool
	}{
		{"a point inside of a parcel", inside + "," + inside, func(r seedParcel) bool { return r.id == p.first.id }},
		{"heights select nothing", "-180,-90,-5,180,90,-4", everything},
		{"the world", "-180,-90,180,90", everything},
		{"a box over the antimeridian far away", "179,36,-179,37", nothing},
		{"a box from a place in the county eastward round to another", "117.26,-90,117.22,90", func(r seedParcel) bool {
			return overlaps(r, [4]float64{117.26, -90, 180, 90}) || overlaps(r, [4]float64{-180, -90, 117.22, 90})
		}},
		{"the far south, where the map's projection has ended", "-180,-90,180,-86", nothing},
	} {
		p.hold(t, b.name, ask(b.box), b.want)
	}
}

func (p *partnership) selections(t *testing.T) {
	for _, c := range []struct {
		query string
		want  func(seedParcel) bool
	}{
		{"village=" + p.first.village, func(r seedParcel) bool { return r.village == p.first.village }},
		{"crop=cotton", func(r seedParcel) bool { return r.crop == "cotton" }},
		{"crop=rice", nothing},
		{"abstained=true", func(r seedParcel) bool { return r.abstained }},
		{"abstained=0", func(r seedParcel) bool { return !r.abstained }},
		{"abstained=false&crop=maize&village=" + p.first.village, func(r seedParcel) bool { return !r.abstained && r.crop == "maize" && r.village == p.first.village }},
		{"datetime=2025-07-01T00:00:00Z", everything},
		{"datetime=2025-06-01T00:00:00%2B08:00", nothing}, // still May where the season's days are counted
		{"datetime=2025-05-31T23:59:59.999Z", nothing},
		{"datetime=2025-10-31T23:59:59z", everything},
		{"datetime=2025-11-01t00:00:00Z", nothing},
		{"datetime=2025-10-31", everything},
		{"datetime=../2025-06-01T00:00:00Z", everything},
		{"datetime=/2025-05-31T00:00:00Z", nothing},
		{"datetime=2025-11-01T00:00:00Z/..", nothing},
		{"datetime=2025-10-01T00:00:00Z/", everything},
		{"datetime=2020-01-01T00:00:00Z/2030-01-01T00:00:00Z", everything},
		{"datetime=2025-01-01/2025-05-31", nothing},
	} {
		p.hold(t, c.query, p.all(t, ownParcels+"/items?limit=200&"+c.query), c.want)
	}
}

func (p *partnership) refusals(t *testing.T) {
	cursor := func(text string) string { return "cursor=" + base64.RawURLEncoding.EncodeToString([]byte(text)) }
	parcels, villages := ownParcels+"/items?", ownVillages+"/items?"
	for _, path := range []string{
		"/ogc?f=json", "/ogc/conformance?x=1", "/ogc/collections?limit=5", ownParcels + "?limit=5", ownParcels + "/items/" + p.first.id + "?crs=x",
		parcels + "bbox-crs=x", parcels + "crs=x", parcels + "household=1", parcels + "Limit=5", parcels + "limit=5&limit=6", parcels + "limit=", parcels + "x;y=1",
		parcels + "limit=0", parcels + "limit=-1", parcels + "limit=-99999999999999999999", parcels + "limit=ten", parcels + "limit=1.5",
		parcels + "bbox=1,2,3", parcels + "bbox=1,2,3,4,5", parcels + "bbox=a,2,3,4", parcels + "bbox=NaN,2,3,4", parcels + "bbox=0x1p4,2,3,4", parcels + "bbox=1,4,3,2",
		parcels + "bbox=-181,2,3,4", parcels + "bbox=1,2,3,90.1", parcels + "bbox=1,2,9,3,4,8", parcels + "bbox=1e999,2,3,4",
		parcels + "datetime=yesterday", parcels + "datetime=..", parcels + "datetime=../..", parcels + "datetime=/", parcels + "datetime=2025-13-01T00:00:00Z",
		parcels + "datetime=2025-07-02T00:00:00Z/2025-07-01T00:00:00Z", parcels + "datetime=2025-06-01T00:00:00Z/2025-07-01T00:00:00Z/..",
		parcels + "abstained=yes", villages + "village=1", villages + "abstained=true",
		parcels + "cursor=!", parcels + cursor("{}"), parcels + cursor(`{"p":999999,"a":"1"}`), parcels + cursor(`{"p":1,"a":"\u0000"}`),
		parcels + cursor(fmt.Sprintf(`{"p":%d,"a":""}`, p.foreign)),
	} {
		status, head, body := p.partner.fetch(p.srv.URL+path, "")
		var problem problemBody
		if err := json.Unmarshal(body, &problem); err != nil || status != http.StatusBadRequest || problem.Next == "" || head.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s answers %d %s, want 400 with what to do next", path, status, body)
		}
	}
	for _, path := range []string{"/ogc/collections/fields-370199-2025-summer", "/ogc/collections/parcels", "/ogc/collections/parcels-370199-2024-summer/items", ownParcels + "/items/1", ownVillages + "/items/1",
		ownVillages + "/items/" + p.first.id, "/ogc/nothing"} {
		if status, body := p.partner.get(path); status != http.StatusNotFound || !strings.Contains(string(body), "next") {
			t.Errorf("%s answers %d %s, want 404 with what to do next", path, status, body)
		}
	}
}
