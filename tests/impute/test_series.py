"""Methods that read a series: what they answer, and what they never do."""

import numpy as np
import pandas as pd
import pytest
from scipy.interpolate import Akima1DInterpolator, PchipInterpolator

from wrangler.impute import make_imputer
from wrangler.impute.timeseries.structural_model import Structure, smooth

pytestmark = pytest.mark.slow

NAN = np.nan


def filled(method: str, cells, **options) -> list:
    return make_imputer(method, **options).fit_transform(pd.DataFrame({"a": cells}))["a"].tolist()


def kinds(imputer) -> list[str]:
    return [event.kind for event in imputer.events_ if event.column == "a"]


def wave(rows: int = 240, period: int = 24) -> pd.Series:
    return pd.Series(np.sin(2 * np.pi * np.arange(rows) / period) + np.cos(4 * np.pi * np.arange(rows) / period))


def missing_mask(rows: int, share: float = 0.2, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(rows) < share


@pytest.mark.parametrize("method", ["ffill", "bfill", "interpolate", "spline"])
def test_longer_gaps_than_asked_are_left_when_asked(method):
    imputer = make_imputer(method, longest_gap=1, beyond="leave")
    completed = imputer.fit_transform(pd.DataFrame({"a": [1.0, NAN, 1.0, NAN, NAN, 1.0]}))
    assert completed["a"].isna().tolist() == [False, False, False, True, True, False]
    assert kinds(imputer) == ["left", "skipped"]
    assert imputer.events_[0].message == "2 cells of 'a' lie in gaps of more than 1 rows, which are not bridged."


@pytest.mark.parametrize("method", ["ffill", "bfill", "interpolate"])
def test_longer_gaps_than_asked_get_the_median(method):
    assert filled(method, [9.0, NAN, NAN, 1.0, 1.0, 1.0], longest_gap=1)[1:3] == [1.0, 1.0]


def test_cells_of_equal_time_count_as_their_mean():
    frame = pd.DataFrame({"t": [0, 0, 1, 2], "a": [1.0, 3.0, NAN, 4.0]})
    assert make_imputer("interpolate", order_by="t").fit_transform(frame)["a"].tolist() == [1.0, 3.0, 3.0, 4.0]


@pytest.mark.parametrize(("curve", "peer"), [("pchip", PchipInterpolator), ("akima", Akima1DInterpolator)])
def test_a_spline_is_the_one_of_scipy_on_uneven_times(curve, peer):
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"t": random.permutation(np.sort(random.random(60))), "a": random.normal(size=60)})
    hidden = missing_mask(60) & (frame["t"].rank() > 2) & (frame["t"].rank() < 59)
    incomplete = frame.assign(a=frame["a"].mask(hidden))
    known = incomplete.dropna().sort_values("t")
    found = make_imputer("spline", curve=curve, longest_gap=None, order_by="t").fit_transform(incomplete)["a"]
    np.testing.assert_allclose(found[hidden], peer(known["t"], known["a"])(frame["t"][hidden]))


def test_a_spline_goes_straight_through_long_gaps():
    cells = [0.0, 1.0, 4.0, NAN, NAN, NAN, 1.0, 0.0, NAN, 9.0]
    straight = filled("interpolate", cells)
    assert filled("spline", cells, longest_gap=2)[3:6] == straight[3:6]
    assert filled("spline", cells, longest_gap=2)[8] != straight[8]


@pytest.mark.parametrize("options", [{}, {"period": 24}])
def test_a_pure_season_with_a_trend_is_recovered_exactly(options):
    complete = wave() + 0.01 * np.arange(240)
    hidden = missing_mask(240, 0.4)
    hidden[[0, -1]] = False
    np.testing.assert_allclose(filled("seasonal", complete.mask(hidden), **options), complete, atol=1e-8)


def test_the_period_that_was_found_is_reported_with_its_evidence():
    imputer = make_imputer("seasonal")
    imputer.fit_transform(pd.DataFrame({"a": wave().mask(missing_mask(240))}))
    assert imputer.events_[-1].message.startswith("'a': a season of 24 steps was found; its autocorrelation is 1.00.")


@pytest.mark.parametrize("seed", range(8))
def test_no_season_is_found_in_a_random_walk_or_in_noise(seed):
    random = np.random.default_rng(seed)
    for cells in (random.normal(size=300), random.normal(size=300).cumsum()):
        cells[::7] = NAN
        assert filled("seasonal", cells) == filled("interpolate", cells)


def test_months_of_uneven_length_are_steps_and_rows_may_be_left_out():
    months = pd.date_range("2000-01-31", periods=120, freq="ME", tz="Europe/Berlin")
    complete = pd.DataFrame({"month": months, "a": np.tile(np.arange(12.0) ** 2, 10)})
    incomplete = (
        complete.assign(a=complete["a"].mask(missing_mask(120))).drop(index=[20, 21, 50]).sample(frac=1, random_state=0)
    )
    found = make_imputer("seasonal", order_by="month").fit_transform(incomplete).sort_index()
    np.testing.assert_allclose(found["a"], complete["a"][found.index], atol=1e-6)


def test_uneven_times_have_no_season_and_that_is_reported():
    frame = pd.DataFrame({"t": np.random.default_rng(0).random(240).cumsum() ** 2, "a": wave().mask(missing_mask(240))})
    imputer = make_imputer("seasonal", order_by="t", period=24)
    straight = make_imputer("interpolate", order_by="t").fit_transform(frame)
    pd.testing.assert_frame_equal(imputer.fit_transform(frame), straight)
    assert "the steps are uneven" in imputer.events_[-1].message


def stations(rows: int = 400, seed: int = 0) -> pd.DataFrame:
    """Two smooth readings that follow each other closely, and the state that goes with them."""
    random = np.random.default_rng(seed)
    walk = random.normal(size=rows).cumsum()
    frame = pd.DataFrame({"t": np.arange(rows), "a": walk, "b": walk + random.normal(0, 0.3, rows)})
    return frame.assign(state=np.where(walk > np.median(walk), "high", "low"))


def error(complete: pd.DataFrame, found: pd.DataFrame, hidden: np.ndarray, name: str = "a") -> float:
    return float(np.sqrt(((complete[name] - found[name])[hidden] ** 2).mean()))


def errors_in_gaps(length: int, seed: int) -> dict[str, tuple[float, float]]:
    """Error of the number and share of right states, by method, in gaps that both columns have."""
    complete = stations(seed=seed)
    hidden = np.zeros(400, dtype=bool)
    for start in range(length, 400 - length, 4 * length + 4):
        hidden[start : start + length] = True
    incomplete = complete.assign(a=complete["a"].mask(hidden), state=complete["state"].mask(hidden))
    messages = {}
    for method in ("series", "interpolate", "linear"):
        found = make_imputer(method, order_by="t", random_state=0).fit_transform(incomplete)
        messages[method] = error(complete, found, hidden), float((found["state"] == complete["state"])[hidden].mean())
    return messages


@pytest.mark.parametrize("length", [1, 5, 40])
def test_the_error_of_series_is_hardly_larger_than_that_of_time_or_other_columns_alone(length):
    runs = [errors_in_gaps(length, seed) for seed in range(4)]
    errors, right = ({m: np.mean([run[m][part] for run in runs]) for m in runs[0]} for part in (0, 1))
    assert errors["series"] <= 1.1 * min(errors["interpolate"], errors["linear"])
    assert right["series"] >= min(right["interpolate"], right["linear"])


def test_series_reports_what_fills_at_which_distance():
    frame = stations()
    frame["a"] = frame["a"].mask(missing_mask(400))
    imputer = make_imputer("series", order_by="t", random_state=0).fit(frame)
    imputer.transform(frame)
    assert "by weights fitted on hidden cells: other columns" in imputer.per_column_.loc["a", "reason"]


@pytest.mark.parametrize("method", ["interpolate", "spline", "seasonal", "state_space", "series"])
def test_the_order_of_rows_in_the_table_does_not_matter(method):
    frame = stations()
    frame["a"] = frame["a"].mask(missing_mask(400))
    shuffled = frame.sample(frac=1, random_state=1)
    imputer = make_imputer(method, order_by="t", random_state=0)
    found = imputer.fit_transform(shuffled).sort_index()
    pd.testing.assert_frame_equal(found, imputer.fit_transform(frame), rtol=1e-7)


@pytest.mark.parametrize("method", ["ffill", "interpolate", "spline", "seasonal", "state_space", "series"])
def test_nothing_crosses_a_group(method):
    frame = pd.concat([stations().assign(g=0), stations(seed=1).assign(g=1)])
    frame["a"] = frame["a"].mask(missing_mask(800))
    moved = frame.assign(a=np.r_[frame["a"][:400], frame["a"][:399:-1]])
    imputer = make_imputer(method, order_by="t", group_by=["g"], random_state=0)
    first, second = (imputer.fit_transform(each).query("g == 0") for each in (frame, moved))
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize("method", ["ffill", "interpolate", "spline", "seasonal", "state_space", "series"])
def test_awkward_orders_and_columns_leave_no_missing_cell(method):
    frame = stations().assign(constant=2.5, empty=NAN, huge=1e300)
    frame["t"] = pd.Timestamp("2024-03-30", tz="Europe/Berlin") + pd.to_timedelta(frame["t"] // 3 * 7, unit="h")
    frame["t"] = frame["t"].mask(missing_mask(400, 0.1, seed=9))
    for number, name in enumerate(["a", "b", "state", "constant", "huge"]):
        frame[name] = frame[name].mask(missing_mask(400, seed=number))
    frame.loc[3, "a"], frame.loc[4, "huge"] = np.inf, -1e300
    imputer = make_imputer(method, order_by="t", random_state=0)
    completed = imputer.fit_transform(frame.sample(frac=1, random_state=0))
    assert completed.drop(columns="empty").notna().all(axis=None)
    assert completed["constant"].eq(2.5).all()
    assert completed.dtypes.equals(frame.dtypes)


def conditioned(structure: Structure, values: np.ndarray, ratios: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of the signal by conditioning a dense normal of almost diffuse first states."""
    states, rows = structure.states, []
    size = structure.points * states
    for (innovation, growth), ratio in zip(structure.transitions(), ratios, strict=True):
        for step, grown in enumerate(growth):
            row = np.zeros(size)
            for place, factor in innovation:
                row[place + states * step] += factor[step]
            rows.append(row / np.sqrt(grown * ratio))
    assert size - len(rows) == structure.diffuse
    prior = np.linalg.inv(np.transpose(rows) @ np.array(rows) + 1e-7 * np.eye(size))
    signal = np.zeros((structure.points, size))
    for place in {0, states - 1} if structure.period else {0}:
        signal[:, place::states] += np.eye(structure.points)
    joint, known = signal @ prior @ signal.T, ~np.isnan(values)
    gain = joint[:, known] @ np.linalg.inv(joint[np.ix_(known, known)] + np.eye(known.sum()))
    return gain @ values[known], joint - gain @ joint[known]


@pytest.mark.parametrize(("has_slope", "period"), [(False, 0), (True, 0), (False, 4), (True, 4)])
def test_smoothing_equals_conditioning_a_dense_normal(has_slope, period):
    random = np.random.default_rng(0)
    gaps = np.ones(29) if period else random.uniform(0.5, 2, 29)
    structure = Structure(gaps, has_slope, period)
    values, ratios = random.normal(size=30), np.array([0.5, 0.1, 0.2])[: structure.states]
    values[missing_mask(30)] = NAN
    smoothed = smooth(structure, values, ratios)
    mean, covariance = conditioned(structure, values, ratios)
    np.testing.assert_allclose(smoothed.signal, mean, atol=1e-4)
    draws = np.array([smoothed.draw(random) for _ in range(4000)])
    spread = np.sqrt(smoothed.noise * (np.diag(covariance) + 1.0))
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=5 * spread.max() / np.sqrt(4000))
    np.testing.assert_allclose(draws.std(axis=0), spread, rtol=0.08)


def test_state_space_follows_a_season_and_a_slope():
    complete = wave() + 0.05 * np.arange(240)
    found = filled("state_space", complete.mask(missing_mask(240)))
    assert np.abs(found - complete).max() < 0.1


def test_state_space_draws_differ_from_its_mean_by_the_noise():
    random = np.random.default_rng(0)
    cells = pd.Series(random.normal(size=1000)).mask(missing_mask(1000))
    drawn = np.array(filled("state_space", cells, draw=True, random_state=0))
    assert drawn[missing_mask(1000)].std() == pytest.approx(1.0, abs=0.15)
