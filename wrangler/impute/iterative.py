"""Chained equations: each column is regressed on the others, in rounds, until the imputed cells are still.

Source: van Buuren and Groothuis-Oudshoorn, mice, J. Stat. Softw. 45(3), 2011, and scikit-learn's IterativeImputer;
the regressions are solved from one Gram matrix, see `gram`, so that a round costs no pass over the table.
"""

from dataclasses import dataclass

from wrangler.impute.linear import LinearImputer
from wrangler.impute.registry import method


@method(
    "iterative",
    "Chained equations",
    "Columns are predicted from each other in rounds, as by scikit-learn's IterativeImputer, categories included.",
    rank=31,
)
@dataclass(kw_only=True, eq=False, repr=False)
class IterativeImputer(LinearImputer):
    """Chained equations under the name by which they are known; parameters and results are `LinearImputer`'s."""
