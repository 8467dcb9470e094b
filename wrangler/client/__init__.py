"""A small client for scripts and notebooks: what the HTTP interface offers, as Python calls.

>>> from wrangler.client import connect
>>> wrangler = connect("http://localhost:8000", token="wr_...")            # doctest: +SKIP
>>> dataset = wrangler.upload("penguins.csv")                              # doctest: +SKIP
>>> job = wrangler.wait(wrangler.submit("impute", dataset["id"]))          # doctest: +SKIP
>>> wrangler.fetch(job, "imputed.parquet", "imputed.parquet")              # doctest: +SKIP
"""

from wrangler.client.bar import progress_line
from wrangler.client.refused import Refused
from wrangler.client.session import Session, connect

__all__ = ["Refused", "Session", "connect", "progress_line"]
