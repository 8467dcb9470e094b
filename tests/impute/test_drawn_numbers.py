"""Draws of numbers that matching alone gets wrong: within bounds, with a point mass, beyond the donors."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import expit

from wrangler.impute import make_imputer
from wrangler.impute.drawing.truncated import draw_truncated


@pytest.mark.parametrize(
    ("mean", "low", "high"), [(0.0, -1.0, 0.5), (3.0, -np.inf, 0.0), (-30.0, 0.0, np.inf), (40.0, -np.inf, 1.0)]
)
def test_truncated_draws_are_distributed_as_those_of_scipy(mean, low, high):
    """Kolmogorov-Smirnov at 0.1 %, seeds fixed; also where all mass lies far out in a tail."""
    drawn = draw_truncated(np.full(4000, mean), 1.0, low, high, np.random.default_rng(0))
    expected = stats.truncnorm(low - mean, high - mean, loc=mean)
    assert ((drawn >= low) & (drawn <= high)).all()
    assert stats.kstest(drawn, expected.cdf).pvalue > 0.001


def _below_a_limit(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(seed)
    x = random.normal(size=300)
    whole = pd.DataFrame({"y": x + random.normal(size=300), "x": x})
    return whole, whole.assign(y=whole["y"].mask(whole["y"] < -0.5))


@pytest.mark.parametrize("method", ["pmm", "mice"])
def test_cells_below_every_observed_one_spread_within_their_bounds(method):
    """All of them were at the bound before."""
    whole, incomplete = _below_a_limit(0)
    missing_mask = incomplete["y"].isna()
    imputer = make_imputer(method, random_state=0, bounds={"y": (None, -0.5)})
    drawn = imputer.fit_transform(incomplete)["y"][missing_mask]
    assert drawn.nunique() == missing_mask.sum()
    assert (drawn <= -0.5).all()
    assert drawn.mean() == pytest.approx(whole["y"][missing_mask].mean(), abs=0.3)
    assert "truncated" in {event.kind for event in imputer.events_}


def test_the_mean_of_a_column_censored_at_a_limit_is_recovered():
    """Without missing cells the standard error of the mean over 10 samples is .026."""
    means = []
    for seed in range(10):
        _, incomplete = _below_a_limit(seed)
        imputer = make_imputer("mice", draws=5, random_state=seed, bounds={"y": (None, -0.5)})
        means.append(np.mean([table["y"].mean() for table in imputer.fit(incomplete).transform_draws(incomplete)]))
    assert np.mean(means) == pytest.approx(0, abs=4 * 0.026)


def test_bounds_that_hold_most_observed_cells_leave_donors_within_them():
    random = np.random.default_rng(1)
    x = random.normal(size=300)
    y = pd.Series(x + random.normal(size=300)).mask(random.random(300) < 0.3)
    filled = make_imputer("pmm", random_state=0, bounds={"y": (-1, 1)}).fit_transform(pd.DataFrame({"y": y, "x": x}))
    drawn = filled["y"][y.isna()]
    assert drawn.between(-1, 1).all()
    assert (drawn.abs() == 1).sum() == 0  # 25 lay on a bound before


def _semicontinuous(seed: int, rows: int = 400) -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(seed)
    x = random.normal(size=rows)
    y = np.where(random.random(rows) < expit(3 * x), np.exp(0.3 * random.normal(size=rows)), 0.0)
    whole = pd.DataFrame({"y": y, "x": x})
    return whole, whole.assign(y=whole["y"].mask(random.random(rows) < expit(x - 1)))


def test_zeros_keep_their_share_given_the_predictors():
    """Zeros of drawn cells by the sign of x, over 10 samples of 60 cells each: standard error .02."""
    wrong = []
    for seed in range(10):
        whole, incomplete = _semicontinuous(seed)
        missing_mask = incomplete["y"].isna()
        filled = make_imputer("pmm", random_state=seed).fit_transform(incomplete)
        for is_right in (True, False):
            cells = missing_mask & ((whole["x"] > 0) == is_right)
            wrong.append((filled["y"][cells] == 0).mean() - (whole["y"][cells] == 0).mean())
    assert np.mean(wrong[::2]) == pytest.approx(0, abs=0.06)
    assert np.mean(wrong[1::2]) == pytest.approx(0, abs=0.06)


def test_a_drawn_cell_beside_the_zeros_is_an_amount():
    _, incomplete = _semicontinuous(0)
    drawn = make_imputer("pmm", random_state=0).fit_transform(incomplete)["y"][incomplete["y"].isna()]
    assert (drawn[drawn != 0] > 0.3).all()


def _beyond(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A number that follows from another, lost mostly where that is large."""
    random = np.random.default_rng(seed)
    x = random.normal(size=200)
    whole = pd.DataFrame({"y": x + random.normal(size=200), "x": x})
    return whole, whole.assign(y=whole["y"].mask(random.random(200) < expit(3 * x - 1)))


def test_the_slope_is_kept_where_donors_are_rare():
    """R's mice and matching alone give .85; the standard error over 20 samples is .02."""
    slopes = []
    for seed in range(20):
        _, incomplete = _beyond(seed)
        filled = make_imputer("pmm", random_state=seed).fit_transform(incomplete)
        slopes.append(np.polyfit(filled["x"], filled["y"], 1)[0])
    assert np.mean(slopes) > 0.93


def test_cells_drawn_by_residuals_are_counted():
    _, incomplete = _beyond(0)
    imputer = make_imputer("pmm", random_state=0)
    filled = imputer.fit_transform(incomplete)["y"][incomplete["y"].isna()]
    new = int((~filled.isin(incomplete["y"])).sum())
    counted = [event.message for event in imputer.events_ if event.kind == "extrapolated"]
    assert len(counted) == 1
    assert counted[0].startswith(f"{new} cells of 'y' have no donor near")


def test_numbers_on_a_scale_are_always_copied_from_donors():
    _, incomplete = _beyond(0)
    scale = incomplete["y"].clip(-2, 2).round(1)
    filled = make_imputer("pmm", random_state=0).fit_transform(incomplete.assign(y=scale))["y"]
    assert set(filled) <= set(scale.dropna())


def test_a_relation_of_logarithms_is_kept_beyond_the_donors():
    """Incomes and the like, lost mostly where they are large: .82 on their own scale; the standard error is .017."""
    slopes = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        x = random.normal(size=200)
        y = pd.Series(np.exp(x + 0.5 * random.normal(size=200))).mask(random.random(200) < expit(3 * x - 1))
        filled = make_imputer("pmm", random_state=seed).fit_transform(pd.DataFrame({"y": y, "x": x}))
        slopes.append(np.polyfit(filled["x"], np.log(filled["y"]), 1)[0])
    assert np.mean(slopes) == pytest.approx(1, abs=4 * 0.017)


def test_a_sum_of_skewed_columns_is_not_drawn_by_their_logarithms():
    random = np.random.default_rng(0)
    parts = np.exp(random.normal(size=(300, 2)))
    table = pd.DataFrame({"a": parts[:, 0], "b": parts[:, 1], "total": parts.sum(axis=1)})
    incomplete = table.assign(total=table["total"].mask(random.random(300) < 0.3))
    filled = make_imputer("pmm", random_state=0).fit_transform(incomplete)
    errors = (filled["total"] - table["total"])[incomplete["total"].isna()]
    assert errors.abs().median() < 0.05


def _said_of_zeros(method: str, seed: int) -> list[str]:
    _, incomplete = _semicontinuous(seed)
    imputer = make_imputer(method, random_state=seed)
    imputer.fit_transform(incomplete)
    return [event.message for event in imputer.events_ if event.kind == "share_lost"]


@pytest.mark.parametrize("method", ["linear", "mean"])
def test_a_fill_that_loses_the_share_of_zeros_says_so(method):
    _, incomplete = _semicontinuous(0)
    share = (incomplete["y"].dropna() == 0).mean()
    (message,) = _said_of_zeros(method, 0)
    assert message.startswith(f"{share:.0%} of the observed cells of 'y' are 0, but ")


@pytest.mark.parametrize("method", ["pmm", "mice", "random"])
def test_draws_with_fewer_zeros_as_the_predictors_imply_are_not_reported(method):
    """Cells are lost where amounts are likely, so that in some samples half as many zeros are drawn as observed."""
    assert [_said_of_zeros(method, seed) for seed in range(10)] == [[]] * 10


def test_amounts_keep_to_bounds_without_gathering_on_them():
    """The bounds leave out the zeros; on the scale of logarithms they must mean the same amounts."""
    random = np.random.default_rng(0)
    x = random.normal(size=400)
    y = pd.Series(np.where(random.random(400) < expit(x), np.exp(x + 0.5 * random.normal(size=400)), 0.0))
    incomplete = pd.DataFrame({"y": y.mask(random.random(400) < 0.3), "x": x})
    missing_mask = incomplete["y"].isna()
    imputer = make_imputer("pmm", random_state=0, bounds={"y": (0.2, 3)})
    drawn = imputer.fit_transform(incomplete)["y"][missing_mask]
    assert drawn.between(0.2, 3, inclusive="neither").all()
    assert "clipped" not in {event.kind for event in imputer.events_}
    with_zeros = make_imputer("pmm", random_state=0, bounds={"y": (0, 3)}).fit_transform(incomplete)["y"][missing_mask]
    assert with_zeros.max() > 2.5
    assert 0.3 < (with_zeros == 0).mean() < 0.7
