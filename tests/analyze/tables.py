"""Real tables with missing cells that published figures exist for.

airquality: New York, 1973 (Chambers et al. 1983), `datasets::airquality` of R. nhanes: 25 rows from Schafer (1997),
table 6.14, `mice::nhanes` of R. Both written by `write.csv` from R 4.2.2 with mice 3.15.0.
"""

from pathlib import Path

import pandas as pd

_DATA = Path(__file__).parent / "data"

AIRQUALITY = pd.read_csv(_DATA / "airquality.csv")
NHANES = pd.read_csv(_DATA / "nhanes.csv")
