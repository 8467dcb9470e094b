"""The same imputers on dask DataFrames: fitted by passes over the partitions, filled partition by partition.

Imported only when a dask DataFrame is given; nothing else of the library imports dask. What is fitted is what one
machine would have fitted of the whole table (see ADR 8): exact sums, counts, levels and medians of all partitions,
and of methods that fit on a sample the very rows they would have drawn in memory.
"""

from wrangler.impute.partitioned.fitting import fit_partitions
from wrangler.impute.partitioned.mapping import fill_partitions

__all__ = ["fill_partitions", "fit_partitions"]
