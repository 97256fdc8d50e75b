package workers

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"parus/imagery"
	"parus/imagery/sensor"
	"parus/internal/ledger"
	"parus/internal/season"
)

// verifyVersion is raised where the checks or repairs of a scene change.
const verifyVersion = 2

// verify opens a scene's files before anything is computed from them: a corrupt
// scene fails here by name, and the season goes on without it.
type verify struct {
	store verifyStore
	tools Tools
}

type verifyStore interface {
	FinishScene(ctx context.Context, c ledger.Claim, o ledger.Outcome, s imagery.Scene) error
	FinishUnit(ctx context.Context, c ledger.Claim, o ledger.Outcome) error
}

func (verify) Name() string { return stageVerify }

// Plan makes one unit of each scene of the season.
func (verify) Plan(_ context.Context, run season.Run) (Plan, error) {
	sensors, err := sensor.Load()
	if err != nil {
		return Plan{}, Permanent(err)
	}
	apart, err := leftOut(inSeason(run))
	if err != nil {
		return Plan{}, Permanent(err)
	}
	var p Plan
	for _, s := range run.Spec.Scenes {
		if reason := apart[s.ID]; reason != "" {
			p.Outcomes = append(p.Outcomes, season.Outcome{Item: s.ID, Stage: stageVerify, Outcome: string(ledger.Skipped), Reason: reason})
			continue
		}
		if !run.Spec.Season.Contains(s.Datetime) {
			p.Outcomes = append(p.Outcomes, season.Outcome{
				Item: s.ID, Stage: stageVerify, Outcome: string(ledger.Skipped),
				Reason: fmt.Sprintf("taken on %s, outside the season %s", s.Datetime.Format("2006-01-02"), run.Season),
			})
			continue
		}
		known, _ := sensors.Find(s.Sensor) // an unknown one fails in Work, by name
		p.Units = append(p.Units, ledger.Unit{
			Key:     ledger.Key(stageVerify, verifyVersion, s.ID, s.InputDigest, hrefs(s), known),
			County:  run.County,
			Stage:   stageVerify,
			Item:    s.ID,
			Payload: payload(s),
		})
	}
	return p, nil
}

// inSeason are the scenes taken in the season.
func inSeason(run season.Run) []imagery.Scene {
	var out []imagery.Scene
	for _, s := range run.Spec.Scenes {
		if run.Spec.Season.Contains(s.Datetime) {
			out = append(out, s)
		}
	}
	return out
}

// verified is what the stages after it learn of a scene.
type verified struct {
	ID      string `json:"id"`
	Content string `json:"content"` // digest of what decides its observations
}

func (v verify) Work(ctx context.Context, c ledger.Claim) error {
	s, err := unpack[imagery.Scene](c)
	if err != nil {
		return err
	}
	checked, err := v.tools.Verify(ctx, s)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return ofTool(err)
	}
	content, err := contentOf(checked)
	if err != nil {
		return Permanent(err)
	}
	result, err := json.Marshal(verified{ID: s.ID, Content: content})
	if err != nil {
		return err
	}
	return v.store.FinishScene(ctx, c, ledger.Outcome{Notes: checked.Notes, Result: result}, checked)
}

// contentOf identifies what decides a scene's observations: its files' content,
// how their numbers are read and what the sensor's mask rules out, not where
// the files are kept.
func contentOf(s imagery.Scene) (string, error) {
	sensors, err := sensor.Load()
	if err != nil {
		return "", err
	}
	known, ok := sensors.Find(s.Sensor)
	if !ok {
		return "", fmt.Errorf("scene %s: sensor %q is not known", s.ID, s.Sensor)
	}
	return ledger.Key("scene", 1, s.ID, s.Datetime, known, s.InputDigest, placeless(s.Bands)), nil
}

// placeless are bands without where they are kept, and without where those are
// that a computed mask is made of.
func placeless(bands []imagery.Band) []imagery.Band {
	out := slices.Clone(bands)
	for i := range out {
		out[i].Href = ""
		if len(out[i].Of) > 0 {
			out[i].Of = placeless(out[i].Of)
		}
	}
	return out
}

func hrefs(s imagery.Scene) []string {
	out := make([]string, len(s.Bands))
	for i, b := range s.Bands {
		out[i] = b.Href
	}
	return out
}
