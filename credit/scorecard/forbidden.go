package scorecard

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// ErrForbidden marks a characteristic that may decide nothing.
var ErrForbidden = errors.New("forbidden characteristic")

// Forbidden tells whether the name of a column says that it holds what may
// never be an input of a decision, and what that is: sex, age, plot size,
// ethnicity, religion, marital status (the grounds of 15 U.S.C. 1691 that
// apply), names and numbers of people. It reads English, Chinese and pinyin,
// joined in any way that spreadsheets do. Measuring fairness by such columns is
// another matter and done elsewhere.
func Forbidden(column string) (ground string, forbidden bool) {
	folded := halfWidth(column)
	for _, g := range grounds() {
		for _, han := range g.han {
			if strings.Contains(folded, han) {
				return g.name, true
			}
		}
		words := wordsOf(folded)
		for i, w := range words {
			if i > 0 && slices.Contains(things(), words[i-1]) {
				continue // the age of a tree is nobody's
			}
			if slices.Contains(g.words, w) {
				return g.name, true
			}
			for _, pair := range g.pairs {
				if first, second, _ := strings.Cut(pair, " "); i+1 < len(words) && w == first && words[i+1] == second || w == first+second {
					return g.name, true
				}
			}
			for _, p := range people() {
				rest, ok := strings.CutPrefix(w, p)
				if ok && (slices.Contains(g.words, rest) || slices.Contains(g.ofPeople, rest)) ||
					i+1 < len(words) && w == p && slices.Contains(g.ofPeople, words[i+1]) {
					return g.name, true
				}
			}
		}
		if len(words) == 1 && slices.Contains(g.ofPeople, words[0]) {
			return g.name, true
		}
	}
	return "", false
}

// ground is a reason to refuse a column, and how it is written.
type ground struct {
	name     string
	words    []string // as a word of the name
	pairs    []string // as two words, or joined
	ofPeople []string // alone, or after a word for a person
	han      []string // anywhere
}

func people() []string {
	return []string{"applicant", "borrower", "client", "customer", "debtor", "farmer", "first", "family", "full", "given", "guarantor", "head", "holder",
		"householder", "household", "last", "owner", "partner", "person", "personal", "user", "national", "citizen", "resident"}
}

func things() []string {
	return []string{"account", "building", "credit", "crop", "house", "image", "loan", "machine", "orchard", "plantation", "stand", "tree", "trees", "vehicle", "village"}
}

func grounds() []ground {
	return []ground{
		{name: "sex", words: []string{"sex", "sexcode", "gender", "gendercode", "male", "female", "ismale", "isfemale", "man", "woman", "xingbie"}, han: []string{"性别", "性別", "男女", "女性", "男性"}},
		{name: "age", words: []string{"age", "aged", "ages", "agegroup", "ageband", "birth", "birthday", "birthdate", "birthyear", "dob", "yob", "born", "nianling", "shengri", "chusheng"},
			pairs: []string{"of birth"}, han: []string{"年龄", "年齡", "年纪", "岁", "出生", "生日"}},
		{name: "plot size", pairs: []string{"plot size", "plots size", "parcel size", "parcels size", "size quartile", "area quartile", "plot quartile", "size class", "plot area"},
			han: []string{"地块面积", "地块大小", "面积四分位", "面积分位", "面积等级"}},
		{name: "ethnicity or origin", words: []string{"ethnic", "ethnicity", "race", "racial", "nationality", "foreign", "foreigner", "tribe", "caste", "minzu"},
			pairs: []string{"native place", "national origin"}, han: []string{"民族", "族别", "籍贯", "国籍", "少数"}},
		{name: "religion", words: []string{"religion", "religious"}, han: []string{"宗教", "信仰"}},
		{name: "marital status", words: []string{"marital", "marriage", "married", "hunyin"}, han: []string{"婚姻", "婚否", "已婚"}},
		{name: "name of a person", words: []string{"surname", "forename", "firstname", "lastname", "fullname", "nickname", "xingming"}, ofPeople: []string{"name", "names"},
			han: []string{"姓名", "名字", "户主名", "曾用名"}},
		{name: "number of a person", words: []string{"idcard", "idno", "idnumber", "identity", "passport", "ssn", "shenfenzheng"},
			pairs:    []string{"id card", "id no", "id number", "id num", "bank account", "account no", "account number", "bank card", "phone number", "phone no", "mobile number", "mobile no"},
			ofPeople: []string{"id", "ids", "uid", "number", "no", "phone", "telephone", "mobile", "email", "wechat"},
			han:      []string{"身份证", "证件号", "证号", "手机", "电话", "护照", "户号", "账号", "卡号", "邮箱", "微信"}},
	}
}

// wordsOf splits a name at what is no letter and where capitals begin, in lower
// case and without digits.
func wordsOf(name string) []string {
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
		}
		word = nil
	}
	runes := []rune(name)
	for i, r := range runes {
		if !unicode.IsLetter(r) || unicode.Is(unicode.Han, r) {
			flush()
			continue
		}
		if unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1])) {
			flush()
		}
		word = append(word, r)
	}
	flush()
	return words
}

// halfWidth turns the full-width Latin letters of East Asian input into plain
// ones (Unicode block FF00).
func halfWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0xFF01 && r <= 0xFF5E {
			return r - 0xFEE0
		}
		return r
	}, s)
}

// tellsSex says whether the values of a column are those of a sex, whatever its
// name.
func tellsSex(c Column) bool {
	if c.Numbers != nil {
		return false
	}
	n := 0
	for _, cell := range c.Cells {
		switch strings.ToLower(cell) {
		case "":
		case "男", "女", "男性", "女性", "m", "f", "male", "female", "man", "woman":
			n++
		default:
			return false
		}
	}
	return n > 0
}

// forbiddenIn lists the columns of a table that may decide nothing.
func forbiddenIn(columns []Column) (names []string, err error) {
	var words []string
	for _, c := range columns {
		ground, bad := Forbidden(c.Name)
		if !bad && tellsSex(c) {
			ground, bad = "sex, by its values", true
		}
		if bad {
			names = append(names, c.Name)
			words = append(words, fmt.Sprintf("%q (%s)", c.Name, ground))
		}
	}
	if names == nil {
		return nil, nil
	}
	return names, fmt.Errorf("%w: %s: leave these columns out (--ignore %s), or study them with --explore, which writes a card that decides nothing",
		ErrForbidden, strings.Join(words, ", "), strings.Join(names, ","))
}
