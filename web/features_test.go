package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"parus/internal/publication"
)

// ogcLink, ogcCollection and ogcFeature are what a client reads.
type ogcLink struct{ Href, Rel, Type string }

type ogcFeature struct {
	Type, ID string
	Geometry struct {
		Type        string
		Coordinates json.RawMessage
	}
	Properties map[string]any
	Links      []ogcLink
}

type ogcPage struct {
	Type           string
	NumberMatched  *int
	NumberReturned int
	Links          []ogcLink
	Features       []ogcFeature
}

type ogcCollections struct {
	Links       []ogcLink
	Collections []struct {
		ID, Title string
		Links     []ogcLink
		Extent    struct {
			Spatial  *struct{ BBox [][4]float64 }
			Temporal *struct{ Interval [][2]string }
		}
	}
}

func linkOf(links []ogcLink, rel string) string {
	for _, l := range links {
		if l.Rel == rel {
			return l.Href
		}
	}
	return ""
}

// partnership is a county with its map packed, its server, a partner and others.
type partnership struct {
	seeded
	srv      *httptest.Server
	partner  *browser
	stranger *browser
	mine     map[string]seedParcel
}

var (
	ownParcels  = "/ogc/collections/parcels-" + own.code + "-" + seasonOf.Name
	ownVillages = "/ogc/collections/villages-" + own.code + "-" + seasonOf.Name
)

func newPartnership(t *testing.T) *partnership {
	t.Helper()
	p := &partnership{seeded: seed(t), mine: map[string]seedParcel{}}
	if _, err := p.db.KeepMissing(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, row := range p.rows {
		if strings.HasPrefix(id, own.code) {
			p.mine[id] = row
		}
	}
	p.srv = serve(t, p.seeded)
	addAccount(t, p.seeded, "partner", publication.Partner, own.code)
	addAccount(t, p.seeded, "stranger", publication.Partner, foreign.code)
	p.partner, p.stranger = signedIn(t, p.srv, "partner"), signedIn(t, p.srv, "stranger")
	return p
}

// fetch gets a whole address.
func (b *browser) fetch(address, ifNone string) (status int, head http.Header, body []byte) {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	if ifNone != "" {
		req.Header.Set("If-None-Match", ifNone)
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err = io.ReadAll(res.Body); err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, res.Header, body
}

// all reads every page of items and fails where a feature comes twice or a count
// is wrong.
func (p *partnership) all(t *testing.T, path string) map[string]ogcFeature {
	t.Helper()
	out := map[string]ogcFeature{}
	for next := p.srv.URL + path; next != ""; {
		status, _, body := p.partner.fetch(next, "")
		var page ogcPage
		if err := json.Unmarshal(body, &page); err != nil || status != http.StatusOK {
			t.Fatalf("%s: %d: %s, %v", next, status, body, err)
		}
		if page.Type != "FeatureCollection" || page.NumberReturned != len(page.Features) || page.Features == nil {
			t.Fatalf("%s: a %s of %d with %d features", next, page.Type, page.NumberReturned, len(page.Features))
		}
		for _, f := range page.Features {
			if _, twice := out[f.ID]; twice {
				t.Fatalf("%s: feature %s comes twice", next, f.ID)
			}
			out[f.ID] = f
		}
		next = linkOf(page.Links, "next")
		if next == "" && page.NumberMatched != nil && *page.NumberMatched != len(out) {
			t.Errorf("%s: %d features are told of, %d come", path, *page.NumberMatched, len(out))
		}
		if len(page.Features) == 0 && next != "" {
			t.Fatalf("%s: an empty page leads to another", path)
		}
	}
	return out
}

// hold fails where the features are not those parcels of the county that want is
// true of.
func (p *partnership) hold(t *testing.T, what string, got map[string]ogcFeature, want func(seedParcel) bool) (n int) {
	t.Helper()
	for id, row := range p.mine {
		_, found := got[id]
		if want(row) {
			n++
		}
		if found != want(row) {
			t.Errorf("%s: parcel %s is there: %t, want %t", what, id, found, want(row))
		}
	}
	if len(got) != n {
		t.Errorf("%s: %d features, want %d", what, len(got), n)
	}
	return n
}

func TestFeatures(t *testing.T) {
	t.Parallel()
	p := newPartnership(t)
	t.Run("every link leads to what it says", p.links)
	t.Run("the document has each collection", p.document)
	t.Run("pages hold each parcel once, as it was published", p.pages)
	t.Run("a box holds what overlaps it", p.boxes)
	t.Run("properties and times select", p.selections)
	t.Run("what is no parameter is refused with a next step", p.refusals)
	t.Run("villages add up to the county", p.villagesOf)
	t.Run("another county is not there", p.foreigners)
	t.Run("a reading stays with the publication that it began with", p.steady)
}

// links follows every link from the landing page on.
func (p *partnership) links(t *testing.T) {
	seen, todo := map[string]bool{}, []ogcLink{{Href: p.srv.URL + "/ogc/", Type: "application/json"}}
	rels := map[string]int{}
	for len(todo) > 0 {
		l := todo[0]
		todo = todo[1:]
		if seen[l.Href] {
			continue
		}
		seen[l.Href] = true
		status, head, body := p.partner.fetch(l.Href, "")
		kind := head.Get("Content-Type")
		if bare, _, _ := strings.Cut(kind, "; charset"); status != http.StatusOK || bare != l.Type {
			t.Errorf("%s answers %d in %s, want 200 in %s: %s", l.Href, status, kind, l.Type, body[:min(len(body), 200)])
		}
		if !strings.HasPrefix(l.Href, p.srv.URL+"/ogc") || !json.Valid(body) || strings.HasSuffix(l.Href, "/api") {
			continue
		}
		var doc ogcCollections
		if err := json.Unmarshal(body, &doc); err != nil {
			t.Fatal(err)
		}
		for _, c := range doc.Collections {
			doc.Links = append(doc.Links, c.Links...)
		}
		for _, next := range doc.Links {
			rels[next.Rel]++
			if next.Rel == "self" && next.Href != strings.TrimSuffix(l.Href, "/") && doc.Collections == nil {
				t.Errorf("%s calls itself %s", l.Href, next.Href)
			}
			todo = append(todo, next)
		}
	}
	for _, rel := range []string{"self", "service-desc", "service-doc", "conformance", "data", "items", "collection"} {
		if rels[rel] == 0 {
			t.Errorf("no link %s was found among %v", rel, rels)
		}
	}
	// QGIS follows whole addresses alone; only the host that was asked for is in them.
	req, err := http.NewRequest(http.MethodGet, p.srv.URL+"/ogc", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.partner.http.Jar.Cookies(req.URL) {
		req.AddCookie(c)
	}
	req.Host = "parus.example:8443"
	req.Header.Set("X-Forwarded-Host", "evil.example")
	res, err := p.partner.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(body), `"http://parus.example:8443/ogc/collections"`) || strings.Contains(string(body), "evil.example") {
		t.Errorf("asked by another name the landing page says %s, %v", body, err)
	}
}

// document reads the API as GDAL and QGIS do: whole in itself, with a path for
// each collection that whoever asks may see and no path that is not there.
func (p *partnership) document(t *testing.T) {
	_, text := p.partner.get("/ogc/api")
	var doc struct {
		Openapi string
		Servers []struct{ URL string }
		Paths   map[string]struct {
			Get struct {
				Parameters []struct {
					Name, In string
					Ref      string `json:"$ref"`
				}
				Responses map[string]any
			}
		}
		Components struct {
			Schemas    map[string]any
			Parameters map[string]struct {
				Schema struct{ Minimum, Maximum, Default int }
			}
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if limit := doc.Components.Parameters["limit"].Schema; !strings.HasPrefix(doc.Openapi, "3.0.") || doc.Servers[0].URL != p.srv.URL+"/ogc" || limit.Minimum != 1 || limit.Maximum != 10000 || limit.Default != 1000 {
		t.Errorf("OpenAPI %s at %v, limit %+v", doc.Openapi, doc.Servers, limit)
	}
	for ref := range strings.SplitSeq(string(text), `"$ref":"#/components/schemas/`) {
		if name, _, _ := strings.Cut(ref, `"`); !strings.HasPrefix(ref, "{") && doc.Components.Schemas[name] == nil {
			t.Errorf("the document refers to %s, which is not in it", name)
		}
	}
	asked := map[string][]string{}
	for path, at := range doc.Paths {
		if strings.Contains(path, "{") {
			continue
		}
		if status, body := p.partner.get("/ogc" + strings.TrimSuffix(path, "/")); status != http.StatusOK || at.Get.Responses["200"] == nil || at.Get.Responses["401"] == nil {
			t.Errorf("%s of the document answers %d: %s", path, status, body)
		}
		for _, param := range at.Get.Parameters {
			if param.In == "query" {
				asked[path] = append(asked[path], param.Name)
			} else if param.Ref != "" {
				asked[path] = append(asked[path], param.Ref)
			}
		}
	}
	of := func(collection string) string { return strings.TrimPrefix(collection, "/ogc") + "/items" }
	if got := asked[of(ownParcels)]; !slices.Equal(got, []string{"bbox", "datetime", "cursor", "village", "crop", "abstained", "#/components/parameters/limit"}) {
		t.Errorf("parcels are asked for by %v", got)
	}
	if got := asked[of(ownVillages)]; !slices.Equal(got, []string{"bbox", "datetime", "cursor", "crop", "#/components/parameters/limit"}) {
		t.Errorf("villages are asked for by %v", got)
	}
	if _, theirs := p.stranger.get("/ogc/api"); strings.Contains(string(theirs), own.code+"-") || !strings.Contains(string(theirs), foreign.code+"-") {
		t.Error("people of another county are told of other collections than their own")
	}
}

// The properties of a parcel are these and no others: nobody's name, number,
// income or line is among them.
var parcelProperties = []string{"abstained", "area_ha", "crop", "match_probability", "p_crop", "valid_observations", "village", "yield_kg_ha_p10", "yield_kg_ha_p50", "yield_kg_ha_p90"}

func (p *partnership) pages(t *testing.T) {
	got := p.all(t, ownParcels+"/items?limit=97")
	p.hold(t, "all pages", got, everything)
	areas := 0.0
	for id, f := range got {
		row := p.mine[id]
		if names := slices.Sorted(maps.Keys(f.Properties)); !slices.Equal(names, parcelProperties) {
			t.Fatalf("parcel %s has properties %v", id, names)
		}
		if f.Properties["village"] != row.village || f.Properties["crop"] != row.crop || f.Properties["abstained"] != row.abstained {
			t.Errorf("parcel %s is %v, want %+v", id, f.Properties, row)
		}
		area, _ := f.Properties["area_ha"].(float64)
		if areas += area; math.Abs(area-row.areaM2/1e4) > 0.00005001 {
			t.Errorf("parcel %s has %g ha, want %g", id, area, row.areaM2/1e4)
		}
		var shape [][][][2]float64
		if err := json.Unmarshal(f.Geometry.Coordinates, &shape); err != nil || f.Geometry.Type != "MultiPolygon" || f.Type != "Feature" {
			t.Fatalf("parcel %s: %s %v", id, f.Geometry.Type, err)
		}
		ring := shape[0][0]
		if len(shape) != 1 || len(shape[0]) != 1 || len(ring) != 5 || ring[0] != ring[4] || turning(ring) <= 0 {
			t.Fatalf("parcel %s: %v is no closed ring that runs counter-clockwise", id, shape)
		}
		for _, c := range row.corners { // of 7 decimals when they were stored
			if !slices.ContainsFunc(ring, func(v [2]float64) bool { return math.Abs(v[0]-c[0]) < 1e-7 && math.Abs(v[1]-c[1]) < 1e-7 }) {
				t.Errorf("parcel %s lacks the corner %v in %v", id, c, ring)
			}
		}
	}
	one := read[ogcFeature](p.partner, ownParcels+"/items/"+p.first.id)
	want := got[p.first.id]
	if one.Links = nil; fmt.Sprint(one) != fmt.Sprint(want) {
		t.Errorf("the parcel alone is %v, in its page %v", one, want)
	}
	_, head, _ := p.partner.fetch(p.srv.URL+ownParcels+"/items?limit=1", "")
	for name, value := range map[string]string{"Content-Type": "application/geo+json", "Content-Crs": "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>", "Cache-Control": "private, no-cache"} {
		if got := head.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	if most := read[ogcPage](p.partner, ownParcels+"/items?limit=99999999999999999999"); most.NumberReturned != len(p.mine) || *most.NumberMatched != len(p.mine) {
		t.Errorf("a limit beyond the most gives %d of %d", most.NumberReturned, *most.NumberMatched)
	}
}

// turning is twice the area of a ring, negative where it runs clockwise.
func turning(ring [][2]float64) (twice float64) {
	for i := range len(ring) - 1 {
		twice += (ring[i][0]-ring[0][0])*(ring[i+1][1]-ring[0][1]) - (ring[i+1][0]-ring[0][0])*(ring[i][1]-ring[0][1])
	}
	return twice
}

func (p *partnership) villagesOf(t *testing.T) {
	parcels, areas := map[string]int{}, map[string]float64{}
	for _, row := range p.mine {
		parcels[row.village]++
		areas[row.village] += row.areaM2
	}
	got := p.all(t, ownVillages+"/items?limit=4")
	if len(got) != len(parcels) {
		t.Errorf("%d villages, want %d", len(got), len(parcels))
	}
	for i, name := range villageNames {
		if told, _ := got[villageCode(own, i)].Properties["name"].(string); told != name { // null where it has none
			t.Errorf("village %d is called %q, want %q", i, told, name)
		}
	}
	for id, f := range got {
		if names := slices.Sorted(maps.Keys(f.Properties)); !slices.Equal(names, []string{"area_ha", "crop", "households", "name", "parcels"}) {
			t.Errorf("village %s has properties %v", id, names)
		}
		area, _ := f.Properties["area_ha"].(float64)
		if fmt.Sprint(f.Properties["parcels"]) != fmt.Sprint(parcels[id]) || math.Abs(area-areas[id]/1e4) > 0.0001 {
			t.Errorf("village %s: %v, want %d parcels on %g m²", id, f.Properties, parcels[id], areas[id])
		}
		var at [2]float64
		if err := json.Unmarshal(f.Geometry.Coordinates, &at); err != nil {
			t.Fatal(err)
		}
		here := p.all(t, fmt.Sprintf("%s/items?bbox=%g,%g,%g,%g", ownVillages, at[0]-1e-5, at[1]-1e-5, at[0]+1e-5, at[1]+1e-5))
		if len(here) != 1 || here[id].ID != id {
			t.Errorf("around the middle of village %s are %v", id, here)
		}
		if one := read[ogcFeature](p.partner, ownVillages+"/items/"+id); fmt.Sprint(one.Properties) != fmt.Sprint(f.Properties) {
			t.Errorf("the village alone is %v, in its page %v", one, f)
		}
		if n := len(p.all(t, ownVillages+"/items?datetime=2020-01-01&crop="+fmt.Sprint(f.Properties["crop"]))); n != 0 {
			t.Errorf("%d villages are of another season", n)
		}
	}
}

func (p *partnership) foreigners(t *testing.T) {
	for who, want := range map[*browser]string{p.partner: own.code, p.stranger: foreign.code} {
		list := read[ogcCollections](who, "/ogc/collections")
		if len(list.Collections) != 2 {
			t.Fatalf("collections of %s: %+v", want, list.Collections)
		}
		for _, c := range list.Collections {
			if !strings.Contains(c.ID, "-"+want+"-") || c.Extent.Spatial == nil || c.Extent.Temporal.Interval[0] != [2]string{"2025-06-01T00:00:00Z", "2025-10-31T23:59:59Z"} {
				t.Errorf("collection %+v, want those of %s with their extents", c, want)
			}
			b := c.Extent.Spatial.BBox[0]
			for id, row := range p.rows {
				for _, at := range row.corners {
					if strings.HasPrefix(id, want) && (at[0] < b[0] || at[0] > b[2] || at[1] < b[1] || at[1] > b[3]) {
						t.Fatalf("parcel %s lies outside of %v", id, b)
					}
				}
			}
		}
	}
	for _, path := range []string{ownParcels, ownParcels + "/items", ownParcels + "/items?limit=x", ownParcels + "/items/" + p.first.id, ownVillages + "/items", ownVillages + "/items/" + p.first.village} {
		if status, body := p.stranger.get(path); status != http.StatusNotFound {
			t.Errorf("%s answers %d to people of another county: %s", path, status, body)
		}
	}
	mixed := "/ogc/collections/parcels-" + foreign.code + "-" + seasonOf.Name + "/items"
	if status, _ := p.stranger.get(mixed + "/" + p.first.id); status != http.StatusNotFound {
		t.Errorf("a parcel of another county under the own collection answers %d", status)
	}
	for _, role := range publication.Roles() {
		name := "features " + string(role)
		addAccount(t, p.seeded, name, role, own.code)
		who, body := signedIn(t, p.srv, name), []byte{}
		for _, path := range []string{"/ogc", "/ogc/collections", ownParcels, ownParcels + "/items?limit=10000", ownVillages + "/items", ownParcels + "/items/" + p.first.id} {
			status, answer := who.get(path)
			if body = append(body, answer...); status != http.StatusOK {
				t.Errorf("%s answers %d to %s", path, status, role)
			}
		}
		if text := string(body); strings.Contains(text, `"`+p.first.household+`"`) || strings.Contains(text, "**") || strings.Contains(text, `"line`) || strings.Contains(text, p.first.name) {
			t.Errorf("what %s reads tells of a household", role)
		}
	}
}

// steady puts a later publication in force, in which half of the parcels are no
// more, while somebody reads.
func (p *partnership) steady(t *testing.T) {
	_, head, body := p.partner.fetch(p.srv.URL+ownParcels+"/items?limit=500", "")
	var page ogcPage
	if err := json.Unmarshal(body, &page); err != nil {
		t.Fatal(err)
	}
	tag := head.Get("ETag")
	if again, _, _ := p.partner.fetch(p.srv.URL+ownParcels+"/items?limit=500", tag); again != http.StatusNotModified || tag == "" {
		t.Errorf("asked with its ETag %s, the page answers %d, want 304", tag, again)
	}
	conn := connectTo(t, p.url)
	for _, sql := range []string{
		`insert into published_parcel select (jsonb_populate_record(p, jsonb_build_object('publication', $2::bigint))).*
			from published_parcel p where publication = $1 and not abstained and crop = 'maize'`,
		`update publication set in_force = false where id = $1 and $2::bigint > 0`,
		`update publication set in_force = true where id = $2 and $1::bigint > 0`,
	} {
		if _, err := conn.Exec(t.Context(), sql, p.own, p.earlier); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	_, _, body = p.partner.fetch(linkOf(page.Links, "next"), "")
	var rest ogcPage
	if err := json.Unmarshal(body, &rest); err != nil || len(page.Features)+len(rest.Features) != len(p.mine) {
		t.Errorf("%d and %d features, want %d: %v", len(page.Features), len(rest.Features), len(p.mine), err)
	}
	p.hold(t, "what is in force now", p.all(t, ownParcels+"/items?limit=90"), func(r seedParcel) bool { return !r.abstained && r.crop == "maize" })
	if now, head, _ := p.partner.fetch(p.srv.URL+ownParcels+"/items?limit=500", tag); now != http.StatusOK || head.Get("ETag") == tag {
		t.Errorf("once another publication is in force, the page answers %d to the old ETag", now)
	}
}
