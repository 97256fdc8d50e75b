package scorecard

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Language of what people read.
type Language string

// Languages of cards and reasons.
const (
	Chinese Language = "zh"
	English Language = "en"
)

// say picks the Chinese or the English words.
func (l Language) say(zh, en string) string {
	if l == English {
		return en
	}
	return zh
}

// Print writes the card for people: what it may be used for, what it learned
// from, how good it is, its bins with counts, bad rate, weight and points, and
// what became of the columns that are not in it.
func (s Scorecard) Print(w io.Writer, l Language) error {
	t := printer{w: w, l: l}
	use := l.say("仅供研究（信贷引擎拒用）", "for study alone: credit refuses it")
	if s.Use == Decisions {
		use = l.say("可用于决策", "for decisions")
	}
	t.row("用途", "use", use)
	t.row("目标", "target", s.Target)
	t.row("训练样本", "learned from", s.Training.words(l))
	t.row("数据摘要", "training data", "sha256:"+s.Training.Digest)
	cv := s.CrossValidation
	t.quality("交叉验证", "cross-validated", cv.Quality)
	t.row("", "", fmt.Sprintf(l.say("%d 折，重复 %d 次，重复间 AUC 标准差 %.4f", "%d folds, %d repetitions, AUC differs by %.4f (SD) between them"), cv.Folds, cv.Repeats, cv.AUCSpread))
	if h := s.HeldOut; h != nil {
		how := l.say("抽签留出", "drawn by lot")
		if h.ByDate {
			how = l.say("时间外样本 ", "later than all learned from: ") + h.From + "–" + h.To
		}
		t.row("留出样本", "held out", how)
		t.quality("留出检验", "checked there", h.Quality)
	}
	t.row("分值刻度", "scale", fmt.Sprintf(l.say("%g 分对应好坏比 %g:1，每 %g 分翻倍", "%g points at odds of %g:1, %g to double them"), s.Scale.Base, s.Scale.Odds, s.Scale.PDO))
	t.row("违约概率", "PD", fmt.Sprintf(l.say("logit PD = %.4f %+.4f·ln(坏好比)；样本坏账率 %.2f %%，基准 %.2f %%", "logit PD = %.4f %+.4f·ln(odds of bad); rate of the sample %.2f %%, stated %.2f %%"),
		s.PD.Intercept, s.PD.Slope, 100*s.PD.SampleRate, 100*s.PD.BaseRate))
	t.row("截距", "intercept", fmt.Sprintf("%.4f ± %.4f", s.Intercept, s.InterceptSE))
	t.bins(s.Characteristics)
	t.left(s.Left)
	for _, n := range s.Notes {
		t.row("提示", "note", n.In(l))
	}
	t.row("评分卡", "card", "sha256:"+s.Digest())
	return t.err
}

func (p Population) words(l Language) string {
	text := fmt.Sprintf(l.say("%d 行，其中坏账 %d", "%d rows, %d of them bad"), p.Rows, p.Bads)
	if p.From != "" {
		text += fmt.Sprintf(l.say("，%s 至 %s", ", %s to %s"), p.From, p.To)
	}
	return text
}

// printer keeps the first error of writing.
type printer struct {
	w   io.Writer
	l   Language
	err error
}

func (p *printer) printf(format string, a ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, a...)
	}
}

// row writes a title, padded by what it takes on a screen, and its text.
func (p *printer) row(zh, en, text string) {
	title := p.l.say(zh, en)
	width := 0
	for _, r := range title {
		width++
		if r > 0x2E7F {
			width++
		}
	}
	p.printf("%s%s%s\n", title, strings.Repeat(" ", max(1, 17-width)), text)
}

func (p *printer) quality(zh, en string, q Quality) {
	low, high := interval95(q.AUC, q.AUCSE)
	ksLow, ksHigh := interval95(q.KS, q.KSSE)
	brierLow, brierHigh := interval95(q.Brier, q.BrierSE)
	p.row(zh, en, fmt.Sprintf("AUC %.4f ± %.4f (95 %% %.4f–%.4f), KS %.4f (%.4f–%.4f), Brier %.4f (%.4f–%.4f)",
		q.AUC, q.AUCSE, low, min(high, 1), q.KS, max(ksLow, 0), min(ksHigh, 1), q.Brier, max(brierLow, 0), brierHigh))
	p.row("", "", fmt.Sprintf(p.l.say("校准斜率 %.3f ± %.3f，截距 %.3f，ECE %.4f，对数损失 %.4f；%d 行，坏账 %d", "calibration slope %.3f ± %.3f, intercept %.3f, ECE %.4f, log loss %.4f; %d rows, %d bad"),
		q.Slope, q.SlopeSE, q.Intercept, q.ECE, q.LogLoss, q.Rows, q.Bads))
}

// Print writes the figures of quality with their intervals.
func (q Quality) Print(w io.Writer, l Language) error {
	p := printer{w: w, l: l}
	p.quality("检验", "measured", q)
	p.row("坏账率", "rate of bads", fmt.Sprintf(l.say("实际 %.2f %%，平均违约概率 %.2f %%", "%.2f %% seen, %.2f %% stated on average"), 100*float64(q.Bads)/float64(q.Rows), 100*q.MeanPD))
	return p.err
}

// PrintStability writes the index of the scores and of each characteristic, and
// a word where it is beyond a limit.
func PrintStability(w io.Writer, psi float64, all []Stability, l Language) error {
	p := printer{w: w, l: l}
	p.row("总体稳定性", "stability", fmt.Sprintf("PSI %.4f%s", psi, beyond(psi, l)))
	for _, s := range all {
		p.row("特征稳定性", "", fmt.Sprintf(l.say("%s：CSI %.4f，平均分值变动 %+.1f%s", "%s: CSI %.4f, mean score %+.1f%s"), s.Characteristic, s.CSI, s.MeanShift, beyond(s.CSI, l)))
	}
	return p.err
}

func beyond(index float64, l Language) string {
	switch {
	case index > ShiftStops:
		return l.say("：分布已变，勿再使用", ": another population, do not use")
	case index > ShiftWarns:
		return l.say("：分布偏移，请核查", ": shifted, look into it")
	}
	return ""
}

// bins writes the table of characteristics and bins.
func (p *printer) bins(chars []Characteristic) {
	t := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, c := range chars {
		p.printf("\n%s  IV %.4f  %s %.4f ± %.4f  p %.4f  VIF %.2f\n", c.Name, c.IV, p.l.say("系数", "coefficient"), c.Coefficient, c.SE, c.P, c.VIF)
		fmt.Fprintf(t, "%s\t\n", p.l.say("行数\t坏账\t坏账率\tWoE\tIV\t分值\t分箱", "rows\tbads\tbad rate\tWoE\tIV\tpoints\tbin"))
		for _, b := range c.Bins {
			fmt.Fprintf(t, "%d\t%d\t%s\t%.4f\t%.4f\t%d\t%s\t\n", b.Rows, b.Bads, rate(b), b.WoE, b.IV, b.Points, b.Label(p.l == Chinese))
		}
		if err := t.Flush(); p.err == nil {
			p.err = err
		}
	}
	p.printf("\n")
}

func rate(b Bin) string {
	if b.Rows == 0 {
		return "–"
	}
	return strconv.FormatFloat(100*b.BadRate(), 'f', 2, 64) + " %"
}

func (p *printer) left(all []Candidate) {
	for _, c := range all {
		p.row("未入选", "left out", fmt.Sprintf("%s (IV %.4f): %s", c.Name, c.IV, c.Why.In(p.l)))
	}
}

// WritePredictions writes id, score, pd and reason of each applicant, and the
// digest of the card. A reason is characteristic, bin and the points that it
// costs against the average and against the best; several are joined by "; ".
func WritePredictions(w io.Writer, all []Prediction, card string, l Language) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"id", "score", "pd", "reason", "card"}}
	for _, p := range all {
		reasons := make([]string, len(p.Reasons))
		for i, r := range p.Reasons {
			reasons[i] = r.words(l)
		}
		rows = append(rows, []string{p.ID, strconv.Itoa(p.Score), strconv.FormatFloat(p.PD, 'f', 6, 64), strings.Join(reasons, "; "), card})
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write predictions: %w", err)
	}
	return nil
}

func (r Reason) words(l Language) string {
	return fmt.Sprintf(l.say("%s（%s）：比平均低 %d 分，比最好低 %d 分", "%s (%s): %d points below average, %d below the best"),
		r.Characteristic, r.Bin.Label(l == Chinese), int(math.Round(r.BelowAverage)), r.BelowBest)
}
