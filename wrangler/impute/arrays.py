"""The types that annotations share: arrays of numbers, cells and dtypes of pandas, and what a caller may pass."""

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from pandas.api.extensions import ExtensionArray, ExtensionDtype

if TYPE_CHECKING:
    import dask.dataframe as dd
    import pandas as pd

Floats: TypeAlias = npt.NDArray[np.float64]
Singles: TypeAlias = npt.NDArray[np.float32]
Bools: TypeAlias = npt.NDArray[np.bool_]

Rows: TypeAlias = npt.NDArray[np.intp]
"""Positions of rows."""

Places: TypeAlias = npt.NDArray[np.intp]
"""Positions in anything else: columns of a matrix, levels, groups."""

Counts: TypeAlias = npt.NDArray[np.intp]
"""How often each of several things occurs."""

Dtype: TypeAlias = np.dtype[Any] | ExtensionDtype
"""The dtype of a column, whether NumPy's or an extension's."""

Cells: TypeAlias = npt.NDArray[Any] | ExtensionArray
"""Cells in the dtype of their column."""

TableLike: TypeAlias = "pd.DataFrame | dd.DataFrame | npt.ArrayLike"
"""What `fit` and `transform` take: a DataFrame, a dask DataFrame, or an array of numbers of shape (rows, columns)."""

RandomState: TypeAlias = int | np.random.RandomState | None
"""What scikit-learn takes as `random_state`."""
