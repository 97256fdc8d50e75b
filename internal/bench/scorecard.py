#!/usr/bin/env python3
"""Scorecards against other learners on the same folds.

usage: scorecard.py PARUS TABLE.csv TARGET ID REPEATS [IGNORE,…]

Repeated stratified five-fold cross-validation. Everything is fitted inside a
training part: the card by `parus scorecard fit --explore`, which sees the
training rows alone; a weight-of-evidence regression on ten quantile bins and a
plain regression on one column a level (scikit-learn); gradient boosted trees
(XGBoost, 200 trees of depth 3, rate 0.05). Prints means over repetitions,
their spread, and ratios to the card.
"""
import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import xgboost
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, roc_curve
from sklearn.model_selection import StratifiedKFold

parus, table, target, key, repeats = sys.argv[1:6]
ignore = sys.argv[6].split(",") if len(sys.argv) > 6 else []
with open(table, encoding="utf-8-sig", newline="") as f:
    rows = list(csv.DictReader(f))
y = np.array([int(r[target]) for r in rows])
names = [k for k in rows[0] if k not in [target, key, *ignore]]


def is_number(v):
    try:
        float(v)
    except ValueError:
        return False
    return True


def design():
    """One column a number, one a level of words."""
    out = []
    for k in names:
        v = [r[k] for r in rows]
        if all(map(is_number, v)):
            out.append(np.array(v, float)[:, None])
        else:
            out.append(np.array([[float(x == level) for level in sorted(set(v))] for x in v]))
    return np.hstack(out)


def weights(train, test):
    """Weights of evidence of ten quantile bins or of levels, half a row added."""
    a, b = np.zeros((len(train), len(names))), np.zeros((len(test), len(names)))
    for j, k in enumerate(names):
        v = np.array([r[k] for r in rows])
        if all(map(is_number, v)):
            v = v.astype(float)
            codes = np.searchsorted(np.unique(np.quantile(v[train], np.linspace(0, 1, 11)[1:-1])), v)
        else:
            codes = np.unique(v, return_inverse=True)[1]
        bad, good = np.bincount(codes[train], y[train], codes.max() + 1), np.bincount(codes[train], 1 - y[train], codes.max() + 1)
        woe = np.log((good + 0.5) / (good.sum() + 0.5) / ((bad + 0.5) / (bad.sum() + 0.5)))
        a[:, j], b[:, j] = woe[codes[train]], woe[codes[test]]
    return a, b


def card(train, test, folder):
    for name, part in (("train", train), ("test", test)):
        with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8") as f:
            w = csv.DictWriter(f, list(rows[0]))
            w.writeheader()
            w.writerows(rows[i] for i in part)
    subprocess.run([parus, "scorecard", "fit", "--explore", "--table", folder / "train.csv", "--target", target, "--id", key,
                    *(["--ignore", ",".join(ignore)] if ignore else []), "--folds", "2", "-o", folder / "card.json"], check=True, capture_output=True)
    text = subprocess.run([parus, "scorecard", "predict", "--model", folder / "card.json", "--table", folder / "test.csv", "--id", key],
                          check=True, capture_output=True, text=True).stdout
    return np.array([float(r["pd"]) for r in csv.DictReader(text.splitlines())])


def measure(p, truth):
    p = np.clip(p, 1e-6, 1 - 1e-6)
    fpr, tpr, _ = roc_curve(truth, p)
    line = LogisticRegression(C=1e9, max_iter=1000).fit(np.log(p / (1 - p))[:, None], truth)
    edges = np.quantile(p, np.linspace(0, 1, 11)[1:-1])
    bins = np.searchsorted(edges, p)
    ece = sum(abs(p[bins == b].sum() - truth[bins == b].sum()) for b in range(10)) / len(p)
    return [roc_auc_score(truth, p), max(tpr - fpr), brier_score_loss(truth, p), log_loss(truth, p), line.coef_[0][0], ece]


x = design()
learners = ["card", "woe regression", "regression", "xgboost"]
found = {k: [] for k in learners}
for repeat in range(int(repeats)):
    pooled, aucs = {k: np.zeros(len(y)) for k in learners}, {k: [] for k in learners}
    for train, test in StratifiedKFold(5, shuffle=True, random_state=repeat).split(x, y):
        with tempfile.TemporaryDirectory() as d:
            pooled["card"][test] = card(train, test, Path(d))
        a, b = weights(train, test)
        pooled["woe regression"][test] = LogisticRegression(max_iter=5000).fit(a, y[train]).predict_proba(b)[:, 1]
        m, s = x[train].mean(0), x[train].std(0) + 1e-9
        pooled["regression"][test] = LogisticRegression(max_iter=5000).fit((x[train] - m) / s, y[train]).predict_proba((x[test] - m) / s)[:, 1]
        trees = xgboost.XGBClassifier(n_estimators=200, max_depth=3, learning_rate=0.05, subsample=0.8, colsample_bytree=0.8, n_jobs=2, random_state=1)
        pooled["xgboost"][test] = trees.fit(x[train], y[train]).predict_proba(x[test])[:, 1]
        for k in learners:
            aucs[k].append(roc_auc_score(y[test], pooled[k][test]))
    for k in learners:
        found[k].append([np.mean(aucs[k]), *measure(pooled[k], y)[1:]])
print(f"{len(y)} rows, {y.sum()} bad, 5 folds, {repeats} repetitions")
print("| learner | AUC | SD over repetitions | ratio to the card's | KS | Brier | log loss | calibration slope | ECE |")
print("|---|---|---|---|---|---|---|---|---|")
base = np.mean(found["card"], axis=0)[0]
for k in learners:
    m, s = np.mean(found[k], axis=0), np.std(found[k], axis=0, ddof=1 if len(found[k]) > 1 else 0)
    print(f"| {k} | {m[0]:.4f} | {s[0]:.4f} | {m[0] / base:.3f} | {m[1]:.3f} | {m[2]:.4f} | {m[3]:.4f} | {m[4]:.2f} | {m[5]:.3f} |")
