// Package sheet writes applications and scored lines for people: as a workbook
// of three sheets or as CSV that a spreadsheet opens as it is meant.
//
// Rows go through one at a time, so that memory does not grow with them. Amounts
// are numbers, days are days, long numbers stay text, and no cell of a CSV is
// taken for a formula. It asks nobody for rows and decides nothing.
//
//	err := sheet.Write(w, sheet.Layout{Format: sheet.XLSX}, rows)
package sheet
