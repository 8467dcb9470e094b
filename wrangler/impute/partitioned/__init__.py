"""The same imputers on dask DataFrames: fitted by passes over the partitions, filled partition by partition.

`impute_parquet` applies this to a Parquet file that is larger than memory.

Imported only when a dask DataFrame is given; nothing else of the library imports dask. The fit is the one that the
whole table would give in memory (see ADR 8): exact sums, counts, levels and medians over all partitions, and for
methods that fit on a sample the same rows as they would draw in memory.
"""

from wrangler.impute.partitioned.engine import Output, Resources, impute_parquet
from wrangler.impute.partitioned.fitting import fit_partitions
from wrangler.impute.partitioned.mapping import fill_partitions

__all__ = ["Output", "Resources", "fill_partitions", "fit_partitions", "impute_parquet"]
