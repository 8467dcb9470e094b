"""How much a notebook may write into itself: the cap on the outputs of one cell and of one run."""

import json
from dataclasses import dataclass
from typing import Any

CELL_BYTES = 1_000_000
RUN_BYTES = 10_000_000


@dataclass
class OutputBudget:
    """Counts what is kept; a message that no longer fits is cut or dropped, and the cell is marked once."""

    cell_bytes: int = CELL_BYTES
    run_bytes: int = RUN_BYTES
    used_by_cell: int = 0
    used_by_run: int = 0
    is_cut: bool = False

    def next_cell(self) -> None:
        self.used_by_cell = 0
        self.is_cut = False

    def reset_cell(self) -> None:
        """The cell cleared its outputs: what it had used is free again."""
        self.used_by_run -= self.used_by_cell
        self.next_cell()

    @property
    def left(self) -> int:
        return max(0, min(self.cell_bytes - self.used_by_cell, self.run_bytes - self.used_by_run))

    @property
    def notice(self) -> str:
        run_is_full = self.run_bytes - self.used_by_run <= self.cell_bytes - self.used_by_cell
        limit, whose = (self.run_bytes, "this run") if run_is_full else (self.cell_bytes, "this cell")
        return f"[cut by Wrangler: {whose} wrote more than {limit / 1e6:g} MB of output; the rest was not kept]"

    def fit(self, kind: str, content: dict[str, Any]) -> dict[str, Any] | None:
        """The content as far as it fits: whole, a stream's beginning, or nothing."""
        size = _size(content["text"]) if kind == "stream" else _size(json.dumps(content, default=str))
        if size <= self.left:
            self._use(size)
            return content
        kept = content["text"].encode()[: self.left].decode(errors="ignore") if kind == "stream" else ""
        self._use(_size(kept))
        return {**content, "text": kept} if kept else None

    def _use(self, size: int) -> None:
        self.used_by_cell += size
        self.used_by_run += size


def _size(text: str) -> int:
    return len(text.encode(errors="replace"))
