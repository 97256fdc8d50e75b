package postgis_test

import (
	"strconv"
	"testing"

	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/vault"
)

// BenchmarkImport stores a release of 20,000 parcels, and again with three
// people a parcel.
func BenchmarkImport(b *testing.B) {
	const n = 20_000
	parcels := manyParcels(n)
	var r vault.Ring
	r.AddCounty(countyA.Code, visit.At)
	keys, err := r.County(countyA.Code)
	if err != nil {
		b.Fatal(err)
	}
	people := make([]vault.Person, 3*n)
	for i := range people {
		p := wang
		p.IDNumber = strconv.Itoa(i)
		people[i] = vault.Person{HouseholdID: parcels[i/3].HouseholdID, Holder: i%3 == 0, NameMask: "王**", Secret: p}
	}
	for name, release := range map[string]postgis.RegistryRelease{
		"parcels": {}, "with people": {People: people, Keys: keys},
	} {
		b.Run(name, func(b *testing.B) {
			db, _ := postgistest.Open(b)
			release.County, release.Source, release.Parcels = countyA, "x", parcels
			for i := range b.N {
				release.Digest = strconv.Itoa(i)
				if _, err := db.ImportRegistry(b.Context(), release); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "parcels/s")
		})
	}
}
