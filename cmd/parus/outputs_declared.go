package main

import (
	"context"
	"fmt"
	"strings"

	"parus/fields"
	"parus/internal/postgis"
	"parus/internal/report"
	"parus/internal/season"
	"parus/workers"
)

// declaredOf holds the crops that the county declares against those that the run
// sees, by parcel.
func declaredOf(ctx context.Context, db *postgis.DB, run season.Run) (map[string]fields.Declared, error) {
	all, err := db.Declarations(ctx, run.County, run.Spec.Inputs[season.InputDeclared])
	if err != nil || len(all) == 0 {
		return nil, err
	}
	crops, err := workers.Crops(ctx, db, run.ID)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]season.Crop, len(crops))
	for _, c := range crops {
		seen[c.ParcelID] = c
	}
	declared := map[string][]string{}
	for _, d := range all {
		declared[d.ParcelID] = append(declared[d.ParcelID], d.Crop)
	}
	out := make(map[string]fields.Declared, len(declared))
	for id, crops := range declared {
		c := seen[id]
		out[id] = fields.JudgeDeclaration(crops, c.Classes, c.Posterior, c.Abstained)
	}
	return out, nil
}

// stageDeclare is the name under which doubts of declarations go in outcomes.
const stageDeclare = "declare"

func doubtfulDeclaration(p report.Parcel) report.Outcome {
	return report.Outcome{Item: p.ID, Stage: stageDeclare, Outcome: "done",
		Reason: fmt.Sprintf("declared as %s (probability %.2f), seen as %s (%.2f): the declaration is doubtful", strings.Join(p.Declared.Crops, ", "), p.Declared.P, p.Crop, p.PCrop)}
}
