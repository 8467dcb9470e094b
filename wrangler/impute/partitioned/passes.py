"""One pass over the partitions of a dask DataFrame: small results of each are joined in their order."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from dask.base import compute
from dask.delayed import Delayed, delayed

if TYPE_CHECKING:
    import dask.dataframe as dd

Part = TypeVar("Part")
FAN_IN = 4  # results that are joined at once


def partitions(frame: "dd.DataFrame", columns: Sequence[str] | None = None) -> list[Delayed]:
    """The partitions, not yet read; of some columns only, which are then all that is read.

    Parameters
    ----------
    frame : dask DataFrame
    columns : sequence of str, optional

    Returns
    -------
    list of Delayed
    """
    return list((frame if columns is None else frame[list(columns)]).to_delayed())


def lazily(function: Callable[..., object]) -> Callable[..., Delayed]:
    """The same function, delayed; not pure, since dask would hash its arguments, which may be large."""
    delayed_function: Callable[..., Delayed] = delayed(function, pure=False)
    return delayed_function


def computed(parts: Sequence[Delayed]) -> list[Any]:
    """The parts, computed by the scheduler that dask is set to."""
    return list(compute(*parts))  # type: ignore[no-untyped-call]


def aggregate(parts: Sequence[Delayed], join: Callable[[list[Part]], Part]) -> Part:
    """Join the parts, a few at a time, so that many partitions need no more memory than few.

    Parameters
    ----------
    parts : sequence of Delayed
    join : callable
        Makes one part of a list of some, which are in the order of the partitions.

    Returns
    -------
    object
    """
    joined = lazily(join)
    level = list(parts)
    while len(level) > 1:
        level = [joined(level[start : start + FAN_IN]) for start in range(0, len(level), FAN_IN)]
    whole: Part = computed(level)[0]
    return whole
