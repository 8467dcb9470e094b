"""The peers in Python, with the settings that served them best; each takes a DataFrame and gives it back filled."""

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - makes IterativeImputer importable
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.linear_model import BayesianRidge

from benchmarks.imputing.encoding import Encoding

MOST_DUMMIES_FOR_TREES = 10
TREE_ROUNDS = 5  # missForest's own criterion ends it after four to six; scikit-learn's tolerance rarely does


@dataclass(frozen=True)
class Timed:
    """A result whose run measured itself, since not all that was done is the method's own."""

    frame: pd.DataFrame | None
    seconds: float
    cpu_seconds: float


def simple(frame: pd.DataFrame, seed: int, threads: int) -> pd.DataFrame:
    """Mean and most frequent, on one block of numbers and one of codes: text would cost it many times more."""
    del seed, threads
    categorical = [name for name in frame if isinstance(frame[name].dtype, pd.CategoricalDtype)]
    numbers = frame.columns.difference(categorical, sort=False)
    filled = {}
    if len(numbers):
        values = SimpleImputer(keep_empty_features=True).fit_transform(frame[numbers].to_numpy())
        filled.update({name: values[:, place] for place, name in enumerate(numbers)})
    if categorical:
        codes = np.column_stack([frame[name].cat.codes for name in categorical])
        predictions = SimpleImputer(missing_values=-1, strategy="most_frequent").fit_transform(codes)
        for place, name in enumerate(categorical):
            filled[name] = pd.Categorical.from_codes(predictions[:, place], dtype=frame[name].dtype)
    return pd.DataFrame(filled)[frame.columns]


def nearest(frame: pd.DataFrame, seed: int, threads: int) -> pd.DataFrame:
    """All dummies, scaled so that two levels are one apart; donors weighed by distance."""
    del seed, threads
    encoding = Encoding(frame, full=True, scale=float(np.sqrt(0.5)))
    imputer = KNNImputer(n_neighbors=10, weights="distance", keep_empty_features=True)
    return encoding.decoded(imputer.fit_transform(encoding.matrix))


def ridge(frame: pd.DataFrame, seed: int, threads: int) -> pd.DataFrame:
    """IterativeImputer as it comes: BayesianRidge, ten rounds."""
    del threads
    return _chained(Encoding(frame), BayesianRidge(), seed, rounds=10)


def extra_trees(frame: pd.DataFrame, seed: int, threads: int) -> pd.DataFrame:
    """As missForest does it: 100 trees, a third of the predictors at each split."""
    trees = ExtraTreesRegressor(n_estimators=100, max_features=1 / 3, n_jobs=threads, random_state=seed)
    return _chained(Encoding(frame, most_levels=MOST_DUMMIES_FOR_TREES), trees, seed, rounds=TREE_ROUNDS)


def boosting(frame: pd.DataFrame, seed: int, threads: int) -> pd.DataFrame:
    del threads
    trees = HistGradientBoostingRegressor(random_state=seed)
    return _chained(Encoding(frame, most_levels=MOST_DUMMIES_FOR_TREES), trees, seed, rounds=TREE_ROUNDS)


def _chained(encoding: Encoding, estimator: BaseEstimator, seed: int, rounds: int) -> pd.DataFrame:
    imputer = IterativeImputer(estimator, max_iter=rounds, random_state=seed, keep_empty_features=True)
    return encoding.decoded(imputer.fit_transform(encoding.matrix))


def statsmodels_mice(frame: pd.DataFrame, seed: int, threads: int) -> pd.DataFrame:
    """Predictive mean matching by least squares; categories are predictors by dummies, and matched by their codes."""
    del threads
    from statsmodels.imputation.mice import MICEData

    np.random.seed(seed)  # noqa: NPY002 - statsmodels draws from this one
    categorical = {name: isinstance(frame[name].dtype, pd.CategoricalDtype) for name in frame}
    renamed = {name: f"v{place}" for place, name in enumerate(frame)}
    codes = {
        renamed[name]: frame[name].cat.codes.replace(-1, np.nan).astype(float) if categorical[name] else frame[name]
        for name in frame
    }
    data = MICEData(pd.DataFrame(codes))
    terms = {name: f"C({short})" if categorical[name] else short for name, short in renamed.items()}
    for name, short in renamed.items():
        if frame[name].isna().any():
            data.set_imputer(short, formula=" + ".join(term for other, term in terms.items() if other != name))
    data.update_all(5)
    return pd.DataFrame(
        {
            name: pd.Categorical.from_codes(data.data[short].astype(int), dtype=frame[name].dtype)
            if categorical[name]
            else data.data[short]
            for name, short in renamed.items()
        }
    )


def cross_product(frame: pd.DataFrame, seed: int, threads: int) -> Timed:
    """One X.T @ X over the encoded table: what linear methods cannot get under."""
    del seed, threads
    matrix = np.nan_to_num(Encoding(frame).matrix)
    began, used = time.perf_counter(), time.process_time()
    product = matrix.T @ matrix
    taken = time.perf_counter() - began, time.process_time() - used
    assert np.isfinite(product).all()
    return Timed(None, *taken)
