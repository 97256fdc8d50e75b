#!/usr/bin/env python3
"""How well parcel yields hold as dates come in, on a generated county.

usage: inseason.py PARUS COUNTY SEASON OUT DATE...
Runs the season with the scenes up to each date and compares parcels.csv with truth/parcels.csv: coverage of P10 to P90, mean ln(P90/P10),
and pinball loss of the three quantiles over the true yield, by crop and size. The county needs its crop models (county.yaml names them).
"""
import csv
import json
import math
import os
import subprocess
import sys


def table(path):
    with open(path, encoding="utf-8-sig") as f:
        return list(csv.DictReader(f))


def show(name, rows):
    if len(rows) < 10:
        return
    inside = sum(q[0] <= y <= q[2] for *_, y, q in rows) / len(rows)
    widths = [math.log(q[2] / q[0]) for *_, q in rows if q[0] > 0]
    loss = sum(max(a * (y - v), (a - 1) * (y - v)) / y for *_, y, q in rows for a, v in zip((0.1, 0.5, 0.9), q)) / 3 / len(rows)
    print(f"{name},{len(rows)},{inside:.3f},{sum(widths) / len(widths):.3f},{loss:.4f}", flush=True)


def main(parus, county, season, out, *dates):
    with open(os.path.join(county, "scenes", "items.json")) as f:
        items = json.load(f)
    truth = {r["parcel_id"]: r for r in table(os.path.join(county, "truth", "parcels.csv")) if r["season"] == season and r["yield_kg_ha"]}
    print("what,n,coverage_80,width,pinball")
    for date in dates:
        cut = os.path.join(county, "scenes", f"until-{date}.json")
        with open(cut, "w") as f:
            json.dump({**items, "features": [i for i in items["features"] if i["properties"]["datetime"][:10] <= date]}, f)
        to = os.path.join(out, date)
        subprocess.run([parus, "run", "--county", os.path.join(county, "county.yaml"), "--scenes", cut, "--registry", os.path.join(county, "registry"),
                        "--season", season, "--out", to, "--home", os.path.join(out, "home")], check=True, stderr=subprocess.DEVNULL)
        rows = []
        for r in table(os.path.join(to, "parcels.csv")):
            t = truth.get(r["parcel_id"])
            if t and r["yield_kg_ha_p50"]:
                rows.append((r["crop"] == t["crop"], t["crop"], float(r["area_ha"]), float(t["yield_kg_ha"]), [float(r[f"yield_kg_ha_p{p}"]) for p in (10, 50, 90)]))
        show(f"{date} all", rows)
        right = [r for r in rows if r[0]]
        show(f"{date} crop right", right)
        for crop in sorted({r[1] for r in right}):
            show(f"{date} {crop}", [r for r in right if r[1] == crop])
        for low, high in ((0, 0.1), (0.1, 0.5), (0.5, 99)):
            show(f"{date} {low} to {high} ha", [r for r in right if low <= r[2] < high])


if __name__ == "__main__":
    main(*sys.argv[1:])
