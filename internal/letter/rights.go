package letter

import "fmt"

// rights says what the household may ask for: the articles are those of the
// Personal Information Protection Law of the People's Republic of China (2021):
// 15 withdrawal of consent, 24 explanation of automated decisions and refusal
// of decisions by automation alone, 45 access, 46 correction, 47 deletion.
func (l Letter) rights(s *sheet, lang Language) {
	items := []string{
		lang.of("要求说明与人工复核：您可以要求我们说明本结果，并可拒绝仅由系统自动作出决定，要求信贷员人工复核（《个人信息保护法》第二十四条）。",
			"Explanation and review by a person: you may ask us to explain this result, refuse a decision made by automation alone and have an officer review it (Personal Information Protection Law, article 24)."),
		lang.of("更正数据：地块、面积、作物、负债有误的，可凭材料要求更正，更正后重新计算；您可以查阅、复制所用的个人信息，并在法定情形下要求删除（第四十五至四十七条）。",
			"Correction: where a parcel, area, crop or debt is wrong, show it and it will be corrected and the line computed anew; you may see and copy the personal data used, and have it deleted where the law says so (articles 45 to 47)."),
		l.consent(lang),
		lang.of("提出异议：请在收到本函后，凭编号向下列联系方式提出。提出异议不影响您今后申请。",
			"Objection: write or call the contact below, with the reference of this letter. An objection does no harm to later applications."),
	}
	for i, text := range items {
		st := body()
		st.after = 2
		s.paragraph(lang.of(fmt.Sprintf("（%s）", chineseNumber(i+1)), fmt.Sprintf("(%d) ", i+1))+text, st)
	}
	s.y += 2
	s.room(signatureRoom + 2*body().leading) // or the signature stands on a page alone
	contact := clean(l.Contact, 4*mostName)
	if contact == "" {
		contact = lang.of("________________________________（由经办机构填写）", "________________________________ (to be filled in by the lender)")
	}
	s.paragraph(lang.of("联系方式：", "Contact: ")+contact, body())
}

func (l Letter) consent(lang Language) string {
	if l.Consent.On.IsZero() {
		return lang.of("授权：系统中没有您为本次测算单独授权的记录。签约前须取得您的书面授权；您可以不授权，也可以随时撤回（第十五条）。",
			"Consent: no consent of yours to this computation is on record. Before a contract we need it in writing; you may withhold it, or withdraw it at any time (article 15).")
	}
	ref := ""
	if r := clean(l.Consent.Reference, mostName); r != "" {
		ref = lang.of("（编号 "+r+"）", " (reference "+r+")")
	}
	return lang.of("授权：您已于"+day(l.Consent.On, lang)+"授权我们使用上述数据"+ref+"，可以随时撤回（第十五条）；撤回不影响此前已作出的决定。",
		"Consent: on "+day(l.Consent.On, lang)+" you consented to the use of these data"+ref+". You may withdraw it at any time (article 15); decisions made before stand.")
}

// signatureRoom is the height of the signature.
const signatureRoom = 62

// signature is for both sides: to be signed and stamped by hand.
func (l Letter) signature(s *sheet, lang Language) {
	const columns = frameWidth / 2
	s.room(signatureRoom)
	s.y += 20
	st := style{size: 9.8, leading: 20}
	blank := func(label string, x float64) {
		s.line(label, x, columns, st)
		from := x + s.width(label)*st.size + 3
		s.put(mark{x: from, y: s.y + st.leading*0.8, width: x + columns - 24 - from, height: 0.4, fill: 0.4})
	}
	blank(lang.of("收件人签收：", "Received by:"), marginLeft)
	blank(lang.of("贷款机构（盖章）：", "For the lender:"), marginLeft+columns)
	s.y += st.leading
	blank(lang.of("签收日期：", "On:"), marginLeft)
	s.line(lang.of("日期：", "Date: ")+day(l.Date, lang), marginLeft+columns, columns, st)
	s.y += st.leading
}

// missing says what the brackets are, where there are any.
func (l Letter) missing(s *sheet, lang Language) {
	if len(s.missing) == 0 {
		return
	}
	s.y += 6
	s.paragraph(lang.of("注：[U+…] 为字库所缺字的统一码，原字以登记为准。", "Note: [U+…] is the code point of a character that the fonts lack; the registry has the character itself."), small())
}

// footers puts reference and number on every page, now that they are counted.
func (l Letter) footers(s *sheet, lang Language) {
	st := style{size: 8, leading: 12, tone: grey}
	for i := range s.pages {
		m := mark{x: marginLeft, y: pageHeight - 46, width: frameWidth, height: 0.4, fill: 0.7}
		s.pages[i] = append(s.pages[i], m)
		ref := s.fit(s.printable(lang.of("编号 ", "Reference ")+clean(l.number(), 40)+lang.of("　农户 ", "   Household ")+clean(l.HouseholdID, 40)), 0.8*frameWidth/st.size)
		page := lang.of(fmt.Sprintf("第 %d 页，共 %d 页", i+1, len(s.pages)), fmt.Sprintf("Page %d of %d", i+1, len(s.pages)))
		y := pageHeight - 32.0
		s.pages[i] = append(s.pages[i],
			mark{x: marginLeft, y: y, text: ref, size: st.size, tone: st.tone},
			mark{x: marginLeft + frameWidth - s.width(page)*st.size, y: y, text: page, size: st.size, tone: st.tone})
	}
}
