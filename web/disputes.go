package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

// Disputes are what people say is wrong about published parcels, and what was
// decided about it. Errors are those of package publication.
type Disputes interface {
	Outline(ctx context.Context, s publication.Scope, id int64, parcel string) (publication.PublishedOutline, error)
	Disputes(ctx context.Context, s publication.Scope, q publication.DisputeQuery) (publication.DisputePage, error)
	Dispute(ctx context.Context, s publication.Scope, id int64) (publication.DisputeCard, error)
	Propose(ctx context.Context, s publication.Scope, d publication.Disputing) (int64, error)
	MoveDispute(ctx context.Context, s publication.Scope, m publication.DisputeMove) error
}

type outlineInput struct {
	PublicationPath
	ID string `path:"id" maxLength:"64"`
}

type outlineOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         publication.PublishedOutline
}

type disputesInput struct {
	Publication int64  `query:"publication" doc:"Only those of its county and season."`
	County      string `query:"county" maxLength:"12" doc:"Only those of one county."`
	Parcel      string `query:"parcel" maxLength:"64" doc:"Only those of one parcel."`
	State       string `query:"state" enum:"open,accepted,rejected,withdrawn" doc:"Left out: all."`
	Cursor      string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before."`
	Limit       int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type disputesOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items      []publication.Dispute `json:"items"`
		NextCursor string                `json:"next_cursor" doc:"Empty on the last page."`
	}
}

// DisputePath is the part of a path that names a dispute.
type DisputePath struct {
	ID int64 `path:"id" minimum:"1"`
}

type disputeOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         publication.DisputeCard
}

type proposeInput struct {
	PublicationPath
	Body struct {
		ParcelID string               `json:"parcel_id" minLength:"1" maxLength:"64"`
		Kind     string               `json:"kind" enum:"boundary,crop,not_mine"`
		Shape    *publication.Outline `json:"shape,omitempty" doc:"The outline as it should be; of kind boundary alone."`
		Crop     string               `json:"crop,omitempty" maxLength:"40" doc:"Catalogue code of what grows there; of kind crop alone."`
		Evidence string               `json:"evidence" maxLength:"2000" doc:"What it rests on, 2 to 500 characters, without telephone or ID numbers."`
	}
}

type moveDisputeInput struct {
	DisputePath
	Body struct {
		Act    string `json:"act" enum:"accept,reject,withdraw"`
		Reason string `json:"reason,omitempty" maxLength:"2000" doc:"Up to 500 characters; 2 at least to accept or reject."`
	}
}

func (s *server) addDisputes(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "outline", Method: http.MethodGet, Path: "/v1/publications/{publication}/parcels/{id}/outline", Tags: []string{"disputes"},
		Summary: "A parcel's outline as it was published", Errors: []int{404},
	}), s.outline)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "listDisputes", Method: http.MethodGet, Path: "/v1/disputes", Tags: []string{"disputes"},
		Summary: "Disputes about parcels, the newest first", Errors: []int{400},
	}), s.listDisputes)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "dispute", Method: http.MethodGet, Path: "/v1/disputes/{id}", Tags: []string{"disputes"},
		Summary: "A dispute, the outlines and its history", Errors: []int{404},
	}), s.dispute)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "propose", Method: http.MethodPost, Path: "/v1/publications/{publication}/disputes", Tags: []string{"disputes"},
		Summary: "Say what is wrong about a parcel and how it should be (officer, partner)", MaxBodyBytes: 256 << 10, Errors: []int{400, 403, 404, 409, 422},
	}), s.propose)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "moveDispute", Method: http.MethodPost, Path: "/v1/disputes/{id}/moves", Tags: []string{"disputes"},
		Summary: "Accept or reject (an approver or administrator who is not its author), or withdraw (its author)", MaxBodyBytes: 8 << 10, Errors: []int{400, 403, 404, 409},
	}), s.moveDispute)
}

func (s *server) outline(ctx context.Context, in *outlineInput) (*outlineOutput, error) {
	o, err := s.store.Outline(ctx, scopeOf(ctx), in.Publication, in.ID)
	if err != nil {
		return nil, s.answer("outline", err)
	}
	return &outlineOutput{CacheControl: noStore, Body: o}, nil
}

func (s *server) listDisputes(ctx context.Context, in *disputesInput) (*disputesOutput, error) {
	q := publication.DisputeQuery{Publication: in.Publication, County: in.County, Parcel: in.Parcel, State: in.State, Limit: in.Limit}
	if in.Cursor != "" {
		q.After = &publication.DisputeCursor{}
		b, err := base64.RawURLEncoding.DecodeString(in.Cursor)
		if err == nil {
			err = json.Unmarshal(b, q.After)
		}
		if err != nil {
			return nil, errBad("The cursor is not one of this list.", "Use next_cursor of the page before, or leave it out to start again.")
		}
	}
	page, err := s.store.Disputes(ctx, scopeOf(ctx), q)
	if err != nil {
		return nil, s.answer("listDisputes", err)
	}
	out := &disputesOutput{CacheControl: noStore}
	out.Body.Items = page.Items
	if page.More {
		last := page.Items[len(page.Items)-1]
		b, _ := json.Marshal(publication.DisputeCursor{CreatedAt: last.CreatedAt, ID: last.ID}) // these always marshal
		out.Body.NextCursor = base64.RawURLEncoding.EncodeToString(b)
	}
	return out, nil
}

func (s *server) dispute(ctx context.Context, in *DisputePath) (*disputeOutput, error) {
	card, err := s.store.Dispute(ctx, scopeOf(ctx), in.ID)
	if err != nil {
		return nil, s.answer("dispute", err)
	}
	return &disputeOutput{CacheControl: noStore, Body: card}, nil
}

func (s *server) propose(ctx context.Context, in *proposeInput) (*disputeOutput, error) {
	if err := s.visible(ctx, in.Publication); err != nil {
		return nil, s.answer("propose", err)
	}
	account := accountOf(ctx)
	if !account.Role.Disputes() {
		return nil, errForbidden("This account's role proposes no corrections.", "Ask an officer of the county, or who keeps its registry.")
	}
	b := in.Body
	kind := publication.DisputeKind(b.Kind)
	if (kind == publication.DisputeBoundary) != (b.Shape != nil) || (kind == publication.DisputeCrop) != (b.Crop != "") {
		return nil, errBad("A boundary needs a shape and a crop its code, each alone.", "Send what the kind asks for and leave out the other.")
	}
	if b.Crop != "" && !slices.Contains(s.crops.Codes(), b.Crop) {
		return nil, errBad("The catalogue has no such crop.", "Use a code that the map's legend shows.")
	}
	evidence, err := publication.ParseDisputeText(b.Evidence, true)
	if err != nil {
		return nil, disputeText(err)
	}
	id, err := s.store.Propose(ctx, account.Scope(), publication.Disputing{Publication: in.Publication, ParcelID: b.ParcelID, Kind: kind, Shape: b.Shape, Crop: b.Crop,
		Evidence: evidence, Account: account.Name, Actor: account.Name + " (" + string(account.Role) + ")", At: s.cfg.Today()})
	if err != nil {
		return nil, s.unresolved("propose", err)
	}
	return s.dispute(ctx, &DisputePath{ID: id})
}

// moveDispute answers with the dispute as it is afterwards.
func (s *server) moveDispute(ctx context.Context, in *moveDisputeInput) (*disputeOutput, error) {
	if _, err := s.store.Dispute(ctx, scopeOf(ctx), in.ID); err != nil {
		return nil, s.answer("moveDispute", err)
	}
	account, act := accountOf(ctx), publication.DisputeAct(in.Body.Act)
	decides := act != publication.WithdrawDispute
	if decides && !account.Role.Reviews() {
		return nil, errForbidden("This account's role decides about no dispute.", "Ask an approver or an administrator of the county.")
	}
	reason, err := publication.ParseDisputeText(in.Body.Reason, decides)
	if err != nil {
		return nil, disputeText(err)
	}
	err = s.store.MoveDispute(ctx, account.Scope(), publication.DisputeMove{Dispute: in.ID, Act: act, Account: account.Name,
		Actor: account.Name + " (" + string(account.Role) + ")", Reason: reason, At: s.cfg.Today()})
	if err != nil {
		return nil, s.unresolved("moveDispute", err)
	}
	return s.dispute(ctx, &in.DisputePath)
}

func disputeText(err error) *Problem {
	if errors.Is(err, publication.ErrTextPersonal) {
		return problem(http.StatusBadRequest, "dispute_personal", "The text holds a telephone or ID number.", "Leave it out: the household's code tells who it is.")
	}
	return problem(http.StatusBadRequest, "dispute_text", "The text is missing or too long.", "Say in 2 to 500 characters what it rests on.")
}

// unresolved turns what a dispute may not do into a problem.
func (s *server) unresolved(route string, err error) error {
	var fault publication.ShapeFault
	switch {
	case errors.As(err, &fault):
		return shapeProblem(fault)
	case errors.Is(err, publication.ErrDisputeOpen):
		return problem(http.StatusConflict, "dispute_open", "A dispute of this kind is open on the parcel.", "Look at it; its author may withdraw it.")
	case errors.Is(err, publication.ErrDisputeState):
		return problem(http.StatusConflict, "dispute_state", "The dispute is no longer open; somebody else may have decided.", "Read it again.")
	case errors.Is(err, publication.ErrDisputeAuthor):
		return problem(http.StatusForbidden, "dispute_author", "Who proposes a correction does not decide about it, and nobody else withdraws it.",
			"Ask another account: an approver or administrator to decide, the author to withdraw.")
	}
	return s.answer(route, err)
}

func shapeProblem(f publication.ShapeFault) *Problem {
	words := map[publication.ShapeFault][2]string{
		publication.ShapeInvalid: {"The outline is empty, open or crosses itself.", "Move or remove the corner at which its sides cross."},
		publication.ShapeFar:     {"The outline lies more than 200 m from the parcel.", "Check longitude and latitude; another parcel is disputed on its own card."},
		publication.ShapeSize:    {"The outline is smaller than 10 m² or larger than 100 ha.", "Check the corners."},
		publication.ShapeSame:    {"The outline is the published one.", "Move a corner, or say that something else is wrong."},
	}[f]
	return problem(http.StatusUnprocessableEntity, string(f), words[0], words[1])
}
