"""What the fork server has done once, so that no run does it again: imports, compiled schemas and templates, fonts."""

import gc
import io
import json
import sys
from importlib import import_module
from pathlib import Path

_MODULES = (
    "wrangler.analyze",
    "wrangler.impute",
    "wrangler.report",
    "wrangler.notebook.kernel.environment",
    "wrangler.notebook.runner.execute",
    "wrangler.notebook.kernel.kernel",
    "wrangler.notebook.runner.main",
    # What these load only when a kernel starts or a cell first needs it.
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "ipykernel.debugger",
    "matplotlib.pyplot",
    "matplotlib_inline.config",
    "pandas.io.formats.html",
    "pandas.io.formats.string",
    "pyarrow.dataset",
    "pyarrow.parquet.encryption",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.neighbors",
    "tornado.platform.asyncio",
    "tornado.queues",
)
_SAMPLE = {
    "cells": [
        {
            "cell_type": "markdown",
            "id": "a",
            "metadata": {},
            "source": "# Warm\n\n- *prose*\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        },
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {},
            "source": "x: int = 1  # a comment",
            "execution_count": 1,
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": "printed"},
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {"text/html": "<table><tr><td>1</td></tr></table>", "text/plain": "1"},
                },
            ],
        },
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def preload() -> None:
    """Load what runs load, and freeze it so that forks share its memory for good."""
    _load_libraries()
    _prepare_reports()
    _impute()
    _draw()
    gc.collect()
    gc.freeze()


def _load_libraries() -> None:
    for name in _MODULES:
        import_module(name)
    for module in list(sys.modules.values()):
        getattr(module, "__file__", None)  # every kernel asks for it, and then the lazy ones are loaded


def _prepare_reports() -> None:
    from wrangler.notebook.documents import document_text, read_document
    from wrangler.notebook.rendering.html import render_html

    document = read_document(json.dumps(_SAMPLE))
    document_text(document)
    render_html(document, title="Warm")


def _impute() -> None:
    """Fill and show a table once: pandas and scikit-learn load a good part of themselves only then."""
    import pandas as pd

    from wrangler.impute import make_imputer

    table = pd.DataFrame({"a": [1.0, 2.0, None, 4.0], "b": [1.0, 2.5, 3.0, 3.5], "c": ["x", None, "x", "y"]})
    filled = make_imputer("knn").fit_transform(table)
    filled.describe(include="all")._repr_html_()  # type: ignore[operator]  # the stubs take it for a column


def _draw() -> None:
    """Find the fonts and draw once; not by pyplot, which would choose a backend before there is a notebook."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot([0, 1], label="warm")
    axes.set_title("Warm")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png")


def thread_names() -> list[str]:
    """Every thread of this process as the machine sees it; a fork keeps only the one that forks."""
    return sorted(entry.joinpath("comm").read_text().strip() for entry in Path("/proc/self/task").iterdir())
