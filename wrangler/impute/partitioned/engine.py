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

NEEDED = 4  # memory to fill a table, in multiples of the table itself
SHARE = 1 / 16  # of a worker's memory for one partition, which is also held encoded, completed and as a mask


@dataclass(frozen=True)
class Resources:
    """The engine and the memory that an imputation may use.

    Attributes
    ----------
    engine : {"auto", "memory", "dask"}
        "auto" takes memory when the table, four times over, fits the budget.
    memory_bytes : int
        The budget, of all workers together.
    scheduler : str
        The address of a Dask scheduler whose workers see the same files; a local cluster when empty.
    workers : int
        Processes of the local cluster; 0 to fill one partition after the other in this process.
    """

    engine: Literal["auto", "memory", "dask"] = "auto"
    memory_bytes: int = 2 * 1024**3
    scheduler: str = ""
    workers: int = 2

    def chosen(self, path: Path) -> Literal["memory", "dask"]:
        """The engine for a file, "auto" decided by its size."""
        if self.engine != "auto":
            return self.engine
        return "memory" if NEEDED * bytes_in_memory(path) <= self.memory_bytes else "dask"

    @property
    def partition_bytes(self) -> int:
        """The largest partition that several row groups are joined to."""
        return int(self.memory_bytes / max(self.workers, 1) * SHARE)


@dataclass(frozen=True)
class Output:
    """The files that are written: the completed table, and the mask of its filled cells."""

    completed: Path
    mask: Path


def impute_parquet(imputer: "Imputer", source: Path, output: Output, resources: Resources | None = None) -> str:
    """Fit from a Parquet file and write it completed, with its mask; `imputer` keeps the record.

    Parameters
    ----------
    imputer : Imputer
    source : Path
    output : Output
    resources : Resources, optional

    Returns
    -------
    str
        The engine that was used, "memory" or "dask".

    Raises
    ------
    ImputationError
        When the table, an option or, by partitions, the method cannot be worked with.
    """
    resources = resources or Resources()
    engine = resources.chosen(source)
    if engine == "memory":
        imputer.fit_transform(pd.read_parquet(source)).to_parquet(output.completed, index=False)
        imputer.mask_.to_parquet(output.mask, index=False)
        return engine
    with dask.config.set({"dataframe.convert-string": False}), cluster(resources):
        frame = read_partitions(source, resources.partition_bytes)
        imputer.fit(frame)
        filling = _write_parts(delayed_parts(imputer, frame), output, max(resources.workers, 1))
    record = imputer.record_
    mask = read_partitions(output.mask, resources.partition_bytes)
    imputer.record_ = PartitionedRecord(fitting=record.fitting, changes=record.changes, is_filling=True, lazy_mask=mask)
    imputer.record_.finalize_parts(filling)
    return engine


@contextmanager
def cluster(resources: Resources) -> Iterator[None]:
    """A context whose computations run on the workers of a scheduler, of a local cluster, or in this process.

    Parameters
    ----------
    resources : Resources
    """
    from distributed import Client, LocalCluster  # takes a second, and only files need it

    if resources.scheduler:
        with Client(resources.scheduler):  # type: ignore[no-untyped-call]
            yield
    elif resources.workers:
        limit = resources.memory_bytes // resources.workers
        with (
            TemporaryDirectory() as folder,
            LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=resources.workers,
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
    """Write partitions in their order, a few at a time; returns their records, joined."""
    record = Record(is_filling=True)
    with writer(output.completed) as completed, writer(output.mask) as mask:
        for start in range(0, len(parts), at_once):
            filled: list[Filled] = computed(parts[start : start + at_once])
            for part in filled:
                completed.write(part.completed)
                mask.write(part.mask)
            record = joined_records([record, *(part.record for part in filled)])
    return record
