"""Hypothesis strategies for tables of mixed types, as awkward as real ones."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

WORDS = ("red", "green", "blue", "Ä ß", "")
LEVELS = ("low", "mid", "high")


REALS = st.one_of(st.floats(-1e3, 1e3), st.sampled_from([0.0, -0.0, 1e300, -1e300, 1e-300, np.inf, -np.inf, 5e-324]))
INTEGERS = st.one_of(st.integers(-100, 100), st.sampled_from([2**62, -(2**62), 2**53 + 1]))
TIMES = st.datetimes(pd.Timestamp("1700-01-01"), pd.Timestamp("2200-01-01"))
SPANS = st.timedeltas(timedelta(days=-3000), timedelta(days=3000))


def _objects(values: list) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _reals(values: list) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _arrow(values: list, kind: pa.DataType) -> pd.Series:
    return pa.array(values, kind).to_pandas(types_mapper=pd.ArrowDtype)


DAYS = tuple(pd.date_range("2024-01-01", periods=4))
COLUMNS = {
    "float": (REALS, lambda cells: pd.array(cells, dtype="float64").to_numpy(float, na_value=np.nan)),
    "float32": (
        st.floats(-1e3, 1e3, width=32),
        lambda cells: np.array([np.nan if c is None else c for c in cells], "f4"),
    ),
    "Float64": (st.floats(-1e3, 1e3), lambda cells: pd.array(cells, dtype="Float64")),
    "Int64": (INTEGERS, lambda cells: pd.array(cells, dtype="Int64")),
    "UInt8": (st.integers(0, 255), lambda cells: pd.array(cells, dtype="UInt8")),
    "boolean": (st.booleans(), lambda cells: pd.array(cells, dtype="boolean")),
    "bool objects": (st.booleans(), _objects),
    "category": (st.sampled_from(WORDS), lambda cells: pd.Categorical(cells, categories=WORDS)),
    "ordered": (st.sampled_from(LEVELS), lambda cells: pd.Categorical(cells, categories=LEVELS, ordered=True)),
    "number levels": (st.sampled_from([1, 2, 3]), lambda cells: pd.Categorical(cells, categories=[3, 2, 1])),
    "str": (st.sampled_from(WORDS), lambda cells: pd.array(cells, dtype="str")),
    "text objects": (st.sampled_from(WORDS), _objects),
    "decimal": (st.decimals(-1000, 1000, places=2), _objects),
    "date": (TIMES, lambda cells: pd.array(pd.DatetimeIndex(cells).as_unit("us"))),
    "zoned": (
        TIMES,
        lambda cells: pd.array(pd.DatetimeIndex(cells).as_unit("ns").tz_localize("UTC").tz_convert("Asia/Tokyo")),
    ),
    "duration": (SPANS, lambda cells: pd.array(pd.TimedeltaIndex(cells).as_unit("us"))),
    "int8": (st.integers(-128, 127), lambda cells: pd.array(cells, dtype="Int8")),
    "UInt64": (
        st.one_of(st.integers(0, 9), st.sampled_from([2**64 - 1, 2**63])),
        lambda cells: pd.array(cells, dtype="UInt64"),
    ),
    "whole objects": (st.integers(-9, 9), _objects),
    "seconds": (TIMES, lambda cells: pd.array(pd.DatetimeIndex(cells).as_unit("s"))),
    "long span": (SPANS, lambda cells: pd.array(pd.TimedeltaIndex(cells).as_unit("s"))),
    "denormal": (st.sampled_from([5e-324, 1e-310, -5e-324, 2e-308]), _reals),
    "huge": (st.sampled_from([1.7e308, -1.7e308, 1e200]), _reals),
    "rare levels": (
        st.sampled_from(["a"] * 20 + list("bcdefgh")),
        lambda cells: pd.Categorical(cells, categories=list("hgfedcbaz")),
    ),
    "levels of dates": (st.sampled_from(DAYS), lambda cells: pd.Categorical(cells, categories=DAYS[::-1])),
    "arrow float": (REALS, lambda cells: _arrow(cells, pa.float64())),
    "arrow small": (st.floats(-1e3, 1e3, width=32), lambda cells: _arrow(cells, pa.float32())),
    "arrow int": (INTEGERS, lambda cells: _arrow(cells, pa.int64())),
    "arrow byte": (st.integers(0, 255), lambda cells: _arrow(cells, pa.uint8())),
    "arrow bool": (st.booleans(), lambda cells: _arrow(cells, pa.bool_())),
    "arrow text": (st.sampled_from(WORDS), lambda cells: _arrow(cells, pa.string())),
    "arrow large text": (st.sampled_from(WORDS), lambda cells: _arrow(cells, pa.large_string())),
    "arrow instant": (TIMES, lambda cells: _arrow(cells, pa.timestamp("us"))),
    "arrow zoned": (TIMES, lambda cells: _arrow(cells, pa.timestamp("ms", tz="UTC"))),
    "arrow date": (st.dates(), lambda cells: _arrow(cells, pa.date32())),
    "arrow span": (SPANS, lambda cells: _arrow(cells, pa.duration("us"))),
    "arrow decimal": (st.decimals(-1000, 1000, places=2), lambda cells: _arrow(cells, pa.decimal128(9, 2))),
    "arrow levels": (
        st.sampled_from(WORDS),
        lambda cells: _arrow(cells, pa.dictionary(pa.int32(), pa.string())),
    ),
    "python text": (st.sampled_from(WORDS), lambda cells: pd.array(cells, dtype=pd.StringDtype("python"))),
    "period": (st.sampled_from(DAYS), lambda cells: pd.PeriodIndex(cells, freq="D").array),
    "interval": (
        st.integers(0, 5),
        lambda cells: pd.arrays.IntervalArray.from_tuples([None if c is None else (c, c + 1) for c in cells]),
    ),
    "sparse": (st.floats(-9, 9), lambda cells: pd.arrays.SparseArray(_reals(cells))),
    "lists": (st.lists(st.integers(0, 3), max_size=2), _objects),
    "missing": (st.none(), lambda cells: np.full(len(cells), np.nan)),
    "missing objects": (st.none(), _objects),
    "constant": (st.just(7.5), lambda cells: pd.array(cells, dtype="Float64").to_numpy(float, na_value=np.nan)),
    "mixed": (st.sampled_from(["a", 1, Decimal(2)]), _objects),
    "complex": (
        st.complex_numbers(max_magnitude=9),
        lambda cells: np.array([np.nan if c is None else c for c in cells], complex),
    ),
}
COMPLETE = {
    "int": (st.integers(-100, 100), lambda cells: np.array(cells, dtype="int64")),
    "bool": (st.booleans(), lambda cells: np.array(cells, dtype=bool)),
}


@st.composite
def tables(draw: st.DrawFn, most_rows: int = 14) -> pd.DataFrame:
    """A table of 0 to `most_rows` rows, with a plain, text, duplicate or two-level index."""
    rows = draw(st.integers(0, most_rows))
    kinds = draw(st.lists(st.sampled_from([*COLUMNS, *COMPLETE]), min_size=1, max_size=5))
    data = {}
    for number, kind in enumerate(kinds):
        cells, build = (COLUMNS | COMPLETE)[kind]
        missing_mask = st.none() if kind in COLUMNS else cells
        values = draw(st.lists(st.one_of(cells, missing_mask), min_size=rows, max_size=rows))
        name = draw(st.sampled_from([f"{kind} {number}", f"  {number}", f'{number}~/%"{{}}\n', f"ß {number}"]))
        data[name] = pd.Series(build(values))
        if draw(st.integers(0, 9)) == 0:
            data[f"{kind} again {number}"] = data[name].copy()
    frame = pd.DataFrame(data, index=range(rows)) if rows else pd.DataFrame(data)
    frame.index = draw(st.sampled_from(INDEXES))(rows)
    return frame


INDEXES = (
    pd.RangeIndex,
    lambda rows: pd.Index([f"row {number}" for number in range(rows)], dtype="str", name="key"),
    lambda rows: pd.Index([0] * rows),
    lambda rows: pd.date_range("2024-01-01", periods=rows, freq="h"),
    lambda rows: pd.Index([np.nan, *range(rows)][:rows]),
    lambda rows: pd.CategoricalIndex(["a"] * rows),
    lambda rows: pd.MultiIndex.from_arrays([[1] * rows, list(range(rows))], names=["a", "b"]),
)
