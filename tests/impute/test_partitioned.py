"""The same imputers on dask DataFrames: as in memory where nothing is drawn, as good where something is."""

import subprocess
import sys

import dask
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from distributed import Client, LocalCluster
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.campaign import short_or_whole
from tests.impute.generated_tables import tables
from wrangler.impute import METHODS, UnsuitableTable, make_imputer
from wrangler.impute.partitioned import fitting, statistics

pytestmark = pytest.mark.slow

EXACT = ("mean", "median", "mode", "constant", "linear")
DRAWN = ("random", "pmm", "mice")
ORDERED = ("ffill", "bfill", "interpolate", "spline", "seasonal", "state_space", "series")
ASKED = (
    {},
    {"add_indicator": True, "exclude": ["key"]},
    {"bounds": {"height": [160, 170]}, "round_to": {"weight": 5}, "allowed": {"sex": ["male"], "visits": [1, 4]}},
    {"per_column": {"weight": {"method": "median"}, "sex": {"method": "constant", "value": "male"}}},
    {"rules": [{"column": "height", "at_least": "weight"}], "columns": ["height", "grade"]},
    {"predictors": {"height": ["weight", "sex"]}},
)


@pytest.fixture(autouse=True)
def one_thread():
    with dask.config.set({"scheduler": "synchronous", "dataframe.convert-string": False}):
        yield


def both_ways(frame, partitions, method, **options):
    """The imputers and their tables: in memory, and in partitions."""
    whole, parted = (make_imputer(method, random_state=3, **options) for _ in range(2))
    filled = whole.fit_transform(frame)
    return whole, filled, parted, parted.fit_transform(dd.from_pandas(frame, npartitions=partitions, sort=False))


def tall(rows: int = 30_000) -> pd.DataFrame:
    """More rows than the linear method is fitted on, with a skewed column and categories."""
    random = np.random.default_rng(1)
    base = random.normal(size=(rows, 2))
    frame = pd.DataFrame(
        {
            "a": base[:, 0],
            "b": base @ [0.7, 0.5] + random.normal(0, 0.4, rows),
            "skewed": np.exp(base[:, 0] + random.normal(0, 0.5, rows)),
            "count": pd.array(random.poisson(np.exp(base[:, 1] / 2)), dtype="Int64"),
            "group": pd.Categorical(np.array(["low", "mid", "high"])[np.digitize(base[:, 0], [-0.5, 0.5])]),
        }
    )
    return frame.mask(random.random(frame.shape) < 0.1)


@pytest.mark.parametrize("options", ASKED, ids=lambda options: "-".join(options) or "plain")
@pytest.mark.parametrize("method", EXACT)
def test_partitions_are_filled_as_the_whole_table(method, options, mixed):
    whole, filled, parted, lazy = both_ways(mixed, 4, method, **options)
    pd.testing.assert_frame_equal(lazy.compute(), filled, rtol=1e-8)
    assert parted.events_ == whole.events_
    pd.testing.assert_frame_equal(parted.per_column_, whole.per_column_)


@pytest.mark.parametrize("partitions", [1, 2, 13])
@pytest.mark.parametrize("method", ["linear", "mean", "median", "mode"])
def test_the_number_of_partitions_changes_nothing(method, partitions):
    frame = tall()
    _, filled, _, lazy = both_ways(frame, partitions, method)
    pd.testing.assert_frame_equal(lazy.compute(), filled, rtol=1e-8)


def is_exact_in_floats(column: pd.Series) -> bool:
    """Whether float64 holds every whole number between the least and the greatest."""
    if not pd.api.types.is_integer_dtype(column.dtype) or not column.notna().any():
        return True
    return int(column.max()) - int(column.min()) < 2**53


@pytest.mark.slow
@pytest.mark.parametrize("method", EXACT)
@settings(max_examples=short_or_whole(4, 100), suppress_health_check=list(HealthCheck))
@given(frame=tables(), partitions=st.integers(1, 5))
def test_any_table_is_filled_as_the_whole(method, frame, partitions):
    assume(all(is_exact_in_floats(frame[name]) for name in frame))
    frame = frame.reset_index(drop=True)
    _, filled, _, lazy = both_ways(frame, partitions, method)
    pd.testing.assert_frame_equal(lazy.compute(), filled, rtol=1e-8, check_index_type=False)


@pytest.mark.parametrize("method", [name for name in METHODS if name not in ORDERED])
def test_known_cells_dtypes_and_divisions_stay(method, mixed):
    parts = dd.from_pandas(mixed, npartitions=3)
    imputer = make_imputer(method, random_state=0)
    lazy = imputer.fit_transform(parts)
    filled, mask = lazy.compute(), imputer.mask_.compute()
    assert lazy.divisions == parts.divisions
    assert (lazy.dtypes == mixed.dtypes).all()
    assert (filled.dtypes == mixed.dtypes).all()
    pd.testing.assert_frame_equal(filled.mask(mask), mixed.mask(mask))
    assert mask.equals(mixed.isna() & filled.notna())


@pytest.mark.parametrize("method", ["knn", "boosted", "forest", "auto", "iterative", *DRAWN])
def test_what_is_sampled_has_no_larger_error_in_partitions(method):
    frame = tall(6000)
    random = np.random.default_rng(5)
    hidden = (random.random(len(frame)) < 0.2) & frame["b"].notna().to_numpy()
    incomplete = frame.assign(b=frame["b"].mask(hidden))
    _, filled, _, lazy = both_ways(incomplete, 5, method)
    truth = frame["b"][hidden]
    in_memory, in_parts = (((table["b"][hidden] - truth) ** 2).mean() ** 0.5 for table in (filled, lazy.compute()))
    assert in_parts == pytest.approx(in_memory, rel=0.05)


@pytest.mark.parametrize("method", DRAWN)
def test_draws_are_the_same_again_and_differ_by_partition(method):
    half = tall(1000)
    parts = dd.from_pandas(pd.concat([half, half], ignore_index=True), npartitions=2)
    first, second = (make_imputer(method, random_state=7).fit_transform(parts).compute() for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert not first.iloc[:1000].reset_index(drop=True).equals(first.iloc[1000:].reset_index(drop=True))


def test_several_draws_of_partitions_differ():
    parts = dd.from_pandas(tall(800), npartitions=2)
    draws = make_imputer("mice", draws=2, random_state=0).fit(parts).transform_draws(parts)
    first, second = (draw.compute() for draw in draws)
    assert not first.equals(second)
    assert not first.isna().any(axis=None)


def test_what_was_fitted_on_partitions_fills_a_frame_and_the_other_way_round(mixed):
    parts = dd.from_pandas(mixed, npartitions=3)
    imputer = make_imputer("linear", random_state=0)
    from_parts = imputer.fit(parts).transform(mixed)
    assert imputer.mask_.equals(mixed.isna() & from_parts.notna())
    from_frame = imputer.fit(mixed).transform(parts).compute()
    pd.testing.assert_frame_equal(from_parts, from_frame)


@pytest.mark.parametrize("method", ["mean", "linear"])
def test_groups_are_fitted_across_partitions(method, mixed):
    frame = mixed.assign(ward=np.arange(len(mixed)) % 3)
    _, filled, _, lazy = both_ways(frame, 4, method, group_by=["ward"])
    pd.testing.assert_frame_equal(lazy.compute(), filled, rtol=1e-8)


def test_modes_of_more_numbers_than_can_be_held_are_exact(monkeypatch):
    monkeypatch.setattr(statistics, "MOST_DISTINCT", 200)
    random = np.random.default_rng(2)
    frame = pd.DataFrame({"a": random.normal(size=2000).round(2), "b": random.normal(size=2000)})
    frame.loc[::7] = np.nan
    _, filled, _, lazy = both_ways(frame, 6, "mode")
    pd.testing.assert_frame_equal(lazy.compute(), filled)


def test_a_sample_of_a_larger_table_is_reported(monkeypatch):
    monkeypatch.setattr(fitting, "LARGEST_SAMPLE", 500)
    imputer = make_imputer("random", random_state=0).fit(dd.from_pandas(tall(2000), npartitions=3))
    assert "Fitted on 500 of 2,000 rows, chosen at random." in [event.message for event in imputer.events_]


def test_an_identifier_is_refused_without_holding_all_of_it():
    frame = pd.DataFrame({"key": [f"k{number}" for number in range(3000)], "x": np.arange(3000.0)})
    frame.loc[::10] = None
    imputer = make_imputer("mode", max_levels=50).fit(dd.from_pandas(frame, npartitions=4))
    assert [event.kind for event in imputer.events_] == ["refused"]
    assert "at least 51 distinct values in 2,700 cells" in imputer.events_[0].message


def test_partitions_without_rows_are_passed_over(mixed):
    parts = dd.from_pandas(mixed, npartitions=4)
    filled = make_imputer("linear", random_state=0).fit_transform(parts[parts["age"] > 85])
    assert len(filled) == (mixed["age"] > 85).sum()
    assert not filled.compute().drop(columns="key").isna().any(axis=None)


@pytest.mark.parametrize("method", ORDERED)
def test_methods_that_read_the_order_are_refused_with_a_way_out(method, mixed):
    with pytest.raises(UnsuitableTable, match=f"'{method}' reads the rows in their order.*pandas"):
        make_imputer(method).fit(dd.from_pandas(mixed, npartitions=2))


def test_categories_that_dask_does_not_know_are_refused_by_name(mixed):
    parts = dd.from_pandas(mixed, npartitions=2)
    parts["grade"] = parts["grade"].cat.as_unknown()
    with pytest.raises(UnsuitableTable, match=r"categories of 'grade'.*categorize"):
        make_imputer("mode").fit(parts)


def test_a_cluster_of_processes_fills_as_this_process_does():
    frame = tall(3000)
    filled = make_imputer("linear", random_state=3).fit_transform(frame)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster),
        dask.config.set(scheduler=None),
    ):
        imputer = make_imputer("linear", random_state=3, progress=lambda _: True)
        lazy = imputer.fit_transform(dd.from_pandas(frame, npartitions=4))
        pd.testing.assert_frame_equal(lazy.compute(), filled, rtol=1e-8)
        assert imputer.per_column_["filled"].sum() == frame.isna().sum().sum()


def test_the_library_does_not_load_dask():
    code = "import sys, wrangler.impute; sys.exit(any(name.split('.')[0] == 'dask' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
