"""One pass over the partitions of a dask DataFrame: each gives something small, and these are joined in their order."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from dask.base import compute
from dask.delayed import Delayed, delayed

if TYPE_CHECKING:
    import dask.dataframe as dd

Part = TypeVar("Part")
FAN_IN = 4


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
    """The same function, called when its answer is computed: anew each time, as what it is given may be large."""
    later: Callable[..., Delayed] = delayed(function, pure=False)
    return later


def computed(parts: Sequence[Delayed]) -> list[Any]:
    """The parts, worked out by whatever scheduler dask is set to."""
    return list(compute(*parts))  # type: ignore[no-untyped-call]


def aggregate(parts: Sequence[Delayed], join: Callable[[list[Part]], Part]) -> Part:
    """What the parts come to, joined a few at a time, so that many partitions need no more memory than few.

    Parameters
    ----------
    parts : sequence of Delayed
    join : callable
        Makes one of a list of some, which stand in the order of the partitions.

    Returns
    -------
    object
    """
    joined = lazily(join)
    level = list(parts)
    while len(level) > 1:
        level = [joined(level[start : start + FAN_IN]) for start in range(0, len(level), FAN_IN)]
    found: Part = computed(level)[0]
    return found
