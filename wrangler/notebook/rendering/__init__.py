"""Reports from executed notebooks: HTML and PDF."""

from typing import TYPE_CHECKING

from wrangler.lazy_names import lazy_names

if TYPE_CHECKING:
    from wrangler.notebook.rendering.pdf import PaperLimits, print_page, probe

__all__ = ["PaperLimits", "print_page", "probe"]

__getattr__ = lazy_names(
    __name__,
    {"pdf": ["PaperLimits", "print_page", "probe"]},
)
