"""A report as PDF: WeasyPrint (the extra `pdf`) in a child process that reaches nothing and is held to limits.

A report is made of what users upload and run, so the process that lays it out gets a bare environment, no network, no
address but those within the page, and a bound on its memory, its time and what it writes.
"""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from wrangler.errors import NotInstalled, Unprintable
from wrangler.notebook.rendering.pdf_child import NOT_INSTALLED_STATUS, PAGE_FILE, PDF_FILE
from wrangler.sandbox import server_environment

HINT = (
    "For reports as PDF the server needs `pip install 'wrangler[pdf]'` and the library Pango "
    "(Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)"
)
_COMMAND = (sys.executable, "-P", "-B", "-m", "wrangler.notebook.rendering.pdf_child")
_PROBE = "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>Probe</title></head><body>Probe</body></html>"
_KEPT_BYTES = 4000
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PdfLimits:
    """What making one PDF may use."""

    seconds: float
    memory_bytes: int
    file_bytes: int = 256 * 1024**2


def write_pdf(page: Path, target: Path, limits: PdfLimits) -> None:
    """Write an HTML page as PDF; `target`, whose folder must be there, appears whole or not at all.

    Raises
    ------
    NotInstalled
        When WeasyPrint or a library that it needs is not there; the message names what to install.
    Unprintable
        When the page breaks a limit, or breaks WeasyPrint.
    """
    if find_spec("weasyprint") is None:
        raise _not_installed("there is no WeasyPrint")
    folder = Path(tempfile.mkdtemp(prefix=".printing-", dir=target.parent))
    try:
        shutil.copyfile(page, folder / PAGE_FILE)
        _run_child(folder, limits)
        (folder / PDF_FILE).replace(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def probe(limits: PdfLimits) -> None:
    """Write one word as PDF; raises what `write_pdf` raises."""
    with tempfile.TemporaryDirectory() as name:
        page = Path(name, "probe.html")
        page.write_text(_PROBE, encoding="utf-8")
        write_pdf(page, page.with_suffix(".pdf"), limits)


def _run_child(folder: Path, limits: PdfLimits) -> None:
    """Run the child, and raise if it does not succeed."""
    stderr_file = folder / "stderr.txt"
    with stderr_file.open("wb") as file:
        try:
            ended = subprocess.run(
                _COMMAND,
                input=json.dumps({"parent": os.getpid(), "limits": asdict(limits)}).encode(),
                cwd=folder,
                env=server_environment(folder),
                stdout=file,
                stderr=file,
                timeout=limits.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            reason = f"took longer than {limits.seconds:g} seconds"
            raise _unprintable("pdf_timed_out", reason) from None
    if ended.returncode != 0:
        raise _failure(ended.returncode, stderr_file.read_bytes()[-_KEPT_BYTES:].decode("utf-8", "replace"), limits)


def _failure(status: int, stderr_file: str, limits: PdfLimits) -> NotInstalled | Unprintable:
    if status == NOT_INSTALLED_STATUS:
        return _not_installed(stderr_file.splitlines()[-1])
    if status == -signal.SIGKILL or "MemoryError" in stderr_file:
        return _unprintable("pdf_out_of_memory", f"needed more than the {limits.memory_bytes // 2**20:,} MB it may use")
    logger.error("a report could not be written as PDF, status %s: %s", status, stderr_file)
    return _unprintable("pdf_failed", "failed")


def _not_installed(what: str) -> NotInstalled:
    return NotInstalled(f"{HINT}: {what}.", code="pdf_not_installed")


def _unprintable(code: str, reason: str) -> Unprintable:
    return Unprintable(f"Making the PDF of this report {reason}; read it as HTML.", code=code)
