"""The style of all pictures: observed is blue, imputed is orange."""

from typing import Any

from matplotlib.colors import LinearSegmentedColormap

OBSERVED = "#0072B2"
IMPUTED = "#E0760A"
INK = "#2B3137"
QUIET = "#8A949E"
PALE = "#E6EAEE"
PAPER = "#FFFFFF"

DIVERGING = LinearSegmentedColormap.from_list("orange-white-blue", [IMPUTED, "#F7F7F7", OBSERVED], bad=PALE)

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
