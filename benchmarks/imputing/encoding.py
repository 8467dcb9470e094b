"""Mixed tables as matrices, for peers that know numbers only: the usual careful way, and back."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Block:
    """The place of one column in the matrix; `levels` that it has, the first of them first."""

    name: str
    start: int
    stop: int
    levels: tuple[int, ...]
    center: float
    spread: float


class Encoding:
    """Numbers standardised; categories as dummies, or as codes.

    A level is dropped unless `full`: with all of them the dummies of a missing cell predict each other perfectly, and
    chained equations never leave their start. Categories of more than `most_levels` become codes, for trees.
    """

    def __init__(self, frame: pd.DataFrame, *, full: bool = False, most_levels: int = 10**6, scale: float = 1) -> None:
        self.blocks: list[Block] = []
        self.full, self.scale = full, scale
        self.like = frame.iloc[:0]
        parts = []
        start = 0
        for name in frame:
            block, part = self._encode(name, frame[name], start, most_levels)
            self.blocks.append(block)
            parts.append(part)
            start = block.stop
        self.matrix = np.column_stack(parts)

    def _encode(self, name: str, column: pd.Series, start: int, most_levels: int) -> tuple[Block, np.ndarray]:
        if not isinstance(column.dtype, pd.CategoricalDtype):
            values = column.to_numpy(dtype=np.float64)
            center, spread = float(np.nanmean(values)), float(np.nanstd(values)) or 1.0
            return Block(name, start, start + 1, (), center, spread), (values - center) / spread
        codes = column.cat.codes.to_numpy()
        levels = tuple(np.unique(codes[codes >= 0]).tolist())
        missing = codes < 0
        if len(levels) > most_levels:
            places = np.searchsorted(levels, codes).astype(np.float64)
            places[missing] = np.nan
            return Block(name, start, start + 1, levels, 0.0, 1.0), places
        shown = levels if self.full else levels[1:] or levels
        part = (codes[:, None] == np.asarray(shown)).astype(np.float64) * self.scale
        part[missing] = np.nan
        return Block(name, start, start + part.shape[1], levels, 0.0, self.scale), part

    def decoded(self, matrix: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(
            {block.name: self._decode(block, matrix[:, block.start : block.stop]) for block in self.blocks}
        )

    def _decode(self, block: Block, part: np.ndarray) -> object:
        if not block.levels:
            return part[:, 0] * block.spread + block.center
        if part.shape[1] == 1 and len(block.levels) > 2:
            places = np.clip(np.rint(part[:, 0]), 0, len(block.levels) - 1).astype(int)
        elif part.shape[1] == len(block.levels):
            places = part.argmax(axis=1)
        else:
            rest = block.spread - part.sum(axis=1)
            places = np.column_stack([rest, part]).argmax(axis=1)
        return pd.Categorical.from_codes(np.asarray(block.levels)[places], dtype=self.like[block.name].dtype)
