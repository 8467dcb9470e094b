"""Means, medians and modes of whole columns by passes over their partitions, as exact as in memory.

The median is found digit by digit: numbers become integers of the same order, and each pass counts the next sixteen
bits of those that agree with the median so far. So it is the exact median, by four passes in constant memory. The mode
counts distinct numbers; where these are too many for the memory, each pass counts a share of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wrangler.impute.arrays import Floats
from wrangler.impute.encoding import Codec, encode
from wrangler.impute.partitioned.passes import aggregate, lazily, partitions
from wrangler.impute.partitioned.survey import Tallied

if TYPE_CHECKING:
    import dask.dataframe as dd

DIGIT, DIGITS = 16, 4
MOST_DISTINCT = 4_000_000
SIGN = np.uint64(1 << 63)
MIXER = np.uint64(0x9E3779B97F4A7C15)
Keys = npt.NDArray[np.uint64]
Counted = dict[str, tuple[Floats, npt.NDArray[np.int64]] | None]
Asked = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Source:
    """A dask DataFrame, and how its columns are encoded."""

    frame: "dd.DataFrame"
    codecs: Mapping[str, Codec]

    def known(self, names: Sequence[str]) -> list[Any]:
        """For each partition the observed cells of some columns, encoded, by name; not yet read."""
        codecs = {name: self.codecs[name] for name in names}
        return [lazily(known_of)(part, codecs) for part in partitions(self.frame, names)]


def known_of(part: pd.DataFrame, codecs: Mapping[str, Codec]) -> dict[str, Floats]:
    """Observed cells of each column of a partition, encoded."""
    return {name: column.known for name, column in encode(part, codecs).columns.items()}


def means(source: Source, columns: Mapping[str, Tallied]) -> dict[str, float]:
    """The mean of each column; NaN where nothing is observed."""
    add = lazily(_sums)
    totals = aggregate([add(known) for known in source.known(list(columns))], _added)
    return {name: total / count if count else np.nan for name, (total, count) in totals.items()}


def medians(source: Source, columns: Mapping[str, Tallied]) -> dict[str, float]:
    """The median of each column, the lower one of two middle levels; NaN where nothing is observed."""
    by_name = {name: _middle_level(column) for name, column in columns.items() if column.is_categorical}
    numbers = [name for name in columns if name not in by_name]
    if numbers:
        by_name |= _middle_numbers(source, numbers)
    return {name: by_name[name] for name in columns}


def modes(source: Source, columns: Mapping[str, Tallied]) -> dict[str, float]:
    """The most frequent value of each column, of equals the first; NaN where nothing is observed."""
    by_name = {name: column.mode for name, column in columns.items() if column.is_categorical}
    numbers = [name for name in columns if name not in by_name]
    if numbers:
        by_name |= _most_frequent_numbers(source, numbers)
    return {name: by_name[name] for name in columns}


def _sums(known: Mapping[str, Floats]) -> dict[str, tuple[float, int]]:
    return {name: (float(cells.sum()), len(cells)) for name, cells in known.items()}


def _added(parts: list[dict[str, tuple[float, int]]]) -> dict[str, tuple[float, int]]:
    return {name: (sum(part[name][0] for part in parts), sum(part[name][1] for part in parts)) for name in parts[0]}


def _middle_level(column: Tallied) -> float:
    reached = column.counts.cumsum()
    if not len(reached) or not reached[-1]:
        return np.nan
    return float(np.searchsorted(reached, (reached[-1] - 1) // 2, side="right"))


def _middle_numbers(source: Source, names: Sequence[str]) -> dict[str, float]:
    known = _counts_of(source, names)
    ranks = {name: sorted({(known[name] - 1) // 2, known[name] // 2}) for name in names if known[name]}
    prefixes: dict[str, dict[int, int]] = {name: dict.fromkeys(places, 0) for name, places in ranks.items()}
    below: dict[str, dict[int, int]] = {name: dict.fromkeys(places, 0) for name, places in ranks.items()}
    for digit in range(DIGITS):
        asked = {name: sorted(set(by_rank.values())) for name, by_rank in prefixes.items()}
        counted = _digits(source, asked, digit)
        for name, by_rank in prefixes.items():
            for rank, prefix in by_rank.items():
                reached = counted[name, prefix].cumsum()
                place = int(np.searchsorted(reached, rank - below[name][rank], side="right"))
                below[name][rank] += int(reached[place - 1]) if place else 0
                by_rank[rank] = (prefix << DIGIT) | place
    middles = {
        name: np.mean(_numbers(np.array(list(by_rank.values()), np.uint64))) for name, by_rank in prefixes.items()
    }
    return {name: float(middles.get(name, np.nan)) for name in names}


def _counts_of(source: Source, names: Sequence[str]) -> dict[str, int]:
    count = lazily(_sums)
    return {
        name: number for name, (_, number) in aggregate([count(known) for known in source.known(names)], _added).items()
    }


def _digits(source: Source, asked: Asked, digit: int) -> dict[tuple[str, int], npt.NDArray[np.int64]]:
    count = lazily(digits_of)
    return aggregate([count(known, asked, digit) for known in source.known(list(asked))], _summed)


def digits_of(known: Mapping[str, Floats], asked: Asked, digit: int) -> dict[tuple[str, int], npt.NDArray[np.int64]]:
    """How often each value of a digit occurs among the numbers of each prefix."""
    counted = {}
    for name, wanted in asked.items():
        keys = _keys(known[name])
        heads = keys >> np.uint64(64 - DIGIT * digit) if digit else np.zeros(len(keys), np.uint64)
        for prefix in wanted:
            tails = keys[heads == np.uint64(prefix)] >> np.uint64(64 - DIGIT * (digit + 1))
            values = (tails & np.uint64((1 << DIGIT) - 1)).astype(np.intp)
            counted[name, prefix] = np.bincount(values, minlength=1 << DIGIT).astype(np.int64)
    return counted


def _summed(parts: list[dict[tuple[str, int], npt.NDArray[np.int64]]]) -> dict[tuple[str, int], npt.NDArray[np.int64]]:
    return {key: np.sum([part[key] for part in parts], axis=0) for key in parts[0]}


def _keys(numbers: Floats) -> Keys:
    """Integers in the order of the numbers."""
    bits = (numbers + 0.0).view(np.uint64)
    return np.where(bits & SIGN, ~bits, bits | SIGN)


def _numbers(keys: Keys) -> Floats:
    return np.where(keys & SIGN, keys ^ SIGN, ~keys).view(np.float64)


@dataclass(frozen=True)
class Share:
    """Which distinct numbers a pass counts: share `number` of `among`, and none if they are more than `most`."""

    number: int = 0
    among: int = 1
    most: int = MOST_DISTINCT


def _most_frequent_numbers(source: Source, names: Sequence[str]) -> dict[str, float]:
    known, most = _counts_of(source, names), MOST_DISTINCT // len(names)
    best: dict[str, tuple[int, float]] = {}
    crowded = _count_shares(source, {name: Share(most=most) for name in names}, best)
    among = {name: -(-known[name] // most) for name in crowded}
    for number in range(max(among.values(), default=0)):
        turn = {name: Share(number, count, known[name]) for name, count in among.items() if number < count}
        _count_shares(source, turn, best)
    return {name: -best[name][1] if name in best else np.nan for name in names}


def _count_shares(source: Source, shares: Mapping[str, Share], best: dict[str, tuple[int, float]]) -> list[str]:
    """Keep in `best` the most frequent number of each share; returns the columns with too many to count."""
    count = lazily(distinct_of)
    counted_by_name = aggregate(
        [count(known, shares) for known in source.known(list(shares))], partial(joined_counts, shares)
    )
    for name, counted in counted_by_name.items():
        if counted is not None and len(counted[0]):
            place = int(counted[1].argmax())
            best[name] = max(best.get(name, (0, 0.0)), (int(counted[1][place]), -float(counted[0][place])))
    return [name for name, counted in counted_by_name.items() if counted is None]


def distinct_of(known: Mapping[str, Floats], shares: Mapping[str, Share]) -> Counted:
    """The distinct numbers of a share of each column, ascending, and how often each occurs."""
    counted: Counted = {}
    for name, share in shares.items():
        numbers = known[name] + 0.0
        if share.among > 1:
            mixed = (_keys(numbers) * MIXER) >> np.uint64(32)
            numbers = numbers[mixed % np.uint64(share.among) == np.uint64(share.number)]
        counted[name] = np.unique(numbers, return_counts=True)
    return counted


def joined_counts(shares: Mapping[str, Share], parts: list[Counted]) -> Counted:
    """The distinct numbers of several partitions; None where there are more than the most to hold."""
    return {name: _joined([part[name] for part in parts], share.most) for name, share in shares.items()}


def _joined(
    parts: list[tuple[Floats, npt.NDArray[np.int64]] | None], most: int
) -> tuple[Floats, npt.NDArray[np.int64]] | None:
    counted = [part for part in parts if part is not None]
    if len(counted) < len(parts):
        return None
    numbers, places = np.unique(np.concatenate([part[0] for part in counted]), return_inverse=True)
    counts = np.bincount(places, np.concatenate([part[1] for part in counted]), len(numbers)).astype(np.int64)
    return (numbers, counts) if len(numbers) <= most else None
