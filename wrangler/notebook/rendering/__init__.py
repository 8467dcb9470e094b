"""Reports from executed notebooks: HTML and PDF."""

from typing import TYPE_CHECKING

from wrangler.lazy_names import lazy_names

if TYPE_CHECKING:
    from wrangler.notebook.rendering.pdf import PdfLimits, probe, write_pdf

__all__ = ["PdfLimits", "probe", "write_pdf"]

__getattr__ = lazy_names(
    __name__,
    {"pdf": ["PdfLimits", "write_pdf", "probe"]},
)
