"""What is said of an imported column: semantic type, role, suspected missing codes."""

from wrangler.importing.describe.columns import describe

__all__ = ["describe"]
