package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"parus/internal/intake"
	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

// Uploads are hand-overs on their way in. What the state of one does not allow is
// an [intake.Refusal].
type Uploads interface {
	AddUpload(ctx context.Context, s publication.Scope, n intake.New) (intake.Upload, error)
	UploadSealing(ctx context.Context, s publication.Scope, id string) (intake.Sealing, error)
	AppendUpload(ctx context.Context, s publication.Scope, p intake.Piece) (int64, error)
	Uploads(ctx context.Context, s publication.Scope, after *intake.Cursor, limit int) (intake.Page, error)
	UploadCard(ctx context.Context, s publication.Scope, id string) (intake.UploadCard, error)
	UploadDefects(ctx context.Context, s publication.Scope, id string, q intake.DefectQuery) (intake.DefectPage, error)
	EachUploadDefect(ctx context.Context, s publication.Scope, id string, q intake.DefectQuery, each func(intake.Defect) error) error
	UploadReport(ctx context.Context, s publication.Scope, id string) (json.RawMessage, error)
	CheckUpload(ctx context.Context, s publication.Scope, a intake.Act) error
	CommitUpload(ctx context.Context, s publication.Scope, a intake.Act) error
	WithdrawUpload(ctx context.Context, s publication.Scope, a intake.Act) error
}

// UploadPath is the part of a path that names an upload.
type UploadPath struct {
	ID string `path:"id" pattern:"^[A-Za-z0-9_-]{22}$"`
}

type uploadsInput struct {
	Cursor string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

type uploadsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items      []intake.Upload `json:"items"`
		NextCursor string          `json:"next_cursor" doc:"Empty on the last page."`
		Counties   []string        `json:"counties" doc:"Prefixes of the counties that this account hands in for."`
		MaxBytes   int64           `json:"max_bytes" doc:"Of one upload."`
	}
}

type uploadOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         intake.UploadCard
}

type checkUploadInput struct {
	UploadPath
	Body intake.Choices
}

type commitUploadInput struct {
	UploadPath
	Body struct {
		Round int `json:"round" minimum:"1" doc:"Of the check whose report was read."`
	}
}

func (s *server) addUploads(api huma.API) {
	get := func(id, path, summary string, more ...int) huma.Operation {
		return s.operation(huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, Tags: []string{"uploads"}, Errors: append(more, 403)})
	}
	huma.Register(api, get("listUploads", "/v1/uploads", "Hand-overs of the account's counties, the newest first", 400), s.listUploads)
	huma.Register(api, get("upload", "/v1/uploads/{id}", "A hand-over: where it stands, what was found in it, who did what", 404), s.upload)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "checkUpload", Method: http.MethodPost, Path: "/v1/uploads/{id}/check", Tags: []string{"uploads"},
		Summary: "Check a hand-over anew, read in another way", MaxBodyBytes: 16 << 10, Errors: []int{400, 403, 404, 409, 410},
	}), s.checkUpload)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "commitUpload", Method: http.MethodPost, Path: "/v1/uploads/{id}/commit", Tags: []string{"uploads"},
		Summary: "Make a checked hand-over the county's registry; the release before stays", MaxBodyBytes: 1 << 10, Errors: []int{403, 404, 409, 410},
	}), s.commitUpload)
	s.addDefects(api)
	s.addTus(api)
}

// handsIn is the account that asks, where its role hands in registries.
func handsIn(ctx context.Context) (publication.Account, error) {
	a := accountOf(ctx)
	if !a.Role.HandsIn() {
		return a, errForbidden("This account's role hands in no registries.", "Ask the county's data partner or an administrator.")
	}
	return a, nil
}

func (s *server) listUploads(ctx context.Context, in *uploadsInput) (*uploadsOutput, error) {
	account, err := handsIn(ctx)
	if err != nil {
		return nil, err
	}
	var after *intake.Cursor
	if in.Cursor != "" {
		after = &intake.Cursor{}
		b, err := base64.RawURLEncoding.DecodeString(in.Cursor)
		if err == nil {
			err = json.Unmarshal(b, after)
		}
		if err != nil {
			return nil, errBad("The cursor is not one of this list.", "Use next_cursor of the page before, or leave it out to start again.")
		}
	}
	page, err := s.store.Uploads(ctx, account.Scope(), after, in.Limit)
	if err != nil {
		return nil, s.answer("listUploads", err)
	}
	out := &uploadsOutput{CacheControl: noStore}
	out.Body.Items, out.Body.Counties, out.Body.MaxBytes = page.Items, account.Counties, s.cfg.Uploads.Bytes
	if page.More {
		last := page.Items[len(page.Items)-1]
		b, _ := json.Marshal(intake.Cursor{Created: last.Created, ID: last.ID}) // these always marshal
		out.Body.NextCursor = base64.RawURLEncoding.EncodeToString(b)
	}
	return out, nil
}

func (s *server) upload(ctx context.Context, in *UploadPath) (*uploadOutput, error) {
	account, err := handsIn(ctx)
	if err != nil {
		return nil, err
	}
	card, err := s.store.UploadCard(ctx, account.Scope(), in.ID)
	if err != nil {
		return nil, s.answer("upload", err)
	}
	card.May = mayAbout(card.Upload, account)
	return &uploadOutput{CacheControl: noStore, Body: card}, nil
}

// mayAbout lists what an account may do about an upload; the store decides.
func mayAbout(u intake.Upload, a publication.Account) []string {
	may := []string{}
	if u.State == intake.Receiving && u.By == a.Name {
		may = append(may, "send")
	}
	if slices.Contains([]intake.State{intake.Checked, intake.Refused, intake.Quarantined}, u.State) {
		may = append(may, "check")
	}
	if u.State == intake.Checked && u.Rows != nil && u.Rows.Accepted+u.Rows.Corrected > 0 {
		may = append(may, "commit")
	}
	if slices.Contains([]intake.State{intake.Checking, intake.Checked, intake.Refused, intake.Quarantined}, u.State) ||
		u.State == intake.Receiving && (u.By == a.Name || a.Role == publication.Admin) {
		may = append(may, "withdraw")
	}
	return may
}

// actOf is what an account does about an upload, now.
func (s *server) actOf(a publication.Account, id string) intake.Act {
	return intake.Act{Upload: id, Account: a.ID, By: a.Name, Admin: a.Role == publication.Admin, At: s.cfg.Now(), Limits: s.cfg.Uploads}
}

func (s *server) checkUpload(ctx context.Context, in *checkUploadInput) (*uploadOutput, error) {
	account, err := handsIn(ctx)
	if err != nil {
		return nil, err
	}
	act := s.actOf(account, in.ID)
	act.Options = in.Body
	if err := s.store.CheckUpload(ctx, account.Scope(), act); err != nil {
		return nil, s.uploadRefused("checkUpload", err)
	}
	return s.upload(ctx, &in.UploadPath)
}

func (s *server) commitUpload(ctx context.Context, in *commitUploadInput) (*uploadOutput, error) {
	account, err := handsIn(ctx)
	if err != nil {
		return nil, err
	}
	act := s.actOf(account, in.ID)
	act.Round = in.Body.Round
	if err := s.store.CommitUpload(ctx, account.Scope(), act); err != nil {
		return nil, s.uploadRefused("commitUpload", err)
	}
	return s.upload(ctx, &in.UploadPath)
}

// uploadRefused turns a refusal into a problem with what to do.
func (s *server) uploadRefused(route string, err error) error {
	var r *intake.Refusal
	if !errors.As(err, &r) {
		return s.answer(route, err)
	}
	var detail, next string
	status := http.StatusConflict
	switch r.Code {
	case intake.TooLarge:
		status, detail, next = http.StatusRequestEntityTooLarge, "The file is larger than this server takes.", "Leave out what is no registry (pictures, scans), or hand it to the administrator for `parus registry import`."
	case intake.Quota:
		status, detail, next = http.StatusInsufficientStorage, "The county's room for hand-overs is used up.", "Withdraw uploads that are not needed, or commit them."
	case intake.TooMany:
		status, detail, next = http.StatusTooManyRequests, "This account has begun too many uploads.", "Finish or withdraw those that are open; others can be begun tomorrow."
	case intake.WrongPlace:
		detail, next = "The bytes do not follow those that have come.", "Ask with HEAD how many have come and go on from there."
	case intake.TooMuch:
		status, detail, next = http.StatusRequestEntityTooLarge, "More bytes came than were announced.", "The file has changed: begin a new upload."
	case intake.Gone:
		status, detail, next = http.StatusGone, "The bytes of this upload are gone: it was withdrawn or has expired.", "Begin a new upload."
	case intake.NothingIn:
		detail, next = "No row of the hand-over can be used.", "Correct what the report names and upload it anew."
	case intake.NotYours:
		status, detail, next = http.StatusForbidden, "Another account uploads this file.", "Wait until it is finished, or ask that account or an administrator to withdraw it."
	case intake.TooOften:
		detail, next = "The upload was checked as often as it may be.", "Begin a new upload."
	case intake.BadOptions:
		status, detail, next = http.StatusBadRequest, "One of the choices is none that there is.", "Compare the request with /openapi.json."
	case intake.WrongState:
		detail, next = "The upload has moved on meanwhile.", "Look at it again and decide anew."
	default:
		return s.answer(route, err)
	}
	return problem(status, string(r.Code), detail, next)
}
