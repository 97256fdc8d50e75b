#!/usr/bin/python3
"""usage: crop_peers.py FOLDER LEARNER...   (forest, svm, xgboost)

Fits each learner without each fold in turn and predicts the fold, for the table of `go test ./fields/crop -run TestLearnerTable`.
FOLDER holds shape.txt (rows columns classes), x.f32, y.i32, fold.i32: little-endian, row-major, NaN is a gap. A row of fold -1 is never predicted.
Writes LEARNER.f32 (probabilities, rows x classes) and LEARNER.txt (processor seconds of fitting and of predicting, all folds together, on one thread).
Gaps become the training column's mean where a learner wants none. Debian: python3-sklearn, python3-xgboost."""
import os, sys, time
os.environ['OMP_NUM_THREADS'] = os.environ['OPENBLAS_NUM_THREADS'] = '1'
import numpy as np

folder, learners = sys.argv[1], sys.argv[2:]
n, p, k = map(int, open(os.path.join(folder, 'shape.txt')).read().split())
X = np.fromfile(os.path.join(folder, 'x.f32'), '<f4').reshape(n, p)
y = np.fromfile(os.path.join(folder, 'y.i32'), '<i4')
fold = np.fromfile(os.path.join(folder, 'fold.i32'), '<i4')


def fit(name, X, y):
    """returns a function that gives probabilities, classes in the order of np.unique(y)"""
    large = len(y) > 20000
    if name == 'xgboost':
        import xgboost
        # the large table as the published figure has it; small ones with sampling, which helps them
        settings = dict(max_depth=6, eta=.2) if large else dict(max_depth=6, eta=.15, subsample=.8, colsample_bytree=.5)
        codes = np.searchsorted(np.unique(y), y)
        m = xgboost.train(dict(objective='multi:softprob', num_class=len(np.unique(y)), tree_method='hist', nthread=1, seed=0, **settings),
                          xgboost.DMatrix(X, codes), 100)
        return m.inplace_predict
    mean = np.nan_to_num(np.nanmean(X, 0)) if np.isnan(X).any() else 0
    filled = lambda A: np.where(np.isnan(A), mean, A) if np.isnan(A).any() else A
    if name == 'forest':
        from sklearn.ensemble import RandomForestClassifier
        m = RandomForestClassifier(100 if large else 500, n_jobs=1, random_state=0, min_samples_leaf=2 if large else 1)
    else:
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import SVC
        m = make_pipeline(StandardScaler(), SVC(C=10, gamma='scale', probability=True, random_state=0))
    m.fit(filled(X), y)
    return lambda A: m.predict_proba(filled(A))


for name in learners:
    P, fitting, predicting = np.zeros((n, k), '<f4'), 0., 0.
    for f in range(fold.max() + 1):
        train, test = fold != f, fold == f
        t = time.process_time()
        predict = fit(name, X[train], y[train])
        fitting, t = fitting + time.process_time() - t, time.process_time()
        P[np.ix_(test, np.unique(y[train]))] = predict(X[test])
        predicting += time.process_time() - t
    P.tofile(os.path.join(folder, name + '.f32'))
    open(os.path.join(folder, name + '.txt'), 'w').write('%g %g' % (fitting, predicting))
