package registry

import "slices"

// CodeMaps says what the codes of one county's packages mean, where vendors
// differ from the standard or from each other. An empty list takes the default.
type CodeMaps struct {
	// HeadOfHousehold lists the values of YHZGX that mean the head. Default: 01
	// (self) and 02 (head), since counties use the one or the other.
	HeadOfHousehold []string `json:"head_of_household,omitempty" yaml:"head_of_household,omitempty"`
	// ContractedLand lists the values of DKLB that must have a holder. Default: 10.
	ContractedLand []string `json:"contracted_land,omitempty" yaml:"contracted_land,omitempty"`
	// Family lists the values of CBFLX that have members. Default: 1.
	Family []string `json:"family,omitempty" yaml:"family,omitempty"`
	// Transfer lists the values of CBJYQQDFS that say that the holder farms land
	// of somebody else. Default: 200.
	Transfer []string `json:"transfer,omitempty" yaml:"transfer,omitempty"`
	// ResidentID lists the values of ZJLX that mean a resident ID. Default: 1.
	ResidentID []string `json:"resident_id,omitempty" yaml:"resident_id,omitempty"`
}

func (c CodeMaps) empty() bool {
	return len(c.HeadOfHousehold)+len(c.ContractedLand)+len(c.Family)+len(c.Transfer)+len(c.ResidentID) == 0
}

// means tells whether a value is in a list, or in the default where the list
// is empty.
func means(value string, list []string, byDefault ...string) bool {
	if len(list) == 0 {
		list = byDefault
	}
	return slices.Contains(list, value)
}

func (c CodeMaps) head(v string) bool       { return means(v, c.HeadOfHousehold, "01", "02", "1", "2") }
func (c CodeMaps) contracted(v string) bool { return v == "" || means(v, c.ContractedLand, "10") }
func (c CodeMaps) family(v string) bool     { return v == "" || means(v, c.Family, "1") }
func (c CodeMaps) transfer(v string) bool   { return means(v, c.Transfer, "200") }
func (c CodeMaps) residentID(v string) bool { return means(v, c.ResidentID, "1") }
