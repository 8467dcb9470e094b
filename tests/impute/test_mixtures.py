"""The mixture that `auto` fills a column by, from the held-out cells of all columns."""

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import make_imputer
from wrangler.impute.encoding.codec import fit_codec
from wrangler.impute.encoding.kinds import kind_of
from wrangler.impute.encoding.table import encode
from wrangler.impute.evaluation import Hiding
from wrangler.impute.selection.choice import choose
from wrangler.impute.selection.race import Race
from wrangler.impute.selection.shrinkage import shrunk_means


def mixtures(spreads: dict[str, dict[str, float]], cells: dict[str, int]) -> dict[str, dict[str, float]]:
    """The mixture for each column, of methods whose predictions err by so much."""
    random = np.random.default_rng(0)
    truth = pd.DataFrame(random.normal(size=(1000, len(spreads))), columns=list(spreads))
    incomplete = truth.iloc[:999].reindex(truth.index)
    table = encode(incomplete, {name: fit_codec(truth[name], kind_of(truth[name])) for name in truth})
    judged = {name: np.arange(cells[name]) for name in truth}
    predicted = {"mean": {name: np.zeros(cells[name]) for name in truth}}
    for method in ("linear", "forest"):
        predicted[method] = {
            name: truth[name].to_numpy()[: cells[name]] + random.normal(0, spreads[name][method], cells[name])
            for name in truth
        }
    race = Race()
    race.add(Hiding(table, judged), table, predicted)
    return {name: dict(choice.weights) for name, choice in choose(dict(table.columns), race).items()}


def test_a_column_of_few_cells_is_filled_as_the_table_suggests():
    good, alike = {"linear": 0.9, "forest": 0.3}, {"linear": 0.5, "forest": 0.5}
    alone = mixtures({"b": alike}, {"b": 4})["b"]
    beside = mixtures({"b": alike, "a": good}, {"b": 4, "a": 500})["b"]
    assert beside["forest"] > alone["forest"] + 0.2


def test_many_cells_give_the_mixture_of_the_smallest_error():
    weights = mixtures({"a": {"linear": 0.8, "forest": 0.4}}, {"a": 900})["a"]
    assert weights["forest"] == pytest.approx(0.8, abs=0.05)


def test_a_method_that_is_far_better_fills_a_column_alone():
    assert mixtures({"a": {"linear": 1.5, "forest": 0.1}}, {"a": 500})["a"] == {"forest": 1.0}


def test_estimates_that_differ_by_chance_are_shrunk_to_their_mean():
    random = np.random.default_rng(0)
    shrunk = shrunk_means(random.normal(1, 0.1, 50), np.full(50, 0.1))
    assert shrunk.std() < 0.05


def test_estimates_that_differ_by_more_than_chance_stay():
    shrunk = shrunk_means(np.array([0.2, 0.5, 1.1]), np.full(3, 0.01))
    assert shrunk == pytest.approx([0.2, 0.5, 1.1], abs=0.01)


def test_a_column_without_an_estimate_has_the_mean_of_the_others():
    assert shrunk_means(np.array([0.5, np.nan, 0.7]), np.ones(3))[1] == pytest.approx(0.6)


@pytest.mark.parametrize("method", ["boosted", "forest"])
def test_trees_of_a_sample_predict_beyond_the_range_of_the_sample(method):
    random = np.random.default_rng(0)
    x = random.lognormal(size=2000)
    y = pd.Series(x + random.normal(0, 0.01, 2000))
    missing = (x > np.quantile(x, 0.99)) & (random.random(2000) < 0.5)
    incomplete = pd.DataFrame({"x": x, "y": y.mask(missing)})
    filled = make_imputer(method, most_rows=50, random_state=0).fit_transform(incomplete)
    assert filled["y"][missing].max() > np.quantile(y, 0.99)
