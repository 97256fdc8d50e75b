package web_test

import "net/http"

// A row says what every role is answered by one operation. Roles are letters:
// o officer, p partner, r risk, a approver, u auditor, m administrator.
type row struct {
	can  string // roles that it is for
	hide string // roles that find nothing there (404); all others are told no (403)
	ok   []int  // what those are answered for whom it is, of the own county; default 200
	// list: it names no object of a county, so that people of another county are
	// answered the same, with nothing of this one in it.
	list    bool
	foreign []int             // what people of another county are answered for whom it is; default 404
	noToken bool              // refused to every token (403)
	public  bool              // nobody needs to be signed in
	tells   string            // why people of another county are told of this one
	apart   string            // where it is tested instead, and why
	query   string            // added to the path
	at      map[string]string // path parameters, where the names of world.values don't do
	body    string            // JSON with {names} of world.values
	guesses []int             // answers to ids that nobody has; default 404
}

const everybody = "opraum"

var (
	noBody   = []int{http.StatusNoContent}
	redirect = []int{http.StatusSeeOther}
	ofState  = []int{http.StatusOK, http.StatusCreated, http.StatusNoContent, http.StatusConflict}                   // the first gets it, the next comes too late
	ofUpload = []int{http.StatusOK, http.StatusConflict, http.StatusForbidden, http.StatusNotFound, http.StatusGone} // by its state, and whose it is
	told     = []int{http.StatusForbidden}
)

// matrix has a row for every operation of the OpenAPI document, by operationId.
// An operation without one fails the test.
var matrix = map[string]row{
	// Sessions.
	"signIn":         {public: true, ok: []int{401}, body: `{"name":"nobody","password":"guess"}`},
	"signInWays":     {public: true},
	"beginSignOn":    {public: true, ok: redirect},
	"finishSignOn":   {public: true, ok: redirect},
	"signOut":        {apart: "TestSignIn: it would end what the matrix walks with"},
	"me":             {can: everybody, list: true},
	"changePassword": {can: everybody, list: true, ok: told, noToken: true, body: `{"current":"wrong","new":"a new password"}`},
	"listSessions":   {can: everybody, list: true, noToken: true},
	"endSession":     {can: everybody, list: true, ok: []int{404}, noToken: true, at: map[string]string{"id": "session"}},

	// Accounts, tokens, the audit.
	"listAccounts":  {can: "m", list: true, noToken: true},
	"addAccount":    {can: "m", ok: ofState, foreign: told, noToken: true, body: `{"name":"added","role":"officer","counties":["{county}"]}`},
	"changeAccount": {can: "m", noToken: true, at: map[string]string{"id": "account"}, body: `{"disabled":false}`},
	"resetPassword": {can: "m", noToken: true, at: map[string]string{"id": "account"}},
	"endSessions":   {can: "m", ok: noBody, noToken: true, at: map[string]string{"id": "account"}},
	"listTokens":    {can: "m", list: true, noToken: true},
	"addToken": {can: "m", ok: ofState, foreign: told, noToken: true,
		body: `{"name":"added","role":"officer","counties":["{county}"],"operations":["read"],"expires_at":"{soon}"}`},
	"revokeToken": {can: "m", ok: noBody, noToken: true, at: map[string]string{"id": "token"}},
	"audit":       {can: "rum", list: true},
	"auditTable":  {can: "rum", list: true},

	// What a publication tells.
	"listPublications": {can: everybody, list: true},
	"summary":          {can: everybody},
	"search":           {can: everybody, query: "?q={parcel}"},
	"listHouseholds":   {can: everybody},
	"household":        {can: everybody, at: map[string]string{"id": "household"}},
	"whatIf":           {can: "oraum", hide: "p", noToken: true, ok: []int{200, 409}, at: map[string]string{"id": "household"}, body: `{"settled":[]}`},
	"outlook":          {can: "oraum", hide: "p", ok: []int{200, 409}, at: map[string]string{"id": "household"}},
	"parcel":           {can: everybody, at: map[string]string{"id": "parcel"}},
	"countyBand":       {can: everybody},
	"listAlerts":       {can: everybody},
	"alert":            {can: "oraum", hide: "p", at: map[string]string{"id": "alert"}},
	"moveAlert":        {can: "o", hide: "p", ok: ofState, at: map[string]string{"id": "alert"}, body: `{"act":"acknowledge"}`},
	"outline":          {can: everybody, at: map[string]string{"id": "parcel"}},
	"listDisputes":     {can: everybody, list: true},
	"dispute":          {can: everybody, at: map[string]string{"id": "dispute"}},
	"propose":          {can: "op", ok: ofState, noToken: true, body: `{"parcel_id":"{parcel}","kind":"not_mine","evidence":"the neighbour farms it"}`},
	"moveDispute":      {can: "am", ok: ofState, noToken: true, at: map[string]string{"id": "dispute"}, body: `{"act":"accept","reason":"as the picture shows"}`},
	"listImagery":      {can: everybody},
	"imageryTileJSON":  {can: everybody},
	"imageryTile":      {can: everybody, ok: []int{200, 204}, guesses: noBody},
	"tileJSON":         {can: everybody},
	"tile":             {can: everybody, at: map[string]string{"y": "row"}},
	"portfolio":        {can: "orau", hide: "p"},
	"listMonitoring":   {can: "rau", hide: "p"},

	// The same for programs of partners.
	"ogcLanding":     {can: everybody, list: true},
	"ogcConformance": {can: everybody, list: true},
	"ogcAPI":         {can: everybody, list: true},
	"ogcCollections": {can: everybody, list: true},
	"ogcCollection":  {can: everybody},
	"ogcItems":       {can: everybody},
	"ogcItem":        {can: everybody},

	// Runs, and what is live.
	"listRuns":     {can: "raum", hide: "p", list: true},
	"run":          {can: "raum", hide: "p"},
	"listRunItems": {can: "raum", hide: "p"},
	"moveRun":      {can: "r", hide: "p", ok: ofState, noToken: true, body: `{"act":"retry","reason":"once more"}`},
	"listRescores": {can: "raum", hide: "p", list: true},
	"rescore":      {can: "raum", hide: "p"},
	"askRescore":   {can: "r", hide: "p", ok: ofState, noToken: true, body: `{"county":"{county}","season":"2025-summer"}`},
	"moveRescore":  {can: "r", hide: "p", ok: ofState, noToken: true, body: `{"act":"withdraw"}`},
	"putInForce":   {can: "r", hide: "p", ok: ofState, noToken: true, body: `{"reason":"as before"}`},
	"difference":   {can: "raum", hide: "p", query: "?before={earlier}"},
	"listMovers":   {can: "raum", hide: "p", query: "?before={earlier}"},
	"events":       {can: everybody, list: true, query: "?once=true&after=0"},

	// Hand-overs of registries. Who may move one that somebody else began is in TestUploads….
	"uploadOptions":  {can: everybody, list: true, ok: noBody, noToken: true},
	"listUploads":    {can: "pm", list: true},
	"upload":         {can: "pm", at: map[string]string{"id": "upload"}},
	"checkUpload":    {can: "pm", ok: ofUpload, noToken: true, at: map[string]string{"id": "upload"}, body: `{}`},
	"commitUpload":   {can: "pm", ok: ofUpload, noToken: true, at: map[string]string{"id": "upload"}, body: `{"round":1}`},
	"createUpload":   {can: "pm", ok: []int{201, 429}, foreign: []int{404, 429}, noToken: true},
	"sendUpload":     {can: "pm", ok: []int{403, 415}, foreign: []int{404, 415}, guesses: []int{415}, noToken: true, at: map[string]string{"id": "upload"}, body: `12345`},
	"uploadOffset":   {can: "pm", ok: []int{200, 403}, at: map[string]string{"id": "upload"}},
	"uploadDefects":  {can: "pm", ok: ofUpload, at: map[string]string{"id": "upload"}},
	"uploadShapes":   {can: "pm", ok: ofUpload, at: map[string]string{"id": "upload"}},
	"uploadTable":    {can: "pm", ok: ofUpload, at: map[string]string{"id": "upload"}},
	"uploadReport":   {can: "pm", ok: ofUpload, at: map[string]string{"id": "upload"}},
	"withdrawUpload": {can: "pm", ok: []int{204, 403, 404, 410}, noToken: true, at: map[string]string{"id": "upload"}},

	// Applications.
	"listApplications":  {can: everybody, list: true},
	"application":       {can: "oraum", hide: "p", at: map[string]string{"id": "application"}},
	"applicationLetter": {can: "oraum", hide: "p", at: map[string]string{"id": "application"}},
	"applicationsTable": {can: "oraum", hide: "p"},
	"apply":             {can: "o", hide: "p", ok: ofState, body: `{"publication":{publication},"household_id":"{household}","asked_fen":300000,"identity":"checked"}`},
	"moveApplication":   {can: "o", hide: "p", ok: ofState, at: map[string]string{"id": "application"}, body: `{"act":"withdraw","reason":"no longer needed"}`},
	"setConsent":        {can: "o", hide: "p", ok: noBody, body: `{"publication":{publication},"household_id":"{household}","act":"give","evidence":"paper 1"}`},
	"limits":            {can: "oraum", hide: "p", query: "?county={county}"},
	"setLimit":          {can: "r", hide: "p", body: `{"county":"{county}","kind":"village","amount_fen":null}`},

	// Personal data.
	"revealHousehold": {can: "oau", at: map[string]string{"id": "farmer"}, body: `{"purpose":"visit at home"}`},
	"findPeople":      {can: "oau", body: `{"text":"13800000000","purpose":"visit at home"}`},

	// Policies are the lender's, whichever county they hold in.
	"listPolicies": {can: "rau", hide: "opm", list: true},
	"policyFacts":  {can: "rau", hide: "opm", list: true},
	"policy":       {can: "rau", hide: "opm", list: true, tells: "its history says on which counties it was tested"},
	"policyDiff":   {can: "rau", hide: "opm", list: true},
	"backtest":     {can: "rau", hide: "opm", at: map[string]string{"id": "backtest"}},
	"startBacktest": {can: "r", hide: "opm", ok: []int{202, 404, 409}, foreign: []int{403, 404}, noToken: true,
		body: `{"county":"{county}","season":"none"}`},
	"backtestProgress": {can: "rau", hide: "opm", ok: []int{200, 404}, query: "?county={county}&season=none"},
	"checkPolicy":      {can: "rau", hide: "opm", list: true, noToken: true, body: `{"document":"version: x\n"}`},
	"draftPolicy":      {can: "r", hide: "opm", ok: ofState, list: true, noToken: true, body: `{"document":"version: \"2026-9\"\n"}`},
	"approvePolicy":    {can: "a", hide: "opm", ok: ofState, list: true, noToken: true, body: `{"reason":"as agreed"}`},
	"activatePolicy":   {can: "a", hide: "opm", ok: ofState, foreign: told, noToken: true, body: `{"reason":"as agreed","from":"2999-01-01","prefix":"{county}"}`},
	"rollbackPolicy":   {can: "ra", hide: "opm", ok: ofState, foreign: told, noToken: true, body: `{"reason":"as agreed","prefix":"{county}"}`},
}
