"""Number columns at the ends of what their types hold: what overflows, underflows or loses all its digits."""

import numpy as np
import pandas as pd

ROWS = 40
MISSING_ROWS = (1, 6, 7, 18, 29, 33)
_random = np.random.default_rng(5)
_NORMAL = _random.normal(size=ROWS)
_EVEN = np.arange(ROWS) % 2 == 0


def _one_among(value: float) -> np.ndarray:
    cells = _NORMAL.copy()
    cells[3] = value
    return cells


FLOATS = {
    "largest": np.where(_EVEN, 1e308, -1e308),
    "limits": np.where(_EVEN, np.finfo(np.float64).max, -np.finfo(np.float64).max),
    "near largest": 1e308 * (1 + 0.5 * np.tanh(_NORMAL)),
    "square overflows": 1e200 * _NORMAL,
    "constant largest": np.full(ROWS, np.finfo(np.float64).max),
    "constant denormal": np.full(ROWS, 1e-320),
    "denormal": 1e-320 * np.rint(10 * _NORMAL),
    "smallest": np.where(_EVEN, 5e-324, -5e-324),
    "square underflows": 1e-200 * _NORMAL,
    "one largest": _one_among(1e308),
    "one square overflows": _one_among(1e160),
    "one huge": _one_among(1e20),
    "close together": 1e300 * (1 + np.arange(ROWS) * 2.0**-52),
}
FLOATS["all orders"] = np.where(_EVEN, 1.0, -1.0) * 10.0 ** np.linspace(-300, 300, ROWS)


def float_column(kind: str) -> pd.Series:
    """A float64 column of a kind, with missing cells."""
    return pd.Series(FLOATS[kind], name=kind).mask(np.isin(np.arange(ROWS), MISSING_ROWS))


def with_infinite() -> pd.Series:
    """As a Parquet file may hold them."""
    cells = _NORMAL.copy()
    cells[[4, 9]], cells[15] = np.inf, -np.inf
    return pd.Series(cells).mask(np.isin(np.arange(ROWS), MISSING_ROWS))


def _whole(numbers: list[int], dtype: str) -> pd.Series:
    return pd.Series(pd.array(numbers, dtype=dtype)).mask(np.isin(np.arange(ROWS), MISSING_ROWS))


COLUMNS = {
    **{kind: float_column(kind) for kind in FLOATS},
    "infinite": with_infinite(),
    "int64 limits": _whole([2**63 - 1 - n if n % 2 else -(2**63) + n for n in range(ROWS)], "Int64"),
    "int64 close together": _whole([2**62 + n for n in range(ROWS)], "Int64"),
    "uint64": _whole([2**64 - 1 - 3 * n if n % 2 else n for n in range(ROWS)], "UInt64"),
    "uint64 top": _whole([2**64 - 1 - 3 * n for n in range(ROWS)], "UInt64"),
    "float32": pd.Series(np.where(_EVEN, np.finfo(np.float32).max, -np.finfo(np.float32).max).astype("f4")).mask(
        np.isin(np.arange(ROWS), MISSING_ROWS)
    ),
    "date limits": pd.Series(pd.array(np.where(_EVEN, 2**63 - 1, -(2**63) + 1).view("M8[ns]"))).mask(
        np.isin(np.arange(ROWS), MISSING_ROWS)
    ),
}


def beside_others(kind: str) -> pd.DataFrame:
    """A hostile column between plain ones that go with it, in some rows missing too."""
    column = COLUMNS[kind]
    random = np.random.default_rng(6)
    with np.errstate(all="ignore"):
        plain = np.where(_EVEN, 1.0, -1.0) + random.normal(0, 0.3, ROWS)
    other = pd.Series(random.normal(size=ROWS)).mask(random.random(ROWS) < 0.2)
    levels = pd.Series(np.where(plain > 0, "up", "down")).mask(random.random(ROWS) < 0.1)
    return pd.DataFrame({"hostile": column, "plain": plain, "other": other, "levels": levels})


def all_together() -> pd.DataFrame:
    """Every hostile column in one table."""
    frame = pd.DataFrame(COLUMNS)
    frame["plain"] = np.where(_EVEN, 1.0, -1.0) + np.random.default_rng(6).normal(0, 0.3, ROWS)
    return frame
