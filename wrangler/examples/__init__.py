"""Real tables with real missing cells, to try things on.

`penguins.csv`: 344 penguins of three species, measured by Dr. Kristen Gorman and the Palmer Station LTER between 2007
and 2009; 8 columns, 19 cells missing. Horst, Hill and Gorman (2020), palmerpenguins, doi:10.5281/zenodo.3960218; CC0.
"""

from pathlib import Path

PENGUINS = Path(__file__).parent / "penguins.csv"

__all__ = ["PENGUINS"]
