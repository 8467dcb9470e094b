"""A picture with its alternative text and the figures behind it: the only form in which reports show charts."""

import base64
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from wrangler.report.elements.palette import STYLE
from wrangler.report.elements.table import Table

_PIXELS_PER_INCH = 100
_SHARPNESS = 2
_COLOURS = 256


@dataclass(frozen=True)
class Picture:
    """A chart as PNG, drawn at twice the pixels it is shown at.

    Attributes
    ----------
    png : bytes
    width_pixels, height_pixels : int
        The size at which it is shown.
    alt : str
        What the picture shows, for those who cannot see it.
    table : Table or None
        The figures behind the picture, folded under it.
    """

    png: bytes
    width_pixels: int
    height_pixels: int
    alt: str
    table: Table | None = None

    def _repr_mimebundle_(self, **_kwargs: object) -> tuple[dict[str, str], dict[str, Any]]:
        data = {"image/png": base64.b64encode(self.png).decode("ascii"), "text/plain": self.alt}
        size = {"width": self.width_pixels, "height": self.height_pixels, "alt": self.alt}
        return data, {"image/png": size}

    def _ipython_display_(self) -> None:
        """Show the picture and, under it, its figures: two outputs, since one bundle shows only one form."""
        from IPython.display import display  # only ever called by IPython itself

        data, metadata = self._repr_mimebundle_()
        display(data, raw=True, metadata=metadata)  # type: ignore[no-untyped-call]
        if self.table is not None:
            display(self.table)  # type: ignore[no-untyped-call]


@contextmanager
def drawing(width_inches: float, height_inches: float) -> Iterator[Figure]:
    """Give an empty figure in the common style; draw and `render` inside the block."""
    with rc_context(cast("Any", STYLE)), warnings.catch_warnings():
        # A letter that the font does not have is drawn as a box; the table under the picture has the name.
        warnings.filterwarnings("ignore", message=r"Glyph \d+", category=UserWarning)
        yield Figure(figsize=(width_inches, height_inches), layout="constrained")


def render(figure: Figure, alt: str, table: Table | None = None) -> Picture:
    """Turn a finished figure into a picture of at most 256 colours, a third of the size and the same to the eye."""
    figure.set_dpi(_PIXELS_PER_INCH * _SHARPNESS)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call] # matplotlib's, too
    drawn = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    pixels = Image.fromarray(drawn).convert("RGB")
    buffer = io.BytesIO()
    pixels.quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(buffer, format="png")
    return Picture(buffer.getvalue(), pixels.width // _SHARPNESS, pixels.height // _SHARPNESS, alt, table)
