package fairness

import "time"

// Group is one of the groups of a dimension; the zero Group is unknown.
type Group uint8

// Sex of the registered holder, from the 17th digit of the resident ID: odd for
// men (GB 11643-1999).
const (
	Unknown Group = iota
	Women
	Men
)

// Ages of the registered holder on the day of the decision.
const (
	Under35 Group = iota + 1
	From35
	From45
	From55
	From65
)

// OfResidentID reads sex and age band off a resident ID of 18 characters:
// digits 7 to 14 are the birth date, the 17th tells the sex. Anything else gives
// Unknown twice; nothing of the number is kept.
func OfResidentID(id string, on time.Time) (sex, age Group) {
	if len(id) != 18 {
		return Unknown, Unknown
	}
	for _, c := range id[:17] {
		if c < '0' || c > '9' {
			return Unknown, Unknown
		}
	}
	born, err := time.Parse("20060102", id[6:14])
	if err != nil || born.Year() < 1880 || born.After(on) {
		return Unknown, Unknown
	}
	sex = Women
	if (id[16]-'0')%2 == 1 {
		sex = Men
	}
	years := on.Year() - born.Year()
	if on.Month() < born.Month() || on.Month() == born.Month() && on.Day() < born.Day() {
		years--
	}
	for band, least := range [...]int{0, 35, 45, 55, 65} {
		if years >= least {
			age = Group(band + 1)
		}
	}
	return sex, age
}

// words of a group.
type words struct{ code, zh, en string }

// dimension is one way of grouping.
type dimension struct {
	words
	groups []words // from the first Group on
	of     func(Subject) Group
}

func dimensions() []dimension {
	return []dimension{
		{words{"sex", "性别", "sex"}, []words{{"women", "女", "women"}, {"men", "男", "men"}}, func(s Subject) Group { return s.Sex }},
		{words{"age", "年龄", "age"}, []words{{"under_35", "35 岁以下", "under 35"}, {"35_44", "35–44 岁", "35–44"}, {"45_54", "45–54 岁", "45–54"},
			{"55_64", "55–64 岁", "55–64"}, {"65_on", "65 岁及以上", "65 and over"}}, func(s Subject) Group { return s.Age }},
		{words{"land", "耕地面积四分位", "quartile of land"}, []words{{"q1", "最小四分之一", "smallest quarter"}, {"q2", "次小", "second"}, {"q3", "次大", "third"},
			{"q4", "最大四分之一", "largest quarter"}}, func(s Subject) Group { return s.land }},
	}
}
