package web_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"text/tabwriter"
)

// features asks for pages of parcels as programs of partners do.
func (m *benchMap) features(t *testing.T, w io.Writer) {
	rng := rand.New(rand.NewPCG(8, 8))
	layer := m.srv.URL + "/ogc/collections/parcels-370199-2025-summer"
	village := func() string {
		return fmt.Sprintf("370199%06d", rng.IntN(max(m.side[1]/40, 1))*1000+rng.IntN(max(m.side[0]/50, 1))+100000)
	}
	after := func() string {
		return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"p":%d,"a":"%s%07d"}`, m.id, village(), rng.IntN(2000)))
	}
	box := func(parcels int) string {
		side := min(parcels, m.side[0], m.side[1])
		x, y := rng.IntN(m.side[0]-side+1), rng.IntN(m.side[1]-side+1)
		return fmt.Sprintf("%.6f,%.6f,%.6f,%.6f", benchWest+float64(x)*stepLon, benchSouth+float64(y)*stepLat, benchWest+float64(x+side)*stepLon, benchSouth+float64(y+side)*stepLat)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "features\tp50 ms\tp95 ms\tCPU ms\tkB gzip\tasked\t")
	for _, c := range []struct {
		name string
		path func() string
	}{
		{"1,000 from anywhere on", func() string { return "/items?cursor=" + after() }},
		{"10,000 from anywhere on", func() string { return "/items?limit=10000&cursor=" + after() }},
		{"in a box of 20 x 20 parcels", func() string { return "/items?bbox=" + box(20) }},
		{"in a box of 200 x 200", func() string { return "/items?bbox=" + box(200) }},
		{"in a box of 400 x 400, from anywhere on", func() string { return "/items?bbox=" + box(400) + "&cursor=" + after() }},
		{"in a box of the county, from anywhere on", func() string { return "/items?bbox=115,36,118,38&cursor=" + after() }},
		{"of a common crop", func() string { return "/items?crop=maize&cursor=" + after() }},
		{"of a crop that nobody grows", func() string { return fmt.Sprintf("/items?crop=tea%d", rng.IntN(1000)) }},
		{"of a village", func() string { return "/items?village=" + village() }},
		{"one", func() string { return fmt.Sprintf("/items/%s%07d", village(), 1+rng.IntN(2000)) }},
	} {
		var addresses []string
		for range 60 {
			addresses = append(addresses, layer+c.path())
		}
		got := m.ask(t, false, addresses)
		fmt.Fprintf(table, "%s\t%.1f\t%.1f\t%.1f\t%.1f\t%d\t\n", c.name, got.p50, got.p95, got.cpu, got.bytes/1000, got.asked)
	}
	table.Flush()
}
