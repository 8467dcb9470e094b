"""scikit-learn's own checks of an estimator, on every method."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from wrangler.impute import METHODS, KNNImputer, make_imputer

pytestmark = pytest.mark.slow

# A check that some method cannot pass belongs here, with the reason; at present there is none.
EXPECTED_FAILURES: dict[str, dict[str, str]] = {}


def expected_failures(imputer) -> dict[str, str]:
    return EXPECTED_FAILURES.get(imputer.method, {})


@parametrize_with_checks(
    [info.imputer(random_state=0) for info in METHODS.values()], expected_failed_checks=expected_failures
)
def test_scikit_learn_checks_pass(estimator, check):
    if check.func.__name__ == "check_array_api_input":
        pytest.skip("no array API is promised")
    check(estimator)


@pytest.mark.parametrize("method", list(METHODS))
def test_the_constructor_only_stores(method):
    columns, bounds = ["a"], {"a": (0, 1)}
    imputer = make_imputer(method, columns=columns, bounds=bounds)
    assert isinstance(imputer, BaseEstimator)
    assert imputer.columns is columns
    assert imputer.bounds is bounds
    assert clone(imputer).get_params() == imputer.get_params()


def test_an_imputer_is_tuned_inside_a_pipeline(mixed):
    target = (mixed["age"] > 50).astype(int)
    features = mixed.drop(columns=["age", "key", "seen"])
    levels = make_column_transformer((OneHotEncoder(), ["sex", "smokes", "grade"]), remainder="passthrough")
    pipeline = make_pipeline(KNNImputer(), levels, DecisionTreeClassifier(random_state=0))
    search = GridSearchCV(pipeline, {"knnimputer__neighbors": [3, 9]}, cv=3).fit(features, target)
    assert np.isfinite(search.best_score_)
