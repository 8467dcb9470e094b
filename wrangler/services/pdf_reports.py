"""Reports as PDF: made when first asked for, then kept beside the attempt that they belong to."""

import threading
import uuid
from pathlib import Path

from wrangler.config import Settings
from wrangler.errors import NotFound, Unavailable
from wrangler.notebook.rendering import PdfLimits, write_pdf
from wrangler.services.storage import Storage

LONGEST_WAIT_SECONDS = 20
RETRY_AFTER_SECONDS = 10
_one_at_a_time = threading.Lock()  # one for each web process: making a PDF takes a core


def printed(job_id: uuid.UUID, attempt: int, page: str, storage: Storage, settings: Settings) -> Path:
    """The PDF of a published page.

    Raises
    ------
    NotFound
        When the page is no longer on the disk.
    Unavailable
        When other PDFs are being made.
    NotInstalled, Unprintable
        See `wrangler.notebook.rendering.pdf.write_pdf`.
    """
    source, target = storage.published(job_id, attempt) / page, storage.printed(job_id, attempt)
    if target.is_file():
        return target
    if not source.is_file():
        raise NotFound("The file is no longer on the server's disk; run the job again.", code="file_gone")
    if not _one_at_a_time.acquire(timeout=LONGEST_WAIT_SECONDS):
        raise Unavailable(
            "Other reports are being written as PDF; ask again in a moment.",
            code="pdf_busy",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )
    try:
        if not target.is_file():
            write_pdf(source, storage.new_printed_file(job_id, attempt), pdf_limits(settings))
    finally:
        _one_at_a_time.release()
    return target


def pdf_limits(settings: Settings) -> PdfLimits:
    return PdfLimits(seconds=settings.pdf_seconds, memory_bytes=settings.pdf_memory_bytes)
