"""Which notebooks may run as jobs: the catalog, their declared parameters, registration of new ones."""

from typing import TYPE_CHECKING

from wrangler.lazy_names import lazy_names

if TYPE_CHECKING:
    from wrangler.notebook.templates import catalog
    from wrangler.notebook.templates.catalog import CUSTOM_KIND, Template
    from wrangler.notebook.templates.parameters import TemplateRefused, read_declarations
    from wrangler.notebook.templates.registration import read_draft

__all__ = ["CUSTOM_KIND", "Template", "TemplateRefused", "catalog", "read_declarations", "read_draft"]

__getattr__ = lazy_names(
    __name__,
    {
        "catalog": ["CUSTOM_KIND", "Template"],
        "parameters": ["TemplateRefused", "read_declarations"],
        "registration": ["read_draft"],
    },
)
