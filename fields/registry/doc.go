// Package registry reads what a county hands over about its land, an
// NY/T 2539 package or a plain parcel file, repairs what can be repaired,
// says what can't, and writes parcels as fiboa and GeoPackage.
//
// Every row ends accepted, corrected or quarantined and the totals reconcile;
// what is changed keeps its original in the report. It refuses to guess: a
// coordinate system that fits nowhere, or in several places, is an error that
// names the way out. It knows no SQL, and personal data (names, ID numbers,
// telephones) leave it only in [Package.People], never in a parcel, a
// household or the report.
//
//	p, err := registry.Open(ctx, "370199测试县", registry.Options{County: "370199"})
//	if errors.Is(err, registry.ErrNothingUsable) {
//		json.NewEncoder(os.Stdout).Encode(p.Report)
//	}
//	fmt.Println(len(p.Parcels), "parcels", len(p.Households), "households")
package registry
