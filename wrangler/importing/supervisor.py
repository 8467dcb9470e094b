"""The parent of an import: a parser child does the reading, and whatever becomes of it is a result or a refusal."""

import json
import logging
import os
import shutil
import signal
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wrangler.errors import FieldError, ImportRefused
from wrangler.importing.leash import End, run_child
from wrangler.importing.options import ImportLimits, ImportOptions, ImportResult
from wrangler.importing.refusals import Code, refusal

logger = logging.getLogger(__name__)

# A crash in native code with this much of its memory in use is a failed allocation that nobody checked.
CROWDED_SHARE = 0.5


def import_table(
    source: Path, target: Path, *, filename: str, options: ImportOptions, limits: ImportLimits
) -> ImportResult:
    """Read `source` in a child process and leave a typed Parquet file at `target`, all of it or nothing.

    Raises `ImportRefused` with a code of `wrangler.importing.refusals.Code`.
    """
    size = source.stat().st_size
    if size == 0:
        raise refusal(Code.EMPTY_FILE, "The file is empty: it holds no bytes at all.")
    if size > limits.bytes:
        raise refusal(Code.TOO_LARGE, f"The file has {size:,} bytes; at most {limits.bytes:,} are taken.")
    folder = Path(tempfile.mkdtemp(prefix=".import-", dir=target.parent))
    try:
        spec = {
            "source": str(source.resolve()),
            "folder": str(folder.resolve()),
            "filename": filename,
            "options": options.model_dump(mode="json"),
            "limits": asdict(limits),
        }
        (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
        answer = _answer(folder, limits)
        if "refused" in answer:
            raise _as_refusal(answer["refused"])
        result = ImportResult(**answer["result"])
        _publish(folder / "table.parquet", target)
        return result
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answer(folder: Path, limits: ImportLimits) -> dict[str, Any]:
    """Run the child to its end, whatever end that is, and read what it found."""
    end = run_child(folder, timeout_seconds=limits.seconds)
    if end is None:
        raise _timed_out(limits)
    path = folder / "answer.json"
    if end.status == 0 and path.is_file():
        answer: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if "defect" in answer:
            logger.error("the import parser failed: %s", answer["defect"])
        if "cause" in answer:
            logger.info("the import was refused because of: %s", answer["cause"])
        return answer
    logger.warning("the import parser died with status %s: %s", end.status, end.stderr)
    raise _death(end, limits)


def _timed_out(limits: ImportLimits) -> ImportRefused:
    return refusal(Code.TIMED_OUT, f"Reading the file took longer than {limits.seconds:g} seconds.")


def _death(end: End, limits: ImportLimits) -> ImportRefused:
    if end.status == -signal.SIGXCPU:
        return _timed_out(limits)
    if end.status == -signal.SIGXFSZ:
        return refusal(Code.TOO_LARGE, "The table written from the file grew beyond the allowed size.")
    is_crowded = end.peak_memory_bytes > CROWDED_SHARE * limits.memory_bytes
    if end.status == -signal.SIGKILL or is_crowded or "MemoryError" in end.stderr:
        memory = f"{limits.memory_bytes // 2**20:,} MB"
        return refusal(Code.OUT_OF_MEMORY, f"Reading the file needed more than the {memory} it may use.")
    return refusal(Code.PARSER_DIED, "The file made its reader crash. It is damaged, or made to do harm.")


def _as_refusal(answer: dict[str, Any]) -> ImportRefused:
    errors = [FieldError(**error) for error in answer["errors"]]
    return ImportRefused(answer["message"], errors=errors, code=answer["code"], **answer["facts"])


def _publish(table: Path, target: Path) -> None:
    """The table appears under its name only when all of it is on disk."""
    descriptor = os.open(table, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    table.replace(target)
