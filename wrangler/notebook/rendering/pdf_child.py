"""The process that turns one page into a PDF: it limits itself, reads the page, writes the PDF and ends.

Started by `pdf` as `python -m wrangler.notebook.rendering.pdf_child` in a folder of its own.
"""

import json
import logging
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from wrangler.sandbox import Limits, die_with_parent, leave_network, restrict

if TYPE_CHECKING:
    from weasyprint import Document

PAGE_FILE = "page.html"
PDF_FILE = "page.pdf"
NOT_INSTALLED_STATUS = 3
_TAGGED = "pdf/ua-1"  # with headings, table cells and alternative texts for screen readers


def main() -> int:
    request = json.load(sys.stdin)
    restrict(Limits(memory_bytes=request["limits"]["memory_bytes"], file_bytes=request["limits"]["file_bytes"]))
    leave_network()
    die_with_parent(request["parent"])  # last: a change of credentials takes it back
    try:
        weasyprint = _library()
    except (ImportError, OSError) as exc:
        sys.stderr.write("\n" + " ".join(str(exc).split()).rstrip("."))
        return NOT_INSTALLED_STATUS
    lay_out(weasyprint, Path(PAGE_FILE).read_text(encoding="utf-8")).write_pdf(PDF_FILE, pdf_variant=_TAGGED)
    return 0


def lay_out(weasyprint: ModuleType, html: str) -> "Document":
    """The document, page by page; nothing that lies outside of it can be fetched."""
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    return weasyprint.HTML(string=html, url_fetcher=fetcher).render(pdf_variant=_TAGGED)


def _library() -> ModuleType:
    """WeasyPrint, which loads its native libraries at once, without its warnings about rules meant for screens."""
    from importlib import import_module

    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    return import_module("weasyprint")


if __name__ == "__main__":
    sys.exit(main())
