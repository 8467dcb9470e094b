"""Settling a run whose runner cannot do it any more: a fresh child marks and renders what was saved last."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from wrangler.notebook import isolation, settlement
from wrangler.notebook.document import read_document
from wrangler.notebook.outcome import RunError
from wrangler.notebook.spec import NOTEBOOK_FILE, ORDER_FILE, TEMPLATE_FILE, Order, RunSpec

_LONGEST_SECONDS = 60


def settle(spec: RunSpec, environment: dict[str, str], error: RunError, cell: int | None) -> RunError:
    """Have the report written; gives the error as it stands in the report, or as it was when even that failed.

    `cell` is where the run is known to have been, which may be further than what it had saved.
    """
    argv = [sys.executable, "-P", "-m", "wrangler.notebook.settle", *([isolation.FLAG] if spec.isolated else [])]
    order = json.dumps({"error": asdict(error), "cell": cell})
    try:
        child = subprocess.run(
            argv,
            input=order,
            cwd=spec.folder,
            env=environment,
            capture_output=True,
            timeout=_LONGEST_SECONDS,
            check=True,
            text=True,
        )
    except subprocess.SubprocessError:
        return error
    return RunError.told(json.loads(child.stdout))


def main() -> None:
    folder = Path.cwd()
    if isolation.FLAG in sys.argv:
        isolation.enter(folder, os.getppid())
    saved = folder / NOTEBOOK_FILE
    source = saved if saved.is_file() else folder / TEMPLATE_FILE
    notebook = read_document(source.read_text(encoding="utf-8"))
    order = json.load(sys.stdin)
    if saved.is_file() and order["cell"] is not None:
        settlement.reach(notebook, order["cell"])
    error = settlement.mark(notebook, RunError(**order["error"]))
    settlement.publish(notebook, folder, title=Order.read(folder / ORDER_FILE).title)
    json.dump(asdict(error) if error else None, sys.stdout)


if __name__ == "__main__":
    main()
