"""Tables that the tests of the imputers share."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def mixed() -> pd.DataFrame:
    """Two hundred people with missing cells in everything, correlated columns and an identifier."""
    random = np.random.default_rng(0)
    rows = 200
    age = random.integers(18, 90, rows)
    is_male = random.random(rows) < 0.5
    height = 165 + 13 * is_male + random.normal(0, 6, rows)
    weight = 0.9 * height - 90 + 0.1 * age + random.normal(0, 4, rows)
    frame = pd.DataFrame(
        {
            "key": [f"p{number}" for number in range(rows)],
            "age": age,
            "height": height,
            "weight": weight,
            "visits": pd.array(random.poisson(age / 20), dtype="Int64"),
            "sex": pd.array(np.where(is_male, "male", "female"), dtype="str"),
            "smokes": pd.array(random.random(rows) < 0.3, dtype="boolean"),
            "grade": pd.Categorical(
                np.array(["low", "mid", "high"])[np.digitize(weight, [60, 75])], ["low", "mid", "high"], ordered=True
            ),
            "seen": pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(age * 3600 * 24, unit="s"),
        }
    )
    for name in frame.columns.drop("age"):
        frame[name] = frame[name].mask(random.random(rows) < 0.15)
    return frame
