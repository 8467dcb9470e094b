"""Wrangler: an analysis server for tables with missing cells.

Importing this package loads nothing of the server, so that `wrangler.impute`, `wrangler.analyze` and
`wrangler.report` stay light enough to be used alone in a notebook.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wrangler.app import create_app

__all__ = ["__version__", "create_app"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name == "create_app":
        # By name, so that the packages below, which read the version here, do not import the factory.
        return import_module("wrangler.app").create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
