"""What the fork server has done once, so that no run does it again: imports, compiled schemas and templates, fonts."""

import gc
import io
import json
from pathlib import Path

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
                {"output_type": "stream", "name": "stdout", "text": "said"},
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


def warm_up() -> None:
    """Load what runs load, and freeze it so that forks share its memory for good."""
    _load_libraries()
    _prepare_reports()
    _draw()
    gc.collect()
    gc.freeze()


def _load_libraries() -> None:
    import wrangler.analyze
    import wrangler.impute
    import wrangler.notebook.execution
    import wrangler.notebook.kernel
    import wrangler.report  # noqa: F401 - loading is the purpose


def _prepare_reports() -> None:
    from wrangler.notebook.document import document_text, read_document
    from wrangler.notebook.html import render_html

    document = read_document(json.dumps(_SAMPLE))
    document_text(document)
    render_html(document, title="Warm")


def _draw() -> None:
    """Find the fonts and draw once; not by pyplot, which would settle on a backend before there is a notebook."""
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
