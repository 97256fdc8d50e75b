package web

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"parus/internal/handover/sheet"
	"parus/internal/intake"

	"github.com/danielgtaylor/huma/v2"
)

type defectsInput struct {
	UploadPath
	Code     string `query:"code" maxLength:"40" doc:"Only those of one code."`
	Severity string `query:"severity" enum:"error,repaired,warning" doc:"Only those of one severity."`
	Text     string `query:"q" maxLength:"100" doc:"Part of a key."`
	After    int    `query:"after" minimum:"0" doc:"seq of the last one seen."`
	Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type defectsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		intake.DefectPage
		NextCursor string `json:"next_cursor" doc:"Of the next page, as after; empty on the last."`
	}
}

type shapesInput struct {
	UploadPath
	Code     string `query:"code" maxLength:"40"`
	Severity string `query:"severity" enum:"error,repaired,warning"`
	Text     string `query:"q" maxLength:"100"`
	Limit    int    `query:"limit" minimum:"0" doc:"At most so many; 0 or left out: all."`
}

func (s *server) addDefects(api huma.API) {
	op := func(id, path, summary, media string) huma.Operation {
		o := huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, Tags: []string{"uploads"}, Errors: []int{403, 404}}
		if media != "" {
			o.Responses = map[string]*huma.Response{"200": {Description: summary, Content: map[string]*huma.MediaType{media: {}}}}
		}
		return s.operation(o)
	}
	huma.Register(api, op("uploadDefects", "/v1/uploads/{id}/defects", "Defects of a hand-over in the report's order", ""), s.uploadDefects)
	huma.Register(api, op("uploadShapes", "/v1/uploads/{id}/defects.geojson", "Defects that have a place, as GeoJSON", geoJSONType), s.uploadShapes)
	huma.Register(api, op("uploadTable", "/v1/uploads/{id}/defects.csv", "Defects as a table", csvType), s.uploadTable)
	huma.Register(api, op("uploadReport", "/v1/uploads/{id}/report.json", "The whole report", "application/json"), s.uploadReport)
}

const (
	geoJSONType = "application/geo+json"
	csvType     = "text/csv; charset=utf-8"
)

func (s *server) uploadDefects(ctx context.Context, in *defectsInput) (*defectsOutput, error) {
	account, err := handsIn(ctx)
	if err != nil {
		return nil, err
	}
	page, err := s.store.UploadDefects(ctx, account.Scope(), in.ID, intake.DefectQuery{Code: in.Code, Severity: in.Severity, Text: in.Text, After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, s.answer("uploadDefects", err)
	}
	out := &defectsOutput{CacheControl: noStore}
	if out.Body.DefectPage = page; page.More {
		out.Body.NextCursor = strconv.Itoa(page.Items[len(page.Items)-1].Seq)
	}
	return out, nil
}

// all is a limit that nothing reaches.
const all = 1 << 31

// streamed answers with what write writes, as a file to keep. What fails once
// bytes have gone out cuts the answer short, so that nobody takes it for whole.
func (s *server) streamed(ctx context.Context, id, media, file string, write func(io.Writer) error) (*huma.StreamResponse, error) {
	account, err := handsIn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.store.UploadSealing(ctx, account.Scope(), id); err != nil {
		return nil, s.answer("upload", err)
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		h.SetHeader("Content-Type", media)
		h.SetHeader("Cache-Control", noStore)
		h.SetHeader("Content-Disposition", fmt.Sprintf("attachment; filename=%q", file))
		if err := write(h.BodyWriter()); err != nil {
			s.logFailure("uploadDefects", err)
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

func (s *server) uploadShapes(ctx context.Context, in *shapesInput) (*huma.StreamResponse, error) {
	q := intake.DefectQuery{Code: in.Code, Severity: in.Severity, Text: in.Text, Limit: in.Limit, Placed: true}
	if q.Limit == 0 {
		q.Limit = all
	}
	return s.streamed(ctx, in.ID, geoJSONType, "defects.geojson", func(w io.Writer) error {
		if _, err := io.WriteString(w, `{"type":"FeatureCollection","features":[`); err != nil {
			return err
		}
		sep := "\n"
		err := s.store.EachUploadDefect(ctx, scopeOf(ctx), in.ID, q, func(d intake.Defect) error {
			line, err := json.Marshal(struct {
				Type       string          `json:"type"`
				ID         int             `json:"id"`
				Geometry   json.RawMessage `json:"geometry"`
				Properties intake.Defect   `json:"properties"`
			}{"Feature", d.Seq, d.Shape, d})
			if err == nil {
				_, err = fmt.Fprintf(w, "%s%s", sep, line)
			}
			sep = ",\n"
			return err
		})
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, "\n]}\n")
		return err
	})
}

// uploadTable is for spreadsheets: a byte order mark, by which they know UTF-8,
// and no cell that they would take for a formula.
func (s *server) uploadTable(ctx context.Context, in *UploadPath) (*huma.StreamResponse, error) {
	return s.streamed(ctx, in.ID, csvType, "defects.csv", func(w io.Writer) error {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return err
		}
		c := csv.NewWriter(w)
		if err := c.Write([]string{"序号 no", "代码 code", "级别 severity", "图层或表 layer", "编码 key", "记录 row", "问题 message", "处理 fix", "原值 original", "经度 lon", "纬度 lat"}); err != nil {
			return err
		}
		err := s.store.EachUploadDefect(ctx, scopeOf(ctx), in.ID, intake.DefectQuery{Limit: all}, func(d intake.Defect) error {
			lon, lat := "", ""
			if d.Bounds != nil {
				lon, lat = degrees(d.Bounds[0], d.Bounds[2]), degrees(d.Bounds[1], d.Bounds[3])
			}
			return c.Write([]string{strconv.Itoa(d.Seq), sheet.Harmless(d.Code), d.Severity, sheet.Harmless(d.Layer), sheet.Harmless(d.Key), strconv.Itoa(d.Row),
				sheet.Harmless(d.Message), sheet.Harmless(d.Fix), sheet.Harmless(d.Original), lon, lat})
		})
		c.Flush()
		if err == nil {
			err = c.Error()
		}
		return err
	})
}

func degrees(a, b float64) string { return strconv.FormatFloat((a+b)/2, 'f', 6, 64) }

func (s *server) uploadReport(ctx context.Context, in *UploadPath) (*huma.StreamResponse, error) {
	account, err := handsIn(ctx)
	if err != nil {
		return nil, err
	}
	report, err := s.store.UploadReport(ctx, account.Scope(), in.ID)
	if err != nil {
		return nil, s.answer("uploadReport", err)
	}
	return s.streamed(ctx, in.ID, "application/json", "report.json", func(w io.Writer) error {
		_, err := w.Write(report)
		return err
	})
}
