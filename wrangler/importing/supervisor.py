"""The parent's side: one parser child for each import, on a leash, whose every end becomes a result or a refusal."""

import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import wrangler
from wrangler.errors import FieldError, ImportRefused
from wrangler.importing.options import ImportLimits, ImportOptions, ImportResult
from wrangler.importing.refusals import Code, refusal

logger = logging.getLogger(__name__)

PROJECT_ROOT = Path(wrangler.__file__).resolve().parent.parent
WORDS_OF_STDERR = 4000


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
        spec = _spec(source, folder, filename, options, limits)
        answer = _supervise(spec, folder, limits)
        if "refused" in answer:
            raise _as_refusal(answer["refused"])
        result = ImportResult(**answer["result"])
        _publish(folder / "table.parquet", target)
        return result
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _spec(source: Path, folder: Path, filename: str, options: ImportOptions, limits: ImportLimits) -> dict[str, Any]:
    return {
        "source": str(source.resolve()),
        "folder": str(folder.resolve()),
        "filename": filename,
        "options": options.model_dump(mode="json"),
        "limits": asdict(limits),
    }


def _supervise(spec: dict[str, Any], folder: Path, limits: ImportLimits) -> dict[str, Any]:
    """Run the child to its end, whatever end that is, and read its answer."""
    errors_path = folder / "stderr.txt"
    with errors_path.open("wb") as errors:
        child = subprocess.Popen(
            [sys.executable, "-P", "-B", "-m", "wrangler.importing.child"],
            cwd=folder,
            env=_minimal_environment(folder),
            stdin=subprocess.PIPE,
            stdout=errors,
            stderr=errors,
            start_new_session=True,
        )
    try:
        child.communicate(json.dumps(spec).encode(), timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        raise refusal(Code.TIMED_OUT, f"Reading the file took longer than {limits.seconds:g} seconds.") from None
    finally:
        _end(child)
    answer_path = folder / "answer.json"
    if child.returncode == 0 and answer_path.is_file():
        answer: dict[str, Any] = json.loads(answer_path.read_text(encoding="utf-8"))
        if "defect" in answer:
            logger.error("the import parser failed: %s", answer["defect"])
        if "cause" in answer:
            logger.info("the import was refused because of: %s", answer["cause"])
        return answer
    tail = errors_path.read_bytes()[-WORDS_OF_STDERR:].decode("utf-8", "replace")
    logger.error("the import parser died with status %s: %s", child.returncode, tail)
    raise _death(child.returncode, limits)


def _minimal_environment(folder: Path) -> dict[str, str]:
    """No secret of the server reaches the process that reads foreign bytes."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(PROJECT_ROOT),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Kill the child's whole session, so that nothing of it outlives the import."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _death(status: int, limits: ImportLimits) -> ImportRefused:
    memory = f"{limits.memory_bytes // 2**20:,} MB"
    if status == -signal.SIGXCPU:
        return refusal(Code.TIMED_OUT, f"Reading the file took more than {limits.seconds:g} seconds.")
    if status == -signal.SIGXFSZ:
        return refusal(Code.TOO_LARGE, "The table written from the file grew beyond the allowed size.")
    if status in {-signal.SIGKILL, -signal.SIGABRT}:
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
