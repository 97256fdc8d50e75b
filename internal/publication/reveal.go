package publication

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// Reveals tells whether the role may open personal data, each time for a
// purpose that goes to the audit. Partners hand registries in, risk managers
// look at seasons, admins look after accounts: none of them meets a farmer.
func (r Role) Reveals() bool { return slices.Contains([]Role{Officer, Approver, Auditor}, r) }

// Limits of a purpose, in characters.
const (
	leastPurpose   = 4
	longestPurpose = 200
)

// ParsePurpose returns a purpose without blanks around it, or an error where it
// says too little or too much.
func ParsePurpose(text string) (string, error) {
	p := strings.Join(strings.Fields(text), " ")
	if n := utf8.RuneCountInString(p); n < leastPurpose || n > longestPurpose {
		return "", errors.New("the purpose needs 4 to 200 characters: say what the data are for")
	}
	return p, nil
}

// Person is the personal data of one person of a household.
type Person struct {
	Holder   bool   `json:"holder" doc:"The holder of the contracts, as registered."`
	Head     bool   `json:"head" doc:"Head of the household."`
	Name     string `json:"name"`
	IDNumber string `json:"id_number"`
	Phone    string `json:"phone"`
	Address  string `json:"address"`
}

// PersonHit is a person that was found, masked.
type PersonHit struct {
	Person      string `json:"person" doc:"Names the person across releases of the registry, and tells nothing."`
	HouseholdID string `json:"household_id"`
	Holder      bool   `json:"holder" doc:"The holder of the contracts, as registered."`
	Name        string `json:"name" doc:"Masked."`
	IDNumber    string `json:"id_number" doc:"Masked."`
	Phone       string `json:"phone" doc:"Masked."`
}
