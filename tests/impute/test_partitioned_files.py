"""Parquet files imputed partition by partition: as in memory, within bounded memory."""

import subprocess
import sys

import dask
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from wrangler.impute import UnsuitableTable, make_imputer
from wrangler.impute.partitioned import Output, Resources, impute_parquet
from wrangler.impute.partitioned.parquet import bytes_in_memory, read_partitions

pytestmark = pytest.mark.slow

HERE = Resources("dask", memory_bytes=2**20, workers=0)


@pytest.fixture
def source(mixed, tmp_path):
    """The table in row groups of 30."""
    mixed.to_parquet(tmp_path / "input.parquet", row_group_size=30, index=False)
    return tmp_path / "input.parquet"


@pytest.fixture
def output(tmp_path):
    return Output(tmp_path / "imputed.parquet", tmp_path / "mask.parquet")


def test_row_groups_are_read_as_pandas_reads_the_file(source):
    with dask.config.set({"scheduler": "synchronous", "dataframe.convert-string": False}):
        parts = read_partitions(source, 1)
        assert parts.npartitions == 7
        pd.testing.assert_frame_equal(parts.compute(), pd.read_parquet(source))
        assert read_partitions(source, 2**30).npartitions == 1


@pytest.mark.parametrize("resources", [HERE, Resources("dask", memory_bytes=2**30, workers=2)], ids=["here", "cluster"])
def test_a_file_is_imputed_as_in_memory(resources, source, output):
    frame = pd.read_parquet(source)
    whole, parted = (make_imputer("linear", random_state=0, add_indicator=True) for _ in range(2))
    expected = whole.fit_transform(frame)
    assert impute_parquet(parted, source, output, resources) == "dask"
    pd.testing.assert_frame_equal(pd.read_parquet(output.completed), expected, rtol=1e-8)
    pd.testing.assert_frame_equal(pd.read_parquet(output.mask), whole.mask_)
    assert parted.events_ == whole.events_
    pd.testing.assert_frame_equal(parted.per_column_, whole.per_column_)
    assert parted.mask_.compute(scheduler="synchronous").equals(whole.mask_)


def test_categories_of_row_groups_are_taken_together(tmp_path, output):
    parts = [pd.DataFrame({"c": pd.Categorical(levels * 5 + [None])}) for levels in (["b", "a"], ["c", "b"])]
    pd.concat([part.astype("str") for part in parts]).astype("category").to_parquet(
        tmp_path / "c.parquet", row_group_size=11, index=False
    )
    impute_parquet(make_imputer("mode"), tmp_path / "c.parquet", output, HERE)
    filled = pd.read_parquet(output.completed)["c"]
    assert set(filled.cat.categories) == {"a", "b", "c"}
    assert filled.iloc[[10, 21]].tolist() == ["b", "b"]


def test_the_engine_follows_from_the_budget(source):
    size = bytes_in_memory(source)
    assert Resources(memory_bytes=4 * size).chosen(source) == "memory"
    assert Resources(memory_bytes=4 * size - 1).chosen(source) == "dask"
    assert Resources("memory", memory_bytes=1).chosen(source) == "memory"


def test_a_small_file_needs_no_partitions(source, output):
    assert impute_parquet(make_imputer("mean"), source, output) == "memory"
    assert pq.read_metadata(output.mask).num_rows == 200


def test_a_method_that_reads_the_order_reports_it_and_writes_nothing(source, output):
    with pytest.raises(UnsuitableTable, match="'ffill' reads the rows in their order"):
        impute_parquet(make_imputer("ffill"), source, output, HERE)
    assert not output.completed.exists()


MEMORY = """
import resource, sys
from pathlib import Path
from wrangler.impute import make_imputer
from wrangler.impute.partitioned import Resources, Output, impute_parquet

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

folder = Path(sys.argv[1])
output = Output(folder / "o.parquet", folder / "m.parquet")
resources = Resources("dask", memory_bytes=2**24, workers=0)
impute_parquet(make_imputer("linear", random_state=0), folder / "warm.parquet", output, resources)
before = peak()
impute_parquet(make_imputer("linear", random_state=0), folder / "input.parquet", output, resources)
print(peak() - before)
"""


@pytest.mark.slow
def test_memory_follows_the_partition_and_not_the_table(tmp_path):
    """It is long because only a table far larger than one partition shows it."""
    rows, groups, columns = 500_000, 10, 20
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(rows, columns)), columns=[f"x{number}" for number in range(columns)])
    frame = frame.mask(random.random(frame.shape) < 0.1)
    size = rows * columns * 8
    frame.iloc[:60_000].to_parquet(tmp_path / "warm.parquet", row_group_size=rows // groups)
    frame.to_parquet(tmp_path / "input.parquet", row_group_size=rows // groups)
    command = [sys.executable, "-c", MEMORY, str(tmp_path)]
    grown = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert grown < 6 * size / groups
    assert pd.read_parquet(tmp_path / "m.parquet").to_numpy().sum() == frame.isna().to_numpy().sum()
