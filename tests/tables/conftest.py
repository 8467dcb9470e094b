"""The importer, by which tests make the stored tables that they read."""

from tests.importing.conftest import importer

__all__ = ["importer"]
