"""Bounds and steps: filled numbers are clipped or reflected into their range, and rounded to whole steps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from wrangler.impute.arrays import Floats
from wrangler.impute.encoding import NUMERIC, Codec, Kind, kind_of, known_columns, zone_of
from wrangler.impute.errors import UnsuitableTable

POLICIES = ("clip", "reflect")
FINEST_PARTS = 2.0**53  # steps in 1, beyond which a float holds no fractions
COUNTABLE = frozenset({Kind.NUMBER, Kind.INTEGER, Kind.DECIMAL})


def check_policy(policy: object) -> None:
    """Refuse an unknown policy.

    Raises
    ------
    UnsuitableTable
        With the names of the policies that there are.
    """
    if policy not in POLICIES:
        raise UnsuitableTable(f"bounds_policy: must be one of {', '.join(POLICIES)}, not {policy!r}.")


def check_bounds(frame: pd.DataFrame, bounds: Mapping[str, Sequence[Any]]) -> None:
    """Refuse bounds of columns that are not numeric, and bounds that are no pair of ascending limits.

    Raises
    ------
    UnsuitableTable
        Naming the column and what is wrong.
    """
    known_columns(frame, bounds, "bounds")
    for name, pair in bounds.items():
        if kind_of(frame[name]) not in NUMERIC:
            raise UnsuitableTable(f"bounds: {name!r} holds no numbers, so it cannot have bounds.")
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:  # noqa: PLR2004 - a pair
            raise UnsuitableTable(f"bounds: {name!r} needs a pair [lowest, highest], null for none, not {pair!r}.")
        low, high = (None if limit is None else _limit(limit, frame[name]) for limit in pair)
        if low is not None and high is not None and low > high:
            raise UnsuitableTable(f"bounds: the lowest of {name!r}, {pair[0]}, lies above the highest, {pair[1]}.")


def _limit(limit: object, column: pd.Series) -> Any:  # noqa: ANN401 - as `scalar_of`
    try:
        return scalar_of(limit, column, kind_of(column))
    except ValueError as exc:
        raise UnsuitableTable(f"bounds: {exc}") from exc


def check_steps(frame: pd.DataFrame, steps: Mapping[str, Any]) -> None:
    """Refuse steps that are not positive, and steps of columns that hold no plain numbers.

    Raises
    ------
    UnsuitableTable
        Naming the column and what is wrong.
    """
    known_columns(frame, steps, "round_to")
    for name, step in steps.items():
        if kind_of(frame[name]) not in COUNTABLE:
            raise UnsuitableTable(f"round_to: {name!r} holds no plain numbers, so it cannot be rounded.")
        if isinstance(step, bool) or not isinstance(step, (int, float)) or not 0 < step < np.inf:
            raise UnsuitableTable(f"round_to: {name!r} needs a step above 0, such as 1 or 0.5, not {step!r}.")


def encoded_limits(pair: Sequence[Any], column: pd.Series, codec: Codec) -> tuple[float, float]:
    """Bounds as the caller gave them, on the scale of the encoded values.

    Raises
    ------
    UnsuitableTable
        When a bound is not a value of the column's type.
    """
    low, high = (encoded_number(limit, column, codec, "bounds") for limit in pair)
    return (-np.inf if np.isnan(low) else low, np.inf if np.isnan(high) else high)


def encoded_number(value: object, column: pd.Series, codec: Codec, role: str) -> float:
    """A number or date as the caller gave it, on the scale of the encoded values; NaN for None.

    Raises
    ------
    UnsuitableTable
        When it is not a value of the column's type.
    """
    if value is None:
        return np.nan
    try:
        scalar = scalar_of(value, column, codec.kind)
        if codec.kind in COUNTABLE:
            return (float(scalar) - codec.offset) / codec.scale
        return float(codec.encode(pd.Series([scalar]).astype(column.dtype))[0])
    except (TypeError, ValueError) as exc:
        raise UnsuitableTable(f"{role}: {exc}") from exc


def scalar_of(value: object, column: pd.Series, kind: Kind) -> Any:  # noqa: ANN401 - compared with cells of any type
    """A value as the caller gave it, as one that can be compared with the cells of `column`.

    A time given without a zone is meant in the zone of the column.

    Raises
    ------
    ValueError
        When it is not a value of the column's type.
    """
    try:
        scalar = _scalar(value, column, kind)
    except (TypeError, ValueError):
        scalar = None
    if scalar is None or scalar is pd.NaT:
        raise ValueError(f"{value!r} is no value for {column.name!r} ({column.dtype}).")
    return scalar


def _scalar(value: Any, column: pd.Series, kind: Kind) -> object:  # noqa: ANN401 - pandas checks it
    if kind in COUNTABLE:
        return value if not isinstance(value, (bool, str)) and np.isfinite(float(value)) else None
    if kind is Kind.DATETIME:
        time, zone = pd.Timestamp(value), zone_of(column)
        if column.dtype == object:  # of dates, which cannot be compared with times
            return time.date() if time.tz is None and time == time.normalize() else None
        return time.tz_localize(zone) if zone is not None and time.tz is None else time
    if kind is Kind.DURATION:
        return pd.Timedelta(value)
    expected = {Kind.TEXT: str, Kind.BOOLEAN: bool}.get(kind, object)
    return value if isinstance(value, expected) else None


def reflected(values: Floats, low: float, high: float) -> Floats:
    """`values` reflected at the limits until they lie between them, so that they do not pile up there."""
    with np.errstate(all="ignore"):
        if np.isinf(low) or np.isinf(high):
            folded = np.where(values < low, 2 * low - values, np.where(values > high, 2 * high - values, values))
        else:
            width = high - low
            phase = np.mod(values - low, 2 * width) if width else np.zeros_like(values)
            inside = (values >= low) & (values <= high)
            folded = np.where(inside, values, low + (width - np.abs(phase - width)))
    return np.where(np.isnan(values), np.nan, np.clip(np.where(np.isnan(folded), low, folded), low, high))


def stepped(values: Floats, step: float, codec: Codec) -> Floats:
    """Encoded `values` at the nearest multiples of `step`, which is in the unit of the column."""
    remainder = float(codec.offset % (int(step) if step == int(step) else step))  # whole numbers exactly
    parts = 1.0 / step
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = codec.in_own_unit(values) + remainder
        # So that 0.1 gives 0.3, not 0.30000000000000004.
        if 1 < parts < FINEST_PARTS and abs(parts - round(parts)) < 1e-9 * parts:
            rounded = np.rint(numbers * round(parts)) / round(parts)
        else:
            rounded = np.rint(numbers / step) * step
        encoded = np.asarray((rounded - remainder) / codec.scale)
    # Beyond the largest float there is nothing to round: floats that large lie further apart than the steps.
    return np.where(np.isfinite(encoded), encoded, values)


def stepped_limits(low: float, high: float, step: float, codec: Codec) -> tuple[float, float]:
    """The lowest and the highest multiple of `step` inside the limits, all encoded."""
    near = stepped(np.array([low, high]), step, codec) if np.isfinite([low, high]).any() else np.array([low, high])
    size = step / codec.scale
    least = low if np.isinf(low) else float(near[0] + (size if near[0] < low else 0.0))
    most = high if np.isinf(high) else float(near[1] - (size if near[1] > high else 0.0))
    return least, most
