package registry

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"
)

// parseDate reads the dates of tables: 2016-12-31, 2016/12/31, 20161231,
// 2016年12月31日, with or without a time; false where it's none of them.
func parseDate(s string) (time.Time, bool) {
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	s, _, _ = strings.Cut(s, "T")
	for _, f := range []string{"2006-01-02", "2006/1/2", "20060102", "2006-1-2", "2006年1月2日", "01/02/06", "2006.1.2"} {
		if t, err := time.Parse(f, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// areaOf takes square metres, else mu.
func areaOf(m2, mu string) (float64, bool) {
	a, ok := number([]byte(m2))
	if ok && a > 0 {
		return a, true
	}
	m, okMu := number([]byte(mu))
	return m * m2PerMu, ok && okMu
}

// readContracts reads CBHT, LZHT and the certificates.
func (b *book) readContracts(ctx context.Context, tables map[string]*table) error {
	b.contracts = map[string]*contract{}
	err := b.readTable(ctx, tables, "CBHT", []string{"CBHTBM"}, func(s *tableState, n int, _ []string, col func(string) string) {
		code := strings.Clone(s.code(n, "CBHTBM", col("CBHTBM"), 19, 18))
		if s.state == quarantined {
			return
		}
		if _, dup := b.contracts[code]; dup {
			s.note(Defect{Code: CodeDuplicate, Severity: SeverityError, Key: code, Row: n, Message: "合同代码重复 / contract code occurs twice"})
			return
		}
		c := &contract{}
		owner, _ := cleanCode(col("CBFBM"))
		c.household = strings.Clone(owner)
		var ok bool
		if c.totalM2, ok = areaOf(col("HTZMJ"), col("HTZMJM")); !ok {
			s.note(Defect{Code: FieldType, Severity: SeverityWarning, Key: code, Row: n, Message: "HTZMJ 不是数字 / is no number"})
		}
		if u := col("CBQXZ"); u != "" {
			if c.until, ok = parseDate(u); !ok {
				s.note(Defect{Code: FieldType, Severity: SeverityWarning, Key: code, Row: n, Message: fmt.Sprintf("CBQXZ %q 不是日期 / is no date", u)})
			}
		}
		b.contracts[code] = c
		if !c.until.IsZero() && !b.opt.Now.IsZero() && c.until.Before(b.opt.Now.Truncate(24*time.Hour)) {
			s.note(Defect{Code: ContractExpired, Severity: SeverityWarning, Key: code, Row: n,
				Message: fmt.Sprintf("承包期限已于 %s 届满 / contract has expired", c.until.Format(time.DateOnly))})
		}
	})
	if err != nil {
		return err
	}
	b.transfers = map[string]*transfer{}
	err = b.readTable(ctx, tables, "LZHT", nil, func(s *tableState, n int, _ []string, col func(string) string) {
		to := strings.Clone(s.code(n, "SRFBM", col("SRFBM"), 18))
		id := strings.Clone(s.code(n, "LZHTBM", col("LZHTBM"), 18, 19, 20))
		if to == "" || s.state == quarantined {
			return
		}
		if id == "" {
			return
		}
		t := &transfer{to: to}
		t.from, _ = parseDate(col("LZQXKSRQ"))
		t.until, _ = parseDate(col("LZQXJSRQ"))
		b.transfers[id] = t
	})
	if err != nil {
		return err
	}
	return b.readCertificates(ctx, tables)
}

func (b *book) readCertificates(ctx context.Context, tables map[string]*table) error {
	b.cancelled, b.certified = map[string]bool{}, map[string]struct{}{}
	for _, std := range []string{"CBJYQZ", "CBJYQZDJB"} {
		err := b.readTable(ctx, tables, std, []string{"CBJYQZBM"}, func(s *tableState, n int, _ []string, col func(string) string) {
			if c := s.code(n, "CBJYQZBM", col("CBJYQZBM"), 19, 18); c != "" && s.state != quarantined {
				b.certified[strings.Clone(c)] = struct{}{}
			}
		})
		if err != nil {
			return err
		}
	}
	return b.readTable(ctx, tables, "CBJYQZ_QZZX", []string{"CBJYQZBM"}, func(s *tableState, n int, _ []string, col func(string) string) {
		if c := s.code(n, "CBJYQZBM", col("CBJYQZBM"), 19, 18); c != "" && s.state != quarantined {
			b.cancelled[s.key] = true
			s.note(Defect{Code: CertificateCancelled, Severity: SeverityWarning, Key: s.key, Row: n,
				Message: "权证已注销，其地块不采用 / certificate is cancelled; its parcels are not used"})
		}
	})
}

// readHoldings reads CBDKXX and ties parcels to households. index maps DKBM
// to rows.
func (b *book) readHoldings(ctx context.Context, tables map[string]*table, rows []row, index map[string]int32) error {
	err := b.readTable(ctx, tables, "CBDKXX", []string{"DKBM", "CBFBM"}, func(s *tableState, n int, _ []string, col func(string) string) {
		dk := s.code(n, "DKBM", col("DKBM"), 19)
		if s.state == quarantined {
			m2, _ := areaOf(col("HTMJ"), col("HTMJM"))
			b.toContract(col("CBHTBM"), m2) // the contract counts the parcel all the same
			return
		}
		h, owner := b.holdingOf(s, n, dk, col)
		i, ok := index[dk]
		if !ok {
			s.note(Defect{Code: HoldingWithoutShape, Severity: SeverityError, Key: strings.Clone(dk), Row: n,
				Message: "承包地块没有图形 / holding without a shape"})
			return
		}
		r := &rows[i]
		if r.holding < 0 {
			r.holding = int32(len(b.holdings))
			b.holdings = append(b.holdings, h)
			return
		}
		b.second(s, n, r, h, owner)
	})
	if err != nil {
		return err
	}
	b.checkSums()
	return nil
}

// holdingOf resolves a row of CBDKXX.
func (b *book) holdingOf(s *tableState, n int, dk string, col func(string) string) (holding, string) {
	owner := s.code(n, "CBFBM", col("CBFBM"), 18)
	h := holding{household: -1, row: n, codes: codesOf(col), holder: strings.Clone(owner)}
	var ok bool
	if h.m2, ok = areaOf(col("HTMJ"), col("HTMJM")); !ok {
		s.note(Defect{Code: FieldType, Severity: SeverityWarning, Key: strings.Clone(dk), Row: n, Message: "HTMJ 不是数字 / is no number"})
	}
	if lz, _ := cleanCode(col("LZHTBM")); lz != "" {
		h.transfer = b.transfers[lz]
		if t := h.transfer; t != nil && t.to != owner && !b.over(t) {
			owner, h.leased = t.to, true
		}
	}
	if b.opt.Codes.transfer(s.value(n, "CBJYQQDFS", col("CBJYQQDFS"))) {
		h.leased = true
	}
	if i, ok := b.byCode[owner]; ok {
		h.household = i
		h.owner = b.households[i].ID
	} else {
		h.owner = strings.Clone(owner)
		if b.byCode != nil {
			s.note(Defect{Code: HoldingWithoutHouse, Severity: SeverityError, Key: strings.Clone(dk), Row: n,
				Message: fmt.Sprintf("承包方 %s 不存在 / holder is not in CBF", owner)})
		}
	}
	if q, _ := cleanCode(col("CBJYQZBM")); q != "" {
		_, h.certified = b.certified[q]
		if h.cancelled = b.cancelled[q]; h.cancelled {
			h.certified = false
			s.note(Defect{Code: CertificateCancelled, Severity: SeverityError, Key: strings.Clone(dk), Row: n,
				Message: fmt.Sprintf("权证 %s 已注销 / certificate has been cancelled", q)})
		}
	}
	b.toContract(col("CBHTBM"), h.m2)
	return h, h.owner
}

// over tells whether a transfer has ended, so that the land has gone back.
func (b *book) over(t *transfer) bool {
	return !t.until.IsZero() && !b.opt.Now.IsZero() && t.until.Before(b.opt.Now.Truncate(24*time.Hour))
}

// toContract adds a parcel's area to its contract.
func (b *book) toContract(code string, m2 float64) {
	code, _ = cleanCode(code)
	if c := b.contracts[code]; c != nil {
		c.sumM2 += m2
		c.parcels++
	}
}

// second handles another holding on a parcel: a transfer row tells who farms
// it, a cancelled one is void, else two holders claim it.
func (b *book) second(s *tableState, n int, r *row, h holding, owner string) {
	old := &b.holdings[r.holding]
	switch {
	case old.owner == owner:
		old.leased = old.leased || h.leased
		old.certified = old.certified || h.certified
	case h.cancelled:
	case old.cancelled || h.leased && !old.leased:
		*old = h
	case old.leased && !h.leased:
	default:
		if !r.contested {
			s.note(Defect{Code: HolderMultiple, Severity: SeverityError, Key: r.code, Row: n,
				Message: fmt.Sprintf("同一地块有多个承包方：%s、%s / several households hold the parcel", old.owner, owner), Geometry: centre(r)})
		}
		r.contested = true
	}
}

// checkSums compares the contracts' totals with their parcels: 0.1 % or 1 m²,
// whatever is more, is rounding.
func (b *book) checkSums() {
	for _, code := range sortedKeys(b.contracts) {
		c := b.contracts[code]
		if c.parcels == 0 || c.totalM2 <= 0 {
			continue
		}
		if d := math.Abs(c.sumM2 - c.totalM2); d > max(1, 0.001*c.totalM2) {
			b.add(Defect{Code: ContractAreaSum, Severity: SeverityWarning, Layer: "CBHT", Key: code,
				Message: fmt.Sprintf("合同总面积 %.2f m²，各地块合计 %.2f m² / contract total and its parcels differ", c.totalM2, c.sumM2)})
		}
	}
}

// settle carries the holdings over to the rows and finds shapes without one.
func (b *book) settle(rows []row) {
	for i := range rows {
		r := &rows[i]
		if r.holding < 0 {
			// Only contracted land must have a holder.
			if r.code != "" && r.state != quarantined && b.opt.Codes.contracted(r.kind) {
				b.add(Defect{Code: ShapeWithoutHolding, Severity: SeverityWarning, Layer: "DK", Key: r.code, Row: int(r.number),
					Message: "地块没有承包信息 / shape without a holding", Geometry: centre(r)})
			}
			continue
		}
		h := &b.holdings[r.holding]
		if r.contested || h.cancelled || h.household < 0 && b.byCode != nil {
			r.raise(quarantined)
		}
	}
}
