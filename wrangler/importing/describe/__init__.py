"""Description of imported columns: semantic type, role, suspected codes for missing."""

from wrangler.importing.describe.columns import describe

__all__ = ["describe"]
