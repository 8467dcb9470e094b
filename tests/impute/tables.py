"""Tables that several tests make."""

import numpy as np
import pandas as pd


def people(rows: int = 500, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    x = random.normal(size=rows)
    return pd.DataFrame(
        {
            "x": x,
            "y": np.exp(x / 2 + random.normal(0, 0.5, rows)),
            "n": pd.Series(random.poisson(np.exp(x / 3))),
            "c": np.where(x + random.normal(0, 0.5, rows) > 0, "up", "down"),
        }
    )
