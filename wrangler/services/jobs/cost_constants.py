"""What each method costs on one machine, measured: `python -m benchmarks.estimates --laws` prints the figures.

They are those of tables of 20 columns half of which have missing cells. `CAPS` names the option that limits the rows
that a method is fitted on, `EFFORTS` the one that multiplies its work.
"""

from dataclasses import dataclass

COLUMNS, INCOMPLETE = 20, 10
COUNTED_COLUMNS = 50  # beyond which the growth is the library's, counted from the algorithms
MOST_DUMMIES = 40
BLOCK_ROWS = 16_384
RACED_ROWS, RACED_CELLS, MOST_ROUNDS, LIKELY = 5_000, 300, 4, 0.5


@dataclass(frozen=True)
class Figures:
    """Seconds and bytes of one method: what stays the same and what a row adds, while fitting and while filling."""

    fitting: float
    fitting_row: float
    filling: float
    filling_row: float
    fitting_bytes: float
    fitting_row_bytes: float
    filling_bytes: float
    filling_row_bytes: float


FIGURES = {
    "mean": Figures(0.000265, 1.36e-08, 0.00505, 2.45e-07, 7.65e03, 35.9, 8.21e04, 78.8),
    "median": Figures(0.000181, 1.59e-07, 0.0044, 3.32e-07, 1.09e04, 42, 8.18e04, 78.7),
    "mode": Figures(0.000306, 7.85e-08, 0.00462, 2.53e-07, 9.56e03, 67, 7.92e04, 78.9),
    "constant": Figures(0.000349, 7.54e-09, 0.00396, 1.74e-07, 1.21e04, 0, 7.96e04, 72.9),
    "random": Figures(0, 1.19e-07, 0.00491, 2.84e-07, 1.56e04, 420, 7.8e04, 79.1),
    "ffill": Figures(0.00011, 4.22e-10, 0.0052, 4.24e-07, 3.1e03, 0, 9.35e04, 97.2),
    "bfill": Figures(0.000113, 1e-11, 0.00507, 4.67e-07, 3.08e03, 0, 7.56e04, 103),
    "interpolate": Figures(0.000124, 0, 0.00561, 6.01e-07, 2.98e03, 0, 7.47e04, 169),
    "spline": Figures(0.000113, 3.61e-09, 0.00775, 7.73e-07, 3.16e03, 0, 1.08e05, 210),
    "seasonal": Figures(0.00381, 6.36e-07, 0.00537, 3.47e-07, 5.8e05, 38.7, 9.9e04, 119),
    "state_space": Figures(0.0899, 4.04e-06, 0.00822, 8.97e-07, 1.13e06, 0, 2.74e05, 137),
    "series": Figures(0.141, 4.11e-05, 0.00312, 7.7e-06, 1.62e05, 5.86e03, 6.49e04, 5.55e03),
    "linear": Figures(0.0309, 4.36e-06, 0.00934, 9.88e-07, 7.81e05, 802, 8.83e07, 266),
    "iterative": Figures(0.0305, 4.55e-06, 0.00877, 1.04e-06, 7.82e05, 801, 8.84e07, 267),
    "knn": Figures(0.042, 6.69e-06, 0.00364, 7.81e-06, 2.09e06, 3.13e03, 1.24e07, 232),
    "boosted": Figures(1.12, 0.00024, 0.0549, 2.87e-06, 2.45e06, 1.85e03, 9.29e06, 149),
    "forest": Figures(0.382, 0.000526, 0.0365, 1.13e-05, 1.83e06, 3.07e04, 1.16e07, 170),
    "pmm": Figures(0.0178, 3.82e-06, 0.00811, 1.65e-06, 2.2e05, 1.33e03, 3.22e06, 232),
    "mice": Figures(0.0457, 1.54e-05, 0.00731, 1.59e-06, 6.08e05, 3.02e03, 3.22e06, 232),
}
CAPS = {
    "linear": ("most_rows", 20_000),
    "iterative": ("most_rows", 20_000),
    "knn": ("most_donors", 20_000),
    "boosted": ("most_rows", 20_000),
    "forest": ("most_rows", 5_000),
    "pmm": ("most_rows", 20_000),
    "mice": ("most_rows", 20_000),
    "series": ("most_rows", 20_000),
}
EFFORTS = {"boosted": ("iterations", 40), "forest": ("trees", 60), "mice": ("draws", 5)}
DRAWING, SHARED_BY_DRAWS, FEWEST_CHECKED_DRAWS = "mice", 0.1, 3
RIVALS = ("mean", "mode", "median", "linear", "knn", "boosted")
RIVALS_IN_ORDER = ("interpolate", "series")
RIVALS_ON_FEW_ROWS = ("forest",)
FEW_ROWS = 5_000
