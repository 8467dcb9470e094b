"""Exporting in a process of its own, so that the server keeps none of the memory that a large table takes."""

import json
import logging
import os
import shutil
import signal
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from wrangler.errors import ExportRefused, InsufficientStorage, WranglerError
from wrangler.sandbox import End, run_child
from wrangler.tables.connection import count_columns, count_rows, open_database
from wrangler.tables.export import export, refuse_unless_in_workbook
from wrangler.tables.options import EXPORT_PREFIX, ExportLimits

FEW_CELLS = 100_000
DEFAULT_LIMITS = ExportLimits()
_CHILD_MODULE = "wrangler.tables.export_child"
INSTEAD = "Take Parquet, which is the table as it is stored, or make a version with fewer columns."
logger = logging.getLogger(__name__)


def export_in_child(
    path: Path,
    target: Path,
    format: Literal["csv", "jsonl", "parquet", "xlsx"],  # noqa: A002 - the word of the public face
    *,
    guard_formulas: bool = True,
    limits: ExportLimits = DEFAULT_LIMITS,
) -> None:
    """The same as `export`, within limits; only small tables are written by this process itself.

    Raises
    ------
    ExportRefused
        When the format does not hold the table; with the codes `export_timed_out`, `export_out_of_memory` and
        `export_too_large` when making the file breaks a limit.
    InsufficientStorage
        When the disk is full.
    """
    if format == "parquet":
        export(path, target, format)
        return
    rows, columns = _extent(path)
    if format == "xlsx":
        refuse_unless_in_workbook(rows, columns)
    if rows * columns <= FEW_CELLS:
        export(path, target, format, guard_formulas=guard_formulas)
        return
    folder = Path(tempfile.mkdtemp(prefix=EXPORT_PREFIX, dir=target.parent)).resolve()
    try:
        draft = folder / "draft"
        spec = {
            "parent": os.getpid(),
            "path": str(path.resolve()),
            "target": str(draft),
            "format": format,
            "guard_formulas": guard_formulas,
            "limits": asdict(limits),
        }
        (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
        end = run_child(_CHILD_MODULE, folder, timeout_seconds=limits.seconds, look=lambda: None)
        exc = _failure(folder, end, limits)
        if exc is not None:
            raise exc
        draft.replace(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _extent(path: Path) -> tuple[int, int]:
    with open_database(path, folder=None, memory_bytes=1 << 26, threads=1) as con:
        return count_rows(con, path), count_columns(con, path)


def _failure(folder: Path, end: End | None, limits: ExportLimits) -> Exception | None:
    """The error to raise for the way in which the child ended; None when the file is there."""
    if end is None or end.status == -signal.SIGXCPU:
        return _refusal("export_timed_out", limits)
    path = folder / "outcome.json"
    if end.status == 0 and path.is_file():
        outcome: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return _refusal(**outcome, limits=limits) if outcome else None
    logger.warning("the export died with status %s: %s", end.status, end.stderr)
    if end.status == -signal.SIGKILL or "MemoryError" in end.stderr:
        return _refusal("export_out_of_memory", limits)
    return RuntimeError(f"the export died with status {end.status}: {end.stderr[-2000:]}")


def _refusal(code: str, limits: ExportLimits, message: str = "") -> WranglerError:
    if code == "insufficient_storage":
        return InsufficientStorage("There is no disk space left for this download on the server; ask its operator.")
    reasons = {
        "export_timed_out": f"took longer than {limits.seconds:g} seconds",
        "export_out_of_memory": f"needed more than the {limits.memory_bytes // 2**20:,} MB it may use",
        "export_too_large": f"grew beyond the {limits.file_bytes // 2**20:,} MB that it may have",
    }
    return ExportRefused(message or f"Making this file {reasons[code]}. {INSTEAD}", code=code)
