package gdal

// ParseWKB lets the fuzz test reach the parser.
var ParseWKB = parseWKB
