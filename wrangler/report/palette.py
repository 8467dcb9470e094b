"""The one look of all pictures: observed is blue, imputed is orange, and a label never overruns its place."""

from collections.abc import Iterable
from typing import Any

from matplotlib.colors import LinearSegmentedColormap

OBSERVED = "#0072B2"
IMPUTED = "#E0760A"
INK = "#2B3137"
QUIET = "#8A949E"
PALE = "#E6EAEE"
PAPER = "#FFFFFF"

DIVERGING = LinearSegmentedColormap.from_list("orange-white-blue", [IMPUTED, "#F7F7F7", OBSERVED])
DIVERGING.set_bad(PALE)

STYLE: dict[str, Any] = {
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "text.parse_math": False,  # a column may be called "cost in $"
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
}


def short_label(name: object, width: int = 24) -> str:
    """Shorten a name in the middle, so that common beginnings and distinct endings both stay readable."""
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in str(name)).split())
    if len(text) <= width:
        return text or "(no name)"
    head = (width - 1) * 3 // 5
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def short_labels(names: Iterable[object], width: int = 24) -> list[str]:
    """Shorten several names."""
    return [short_label(name, width) for name in names]


def name_list(names: Iterable[object], most: int = 4) -> str:
    """Join names for a sentence: the first few, then how many more."""
    labels = short_labels(names, 40)
    if len(labels) <= most:
        return ", ".join(labels)
    return f"{', '.join(labels[:most])} and {len(labels) - most:,} more"
