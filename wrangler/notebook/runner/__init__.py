"""The runner process: executes one notebook with Papermill and finalizes its report."""

from typing import TYPE_CHECKING

from wrangler.lazy_names import lazy_names

if TYPE_CHECKING:
    from wrangler.notebook.runner.execute import execute_run
    from wrangler.notebook.runner.finalize import finalize_run
    from wrangler.notebook.runner.main import CommandListener

__all__ = ["CommandListener", "execute_run", "finalize_run"]

__getattr__ = lazy_names(
    __name__, {"execute": ("execute_run",), "finalize": ("finalize_run",), "main": ("CommandListener",)}
)
