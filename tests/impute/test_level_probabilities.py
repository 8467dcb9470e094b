"""Probabilities of levels, which races mix."""

import numpy as np
import pytest

from wrangler.impute import make_imputer
from wrangler.impute.context import Work
from wrangler.impute.encoding.table import encode
from wrangler.impute.events import Record


@pytest.mark.parametrize("method", ["linear", "knn", "boosted", "forest"])
def test_the_likeliest_level_is_the_one_that_is_filled(method, mixed):
    imputer = make_imputer(method, random_state=0).fit(mixed)
    table = encode(mixed, imputer.plan_.codecs)
    probabilities = imputer._level_probabilities(imputer.fitted_, table, ["sex", "grade"], Work(Record(), 0, "fill"))
    filled = imputer.transform(mixed)
    assert set(probabilities) == {"sex", "grade"}
    for name, found in probabilities.items():
        np.testing.assert_allclose(found.sum(axis=1), 1)
        likeliest = imputer.plan_.codecs[name].levels[found.argmax(axis=1)]
        assert (filled[name][mixed[name].isna()].to_numpy() == likeliest.to_numpy()).mean() > 0.95
