"""The private folder of a run: made ready before it, tidied after it."""

import hashlib
import shutil

from wrangler.errors import Conflict
from wrangler.notebook.spec import (
    HTML_FILE,
    LOG_FILE,
    NOTEBOOK_FILE,
    ORDER_FILE,
    PRIVATE,
    RESULT_FILE,
    TEMPLATE_FILE,
    Order,
    RunSpec,
)

_TAIL_CHARACTERS = 2_000


def prepare(spec: RunSpec, environment: dict[str, str]) -> None:
    """Put the order and the template's bytes in place and take away what an earlier run may have left."""
    content = spec.template.path.read_bytes()
    if hashlib.sha256(content).hexdigest() != spec.template.sha256:
        raise Conflict(
            f"The template {spec.template.kind!r} has changed since this run was asked for. Ask for it again.",
            code="template_changed",
        )
    parameters = spec.template.complete(spec.parameters)
    tidy(spec)
    for name in (NOTEBOOK_FILE, HTML_FILE, RESULT_FILE):
        (spec.folder / name).unlink(missing_ok=True)
    for name in ("tmp", "cache", "config", "jupyter", "ipython", "matplotlib"):
        (spec.folder / PRIVATE / name).mkdir(parents=True, mode=0o700)
    (spec.folder / PRIVATE).chmod(0o700)
    (spec.folder / TEMPLATE_FILE).write_bytes(content)
    Order.of(spec, parameters, environment).write(spec.folder / ORDER_FILE)


def log_tail(spec: RunSpec) -> str:
    """The last words of the runner."""
    path = spec.folder / LOG_FILE
    return path.read_text(encoding="utf-8", errors="replace")[-_TAIL_CHARACTERS:] if path.is_file() else ""


def tidy(spec: RunSpec) -> None:
    """Take the machinery's own part away."""
    shutil.rmtree(spec.folder / PRIVATE, ignore_errors=True)
