#!/usr/bin/env python3
"""Forests of scikit-learn on the splits of `parus yield evaluate`.

usage: forest.py TABLE KEY YEAR TARGET [IGNORED,IGNORED]
RMSE forward in time (from the fifth year with a target on) and leaving a year out: on the features alone, and with region and year.
"""
import csv
import sys

import numpy as np
from sklearn.ensemble import RandomForestRegressor


def number(text):
    try:
        return float(text)
    except ValueError:
        return np.nan


def main(path, key, year, target, ignored=""):
    with open(path, encoding="utf-8-sig") as f:
        rows = [r for r in csv.DictReader(f) if r[target] not in ("", "NA")]
    skip = {key, year, target, *ignored.split(",")}
    columns = [[number(r[c]) for r in rows] for c in rows[0] if c not in skip]
    columns = [c for c in columns if not np.isnan(c).all()]
    x = np.array([np.where(np.isnan(c), np.nanmean(c), c) for c in columns]).T
    y = np.array([float(r[target]) for r in rows])
    years = np.array([int(r[year]) for r in rows])
    regions = np.unique([r[key] for r in rows], return_inverse=True)[1]
    place = np.c_[np.eye(regions.max() + 1)[regions], years]
    for name, z in (("features", x), ("features, region, year", np.c_[x, place])):
        for kind in ("forward", "leave-one-year-out"):
            errors = []
            for t in np.unique(years)[4 if kind == "forward" else 0:]:
                train, test = (years < t) if kind == "forward" else (years != t), years == t
                forest = RandomForestRegressor(200, max_features=0.33, random_state=0).fit(z[train], y[train])
                errors.extend(forest.predict(z[test]) - y[test])
            print(f"{kind},forest on {name},{len(errors)},{np.sqrt(np.mean(np.square(errors))):.1f}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
