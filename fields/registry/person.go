package registry

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// Person is personal data of a holder (from CBF) or a member (from CBF_JTCY).
// It goes to an encrypted store or nowhere.
type Person struct {
	HouseholdID string
	Name        string
	Relation    string // YHZGX
	IDKind      string // ZJLX; 1 is the resident ID
	IDNumber    string
	Phone       string
	Address     string
	Head        bool // a member whose relation is head of the household
	Holder      bool // the row of CBF itself
}

// MaskName keeps the first character of a name: 王小明 becomes 王**.
func MaskName(name string) string {
	name = strings.TrimSpace(name)
	r, n := utf8.DecodeRuneInString(name)
	if n == 0 {
		return ""
	}
	return string(r) + strings.Repeat("*", min(2, max(1, utf8.RuneCountInString(name)-1)))
}

// idWeights and idChecks are those of GB 11643-1999, annex A.
var idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const idChecks = "10X98765432"

// ValidResidentID tells whether an 18-digit resident ID has a real birth date not
// after now (zero: any date) and the right check digit.
func ValidResidentID(id string, now time.Time) bool {
	if len(id) != 18 || !digits(id[:17]) {
		return false
	}
	sum := 0
	for i, w := range idWeights {
		sum += int(id[i]-'0') * w
	}
	last := id[17]
	if last == 'x' {
		last = 'X'
	}
	if idChecks[sum%11] != last {
		return false
	}
	d, err := time.Parse("20060102", id[6:14])
	return err == nil && d.Year() >= 1880 && (now.IsZero() || !d.After(now))
}

var (
	mobile   = regexp.MustCompile(`^1[3-9]\d{9}$`)
	landline = regexp.MustCompile(`^0\d{2,3}-?\d{7,8}(?:-\d{1,6})?$`)
)

// ValidPhone accepts mobile numbers of the mainland and landlines with area
// code.
func ValidPhone(p string) bool { return mobile.MatchString(p) || landline.MatchString(p) }

// mobileFast spares the regular expression in the usual case.
func mobileFast(p string) bool {
	return len(p) == 11 && p[0] == '1' && p[1] >= '3' && digits(p)
}

// person checks ID number and phone of a row and cleans them. No message
// repeats the number.
func (b *book) person(s *tableState, n int, p *Person) {
	id, changed := cleanCode(p.IDNumber)
	p.IDNumber = strings.Clone(id)
	if changed {
		s.note(Defect{Code: CodeCharacters, Severity: SeverityRepaired, Key: p.HouseholdID, Row: n,
			Message: "证件号码含全角、空格或控制字符 / ID number holds full-width, blank or control characters"})
	}
	if p.IDNumber != "" && (b.opt.Codes.residentID(p.IDKind) || p.IDKind == "" && len(p.IDNumber) == 18) && !ValidResidentID(p.IDNumber, b.opt.Now) {
		s.note(Defect{Code: IDChecksum, Severity: SeverityWarning, Key: p.HouseholdID, Row: n,
			Message: fmt.Sprintf("身份证号校验不符：%s / resident ID fails its check", MaskID(p.IDNumber))})
	}
	phone, _ := cleanCode(p.Phone)
	if phone != "" && !mobileFast(phone) && !ValidPhone(phone) {
		s.note(Defect{Code: PhoneInvalid, Severity: SeverityWarning, Key: p.HouseholdID, Row: n,
			Message: "联系电话格式不对 / telephone number is malformed"})
	}
}

// MaskID keeps the county and the last four characters: 370199********123X.
func MaskID(id string) string {
	if len(id) < 12 || !asciiString(id) {
		return strings.Repeat("*", utf8.RuneCountInString(id))
	}
	return id[:6] + strings.Repeat("*", len(id)-10) + id[len(id)-4:]
}

// checkIDs finds ID numbers that occur in two households.
func (b *book) checkIDs() {
	first := make(map[string]int32, len(b.people))
	said := map[[2]string]bool{}
	for i := range b.people {
		p := &b.people[i]
		if p.IDNumber == "" {
			continue
		}
		j, ok := first[p.IDNumber]
		if !ok {
			first[p.IDNumber] = int32(i)
			continue
		}
		other := b.people[j].HouseholdID
		k := [2]string{min(other, p.HouseholdID), max(other, p.HouseholdID)}
		if other == p.HouseholdID || said[k] {
			continue
		}
		said[k] = true
		for _, h := range k { // each household gets its own entry to act on
			b.add(Defect{Code: IDDuplicate, Severity: SeverityWarning, Layer: "CBF_JTCY", Key: h,
				Message: fmt.Sprintf("证件号码 %s 同时出现在 %s 与 %s / one ID number in two households", MaskID(p.IDNumber), k[0], k[1])})
		}
	}
}
