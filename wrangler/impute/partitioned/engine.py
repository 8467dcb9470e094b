"""A Parquet file imputed into a Parquet file: in memory when it fits the budget, otherwise partition by partition."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

import dask
import pandas as pd

from wrangler.impute.events import Record
from wrangler.impute.partitioned.mapping import Filled, PartitionedRecord, delayed_parts, joined_records
from wrangler.impute.partitioned.parquet import bytes_in_memory, read_partitions, writer
from wrangler.impute.partitioned.passes import computed

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer

NEEDED = 4  # times the table itself, while it is filled in memory
SHARE = 1 / 16  # of a worker's memory, which a partition may take: it is held encoded, completed and masked as well


@dataclass(frozen=True)
class Means:
    """What an imputation may use.

    Attributes
    ----------
    engine : {"auto", "memory", "dask"}
        "auto" takes memory when the table, four times over, fits the budget.
    memory_bytes : int
        The budget, of all workers together.
    scheduler : str
        The address of a Dask scheduler whose workers see the same files; a local cluster when empty.
    workers : int
        Processes of the local cluster; 0 for none, so that one partition after the other is worked on here.
    """

    engine: Literal["auto", "memory", "dask"] = "auto"
    memory_bytes: int = 2 * 1024**3
    scheduler: str = ""
    workers: int = 2

    def chosen(self, path: Path) -> Literal["memory", "dask"]:
        """The engine for a file."""
        if self.engine != "auto":
            return self.engine
        return "memory" if NEEDED * bytes_in_memory(path) <= self.memory_bytes else "dask"

    @property
    def partition_bytes(self) -> int:
        """The largest partition that is made of several row groups."""
        return int(self.memory_bytes / max(self.workers, 1) * SHARE)


@dataclass(frozen=True)
class Output:
    """The files that are written: the completed table, and which of its cells were filled."""

    completed: Path
    mask: Path


def impute_parquet(imputer: "Imputer", source: Path, output: Output, means: Means | None = None) -> str:
    """Fit from a Parquet file and write it completed, with its mask; `imputer` keeps the record.

    Parameters
    ----------
    imputer : Imputer
    source : Path
    output : Output
    means : Means, optional

    Returns
    -------
    str
        The engine that was used, "memory" or "dask".

    Raises
    ------
    ImputationError
        When the table or an option cannot be worked with, or the method cannot be worked in partitions.
    """
    means = means or Means()
    engine = means.chosen(source)
    if engine == "memory":
        imputer.fit_transform(pd.read_parquet(source)).to_parquet(output.completed, index=False)
        imputer.mask_.to_parquet(output.mask, index=False)
        return engine
    with dask.config.set({"dataframe.convert-string": False}), cluster(means):
        frame = read_partitions(source, means.partition_bytes)
        imputer.fit(frame)
        record = _write_parts(delayed_parts(imputer, frame), output, max(means.workers, 1))
    own_record = imputer.record_
    mask = read_partitions(output.mask, means.partition_bytes)
    imputer.record_ = PartitionedRecord(
        fitting=own_record.fitting, changes=own_record.changes, is_filling=True, lazy_mask=mask
    )
    imputer.record_.finalize_parts(record)
    return engine


@contextmanager
def cluster(means: Means) -> Iterator[None]:
    """Workers for what is computed under `with`: those of a scheduler, those of a cluster of its own, or this process.

    Parameters
    ----------
    means : Means
    """
    from distributed import Client, LocalCluster  # takes a second, and who fills a dask DataFrame needs none of it

    if means.scheduler:
        with Client(means.scheduler):  # type: ignore[no-untyped-call]
            yield
    elif means.workers:
        limit = means.memory_bytes // means.workers
        with (
            TemporaryDirectory() as folder,
            LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=means.workers,
                threads_per_worker=1,
                memory_limit=limit,
                dashboard_address="127.0.0.1:0",
                local_directory=folder,
            ) as local,
            Client(local),  # type: ignore[no-untyped-call]
        ):
            yield
    else:
        with dask.config.set(scheduler="synchronous"):
            yield


def _write_parts(parts: list[Any], output: Output, at_once: int) -> Record:
    """Write partitions in their order, a few at a time, and answer what was said of them."""
    own_record = Record(is_filling=True)
    with writer(output.completed) as completed, writer(output.mask) as mask:
        for start in range(0, len(parts), at_once):
            found: list[Filled] = computed(parts[start : start + at_once])
            for part in found:
                completed.write(part.completed)
                mask.write(part.mask)
            own_record = joined_records([own_record, *(part.record for part in found)])
    return own_record
