"""The error that `auto` states of its own choice: judged on cells that did not decide it, each counted once.

Races are made up here, so that hundreds of them take a second: a column of noise, and the predictions of four methods
for its hidden cells, which are the true mean and an error of their own, too small or too large by chance.
"""

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import AutoImputer
from wrangler.impute.encoding.codec import fit_codec
from wrangler.impute.encoding.kinds import kind_of
from wrangler.impute.encoding.table import encode
from wrangler.impute.evaluation import Hiding
from wrangler.impute.selection.choice import Choice, choose
from wrangler.impute.selection.race import Race

MODELS = ("linear", "knn", "boosted", "forest")
HIDDEN = 40
SPREAD = 0.3


def choice_on_noise(seed: int, rounds: int = 3) -> Choice:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"c": np.append(random.normal(size=HIDDEN), np.nan)})
    table = encode(frame, {"c": fit_codec(frame["c"], kind_of(frame["c"]))})
    predicted = {"mean": {"c": np.zeros(HIDDEN)}}
    predicted |= {model: {"c": random.normal(0, SPREAD, HIDDEN)} for model in MODELS}
    race = Race()
    for _ in range(rounds):
        race.add(Hiding(table, {"c": np.arange(HIDDEN)}), table, predicted)
    return choose(dict(table.columns), race)["c"]


def true_error(choice: Choice) -> float:
    """On new cells: the spread of the noise, and of the errors that the mixture averages."""
    return float(np.sqrt(1.0 + SPREAD**2 * sum(choice.weights.get(model, 0.0) ** 2 for model in MODELS)))


def test_the_stated_ratio_to_the_baseline_is_unbiased_on_noise():
    choices = [choice_on_noise(seed) for seed in range(200)]
    stated = np.mean([choice.outcome.evidence["ratio"] for choice in choices])
    assert stated == pytest.approx(np.mean([true_error(choice) for choice in choices]), abs=0.01)


def test_noise_is_stated_to_be_predicted_in_less_than_a_third_of_the_columns():
    stated = [choice_on_noise(seed).outcome.evidence for seed in range(200)]
    assert np.mean([one["ratio"] < 1 for one in stated]) < 1 / 3


def test_the_standard_error_is_the_spread_of_the_stated_error():
    stated = [choice_on_noise(seed).outcome.evidence for seed in range(300)]
    spread = np.std([one["error"] for one in stated])
    assert np.mean([one["standard_error"] for one in stated]) == pytest.approx(spread, rel=0.15)


def test_a_cell_hidden_in_several_rounds_counts_once():
    once, thrice = (choice_on_noise(0, rounds).outcome.evidence for rounds in (1, 3))
    assert once["cells"] == thrice["cells"] == HIDDEN
    assert thrice["standard_error"] == pytest.approx(once["standard_error"])


def test_the_reason_says_that_the_error_is_cross_validated(mixed):
    imputer = AutoImputer(random_state=0, time_budget_seconds=0)
    imputer.fit_transform(mixed)
    assert "error by cross-validation" in imputer.per_column_.loc["weight", "reason"]
