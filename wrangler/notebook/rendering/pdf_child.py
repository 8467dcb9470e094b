"""The process that sets one page on paper: it limits itself, reads the page, writes the PDF and ends.

Started by `pdf` as `python -m wrangler.notebook.rendering.pdf_child` in a folder of its own.
"""

import json
import logging
import sys
from pathlib import Path
from typing import Any

from wrangler.sandbox import Limits, die_with_parent, leave_network, restrict

PAGE_FILE = "page.html"
PAPER_FILE = "page.pdf"
NOT_INSTALLED_STATUS = 3
_TAGGED = "pdf/ua-1"  # with headings, table cells and alternative texts for who listens to it


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
    lay_out(weasyprint, Path(PAGE_FILE).read_text(encoding="utf-8")).write_pdf(PAPER_FILE, pdf_variant=_TAGGED)
    return 0


def lay_out(weasyprint: Any, html: str) -> Any:  # noqa: ANN401 - it has no types
    """The document, page by page; nothing that lies outside of it can be fetched."""
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    return weasyprint.HTML(string=html, url_fetcher=fetcher).render(pdf_variant=_TAGGED)


def _library() -> Any:  # noqa: ANN401 - see above
    """WeasyPrint, which loads its native libraries at once, without its complaints about rules meant for screens."""
    import weasyprint

    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    return weasyprint


if __name__ == "__main__":
    sys.exit(main())
