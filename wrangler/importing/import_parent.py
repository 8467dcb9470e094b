"""The parent of an import: a parser child does the reading, and however it ends, there is a result or a refusal."""

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
from wrangler.files import sync
from wrangler.importing.errors import Code, out_of_memory, refusal, timed_out
from wrangler.importing.options import MARKERS_FILE, ImportLimits, ImportOptions, ImportResult
from wrangler.importing.progress import Follower, Listener
from wrangler.sandbox import End, run_child

_CHILD_MODULE = "wrangler.importing.import_child"
logger = logging.getLogger(__name__)

# A crash in native code with this much of its memory in use is a failed allocation that nobody checked.
CROWDED_SHARE = 0.5


def import_table(
    source: Path,
    target: Path,
    *,
    filename: str,
    options: ImportOptions,
    limits: ImportLimits,
    listener: Listener | None = None,
) -> ImportResult:
    """Read `source` in a child process and leave a typed Parquet file at `target`, all of it or nothing.

    Where the missing cells of a column have several reasons, `markers.parquet` beside it holds the reason of each.
    `listener` is called again and again with the share done, from 0 to 1, and the stage; it ends the import by raising.
    Raises `ImportRefused` with a code of `wrangler.importing.errors.Code`.
    """
    size = source.stat().st_size
    if size == 0:
        raise refusal(Code.EMPTY_FILE, "The file is empty: it holds no bytes at all.")
    if size > limits.bytes:
        raise refusal(Code.TOO_LARGE, f"The file has {size:,} bytes; at most {limits.bytes:,} are taken.")
    folder = Path(tempfile.mkdtemp(prefix=".import-", dir=target.parent))
    try:
        spec = {
            "parent": os.getpid(),
            "source": str(source.resolve()),
            "folder": str(folder.resolve()),
            "filename": filename,
            "options": options.model_dump(mode="json"),
            "limits": asdict(limits),
        }
        (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
        outcome = _outcome(folder, limits, Follower(folder, listener))
        if "refused" in outcome:
            raise _as_refusal(outcome["refused"])
        result = ImportResult(**outcome["result"])
        if (folder / MARKERS_FILE).is_file():
            _publish(folder / MARKERS_FILE, target.with_name(MARKERS_FILE))
        _publish(folder / "table.parquet", target)
        if listener:
            listener(1.0, "ready")
        return result
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _outcome(folder: Path, limits: ImportLimits, follower: Follower) -> dict[str, Any]:
    """Run the child to its end, whatever end that is, and read what it found."""
    end = run_child(_CHILD_MODULE, folder, timeout_seconds=limits.seconds, look=follower.look)
    if end is None:
        raise timed_out(limits.seconds)
    path = folder / "outcome.json"
    if end.status == 0 and path.is_file():
        outcome: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if "defect" in outcome:
            logger.error("the import parser failed: %s", outcome["defect"])
        if "cause" in outcome:
            logger.info("the import was refused because of: %s", outcome["cause"])
        return outcome
    logger.warning("the import parser died with status %s: %s", end.status, end.stderr)
    raise _death(end, limits)


def _death(end: End, limits: ImportLimits) -> ImportRefused:
    if end.status == -signal.SIGXCPU:
        return timed_out(limits.seconds)
    if end.status == -signal.SIGXFSZ:
        return refusal(Code.TOO_LARGE, "The table written from the file grew beyond the allowed size.")
    is_crowded = end.peak_memory_bytes > CROWDED_SHARE * limits.memory_bytes
    if end.status == -signal.SIGKILL or is_crowded or "MemoryError" in end.stderr:
        return out_of_memory(limits.memory_bytes)
    return refusal(Code.PARSER_DIED, "The file made its reader crash. It is damaged, or made to do harm.")


def _as_refusal(outcome: dict[str, Any]) -> ImportRefused:
    errors = [FieldError(**error) for error in outcome["errors"]]
    return ImportRefused(outcome["message"], errors=errors, code=outcome["code"], **outcome["facts"])


def _publish(file: Path, target: Path) -> None:
    """A file appears under its name only when all of it is on disk."""
    sync(file)
    file.replace(target)
