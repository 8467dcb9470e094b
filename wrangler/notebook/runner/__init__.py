"""The runner process: executes one notebook with Papermill and finalizes its report."""

from typing import TYPE_CHECKING

from wrangler.lazy_names import lazy_names

if TYPE_CHECKING:
    from wrangler.notebook.runner.execute import carry_out
    from wrangler.notebook.runner.finalize import finalize_run
    from wrangler.notebook.runner.main import CommandListener

__all__ = ["CommandListener", "carry_out", "finalize_run"]

__getattr__ = lazy_names(
    __name__, {"execute": ("carry_out",), "finalize": ("finalize_run",), "main": ("CommandListener",)}
)
