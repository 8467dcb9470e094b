"""The committed impute notebook on a table that takes a while: whoever watches sees it move within one cell."""

import numpy as np
import pandas as pd
import pytest

from tests.notebook.conftest import Runs
from wrangler.notebook import RunSpec, supervise
from wrangler.notebook.templates import catalog

pytestmark = pytest.mark.kernel
FOREST = {"trees": 60, "most_rows": 4_000}
ROWS = 4_000
SECTION = "How each missing cell is imputed: "


@pytest.fixture
def progress_seen(run: Runs) -> list[tuple[str, float]]:
    """Stage and fraction at each renewal of a run that grows many trees."""
    random = np.random.default_rng(0)
    common = random.normal(size=(ROWS, 1))
    frame = pd.DataFrame(common + random.normal(size=(ROWS, 6)), columns=list("abcdef"))
    frame.mask(random.random(frame.shape) < 0.1).to_parquet(run.folder / "input.parquet", index=False)
    parameters = {"method": "forest", "options": FOREST, "holdout": 0, "dataset_file": "input.parquet"}
    spec = RunSpec(catalog.templates()["impute"], parameters, run.folder, deadline_seconds=300)
    outcome = supervise(spec, run.watch, heartbeat_seconds=0.05)
    assert outcome.succeeded, outcome.error
    return [(progress.heading, progress.fraction) for progress in run.seen]


def test_a_long_imputation_is_seen_to_move_column_by_column(progress_seen: list[tuple[str, float]]) -> None:
    within = {stage: fraction for stage, fraction in progress_seen if stage.startswith(SECTION)}
    fractions = [fraction for _, fraction in progress_seen]
    assert len([stage for stage in within if "growing a forest for" in stage]) >= 3
    assert len(set(within.values())) >= 3
    assert fractions == sorted(fractions)
