// Package report renders what a season's run has found, for machines (CSV) and
// for people (one HTML file that needs nothing from elsewhere).
//
// It is pure: values in, bytes out. It reads no database, no network, no
// raster and no clock, decides nothing, and refuses to fill a gap: what is
// unknown is NaN or empty in the values and an empty cell or a dash on paper.
// The same values give the same bytes, whatever order they come in.
//
//	s := report.Season{County: "370199", Season: "2025", Currency: "CNY"}
//	s.Parcels = append(s.Parcels, report.Parcel{ID: "3701990010010000001", AreaHa: 0.31})
//	err := report.WriteParcelsCSV(parcels, s)
//	err = report.WriteLinesCSV(lines, s)
//	err = report.WriteHTML(page, s)
package report
