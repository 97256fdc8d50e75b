package web

import (
	"context"
	"time"

	"parus/credit"
	"parus/credit/portfolio"
	"parus/internal/governance"
	"parus/internal/mapsheet"
	"parus/internal/publication"
	"parus/internal/season"
	"parus/internal/vault"
)

// Store is what the server needs of a database. A read outside the scope
// answers [publication.ErrNotFound] or nothing, never somebody else's row.
// Slices are never nil, so that lists are never null in JSON.
type Store interface {
	Accounts
	SignOns
	Administration
	Trail
	Publications
	Features
	Alerts
	Disputes
	Applications
	People
	PolicyBooks
	Monitoring
	Live
	Runs
	Differences
	Uploads
	Ping(ctx context.Context) error
	// CheckSchema says in words that the database's schema is not this program's.
	CheckSchema(ctx context.Context) error
	// Away tells whether an error says that the database was out of reach.
	Away(err error) bool
}

// Accounts are who signs in and from where.
type Accounts interface {
	AccountByName(ctx context.Context, name string) (account publication.Account, passwordHash string, err error)
	AddSession(ctx context.Context, s publication.Session) error
	SessionAccount(ctx context.Context, tokenHash []byte, now time.Time) (publication.Account, error)
	DropSession(ctx context.Context, tokenHash []byte) error
	Sessions(ctx context.Context, by publication.Doer) ([]publication.SessionCard, error)
	EndSession(ctx context.Context, account, id int64) error
	ChangePassword(ctx context.Context, by publication.Doer, passwordHash string) error
	CountAttempt(ctx context.Context, name, address string, now time.Time) (until time.Time, err error)
	ForgiveAttempt(ctx context.Context, name, address string) error
}

// SignOns are sign-ins through a provider of identities.
type SignOns interface {
	BeginFlow(ctx context.Context, f publication.Flow, now time.Time) error
	TakeFlow(ctx context.Context, browser []byte, now time.Time) (publication.Flow, error)
	AccountByIdentity(ctx context.Context, id publication.Identity) (publication.Account, error)
	FollowClaims(ctx context.Context, by publication.Doer, account int64, role publication.Role, counties []string) error
}

// Administration is what administrators do to accounts and tokens whose every
// county they see; others' answer [publication.ErrNotFound].
type Administration interface {
	AccountCards(ctx context.Context, by publication.Doer) ([]publication.AccountCard, error)
	CreateAccount(ctx context.Context, by publication.Doer, a publication.NewAccount) (publication.Account, error)
	ChangeAccount(ctx context.Context, by publication.Doer, id int64, c publication.AccountChange) (publication.AccountCard, error)
	ResetPassword(ctx context.Context, by publication.Doer, id int64, passwordHash string) error
	EndSessionsOf(ctx context.Context, by publication.Doer, id int64) error
	Tokens(ctx context.Context, s publication.Scope) ([]publication.Token, error)
	AddToken(ctx context.Context, by publication.Doer, t publication.Token, hash []byte) (publication.Token, error)
	RevokeToken(ctx context.Context, by publication.Doer, id int64) error
	TokenAccount(ctx context.Context, hash []byte, now time.Time) (publication.Account, error)
}

// Trail is who did what.
type Trail interface {
	Trail(ctx context.Context, s publication.Scope, q publication.TrailQuery) (publication.TrailPage, error)
	NoteAccess(ctx context.Context, by publication.Doer, act, item, detail string) error
}

// Publications are the reads behind the map.
type Publications interface {
	Publications(ctx context.Context, s publication.Scope) ([]publication.Publication, error)
	Publication(ctx context.Context, s publication.Scope, id int64) (publication.Publication, error)
	Summary(ctx context.Context, s publication.Scope, id int64) (publication.Summary, error)
	Search(ctx context.Context, s publication.Scope, id int64, text string, limit int) ([]publication.Hit, error)
	Households(ctx context.Context, s publication.Scope, id int64, q publication.HouseholdQuery) (publication.HouseholdPage, error)
	HouseholdCard(ctx context.Context, s publication.Scope, id int64, household string) (publication.HouseholdCard, error)
	HouseholdSnapshot(ctx context.Context, s publication.Scope, id int64, household string) (credit.Snapshot, error)
	ParcelCard(ctx context.Context, s publication.Scope, id int64, parcel string) (publication.ParcelCard, error)
	CountyBand(ctx context.Context, s publication.Scope, id int64, crop string) (*publication.CountyBand, error)
	MapSheets(ctx context.Context, s publication.Scope, id int64, cells []mapsheet.Cell) ([]mapsheet.Packed, error)
	Overlays(ctx context.Context, s publication.Scope, id int64) ([]publication.SceneOverlay, error)
	OverlayTile(ctx context.Context, s publication.Scope, id int64, t publication.OverlayTile) ([]byte, error)
}

// Alerts are parcels in trouble, and what officers do about them.
type Alerts interface {
	Alerts(ctx context.Context, s publication.Scope, id int64, q publication.AlertQuery) (publication.AlertPage, error)
	Alert(ctx context.Context, s publication.Scope, id, alert int64) (publication.AlertCard, error)
	MoveAlert(ctx context.Context, s publication.Scope, id int64, m publication.AlertMove) error
}

// Applications are what households ask for and what became of it. What the rules
// do not allow is a [lending.Refusal].
type Applications interface {
	Apply(ctx context.Context, s publication.Scope, a publication.Applying) (publication.Answer, error)
	Applications(ctx context.Context, s publication.Scope, q publication.ApplicationQuery) (publication.ApplicationPage, error)
	Application(ctx context.Context, s publication.Scope, id int64) (publication.ApplicationCard, error)
	EachApplication(ctx context.Context, s publication.Scope, id int64, f func(publication.Application) error) error
	ApplicationPapers(ctx context.Context, s publication.Scope, id int64) (publication.Papers, error)
	MoveApplication(ctx context.Context, s publication.Scope, m publication.ApplicationMove) error
	SetConsent(ctx context.Context, s publication.Scope, c publication.ConsentGiven) error
	Limits(ctx context.Context, s publication.Scope, county string) ([]publication.Limit, error)
	SetLimit(ctx context.Context, s publication.Scope, l publication.SettingLimit) error
}

// Monitoring is a publication looked at as a whole: its lines one by one, for
// whoever adds them up, and what was found and kept.
type Monitoring interface {
	Exposures(ctx context.Context, s publication.Scope, id int64, each func(portfolio.Exposure) error) error
	Monitoring(ctx context.Context, s publication.Scope, id int64) ([]publication.Monitoring, error)
}

// People are personal data. Both reads leave a line in the county's audit before
// they return anything.
type People interface {
	RegistryOf(ctx context.Context, s publication.Scope, id int64, household string) (county string, release int64, err error)
	Reveal(ctx context.Context, s publication.Scope, keys *vault.County, release int64, household string, a vault.Act) ([]vault.Revealed, error)
	FindPeople(ctx context.Context, s publication.Scope, keys *vault.County, release int64, text string, a vault.Act) ([]vault.Match, error)
}

// PolicyBooks are credit policies and what is done about them. Whoever acts is
// named by account; what the account's role or counties do not allow is a
// [governance.Refusal].
type PolicyBooks interface {
	Policies(ctx context.Context, s publication.Scope, on governance.Day) ([]governance.Policy, error)
	Policy(ctx context.Context, s publication.Scope, name string, on governance.Day) (governance.Card, error)
	Backtest(ctx context.Context, s publication.Scope, id int64) (governance.Backtest, error)
	DraftPolicy(ctx context.Context, m governance.Move, version string, document []byte) (governance.Policy, error)
	ApprovePolicy(ctx context.Context, m governance.Move, name, engineVersion string) error
	ActivatePolicy(ctx context.Context, m governance.Move, name, prefix string, from governance.Day) (governance.Term, error)
	SaveBacktest(ctx context.Context, m governance.Move, b governance.Backtest) (int64, error)
	DecidedRun(ctx context.Context, s publication.Scope, county, name string) (run int64, decisions int, err error)
	Decisions(ctx context.Context, s publication.Scope, run int64, each func(season.StoredDecision) error) error
	RollbackPolicy(ctx context.Context, m governance.Move, name, prefix string) (int, error)
}
