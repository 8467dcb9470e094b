"""Finished impute jobs beside each other, read from the files that they left."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from wrangler import analyze, report
from wrangler.impute import holdout_score, make_imputer

pytestmark = pytest.mark.slow

Finish = Callable[..., None]


@pytest.fixture
def incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    x = random.normal(size=300)
    frame = pd.DataFrame({"x": x, "y": x + random.normal(0, 0.5, 300), "c": np.where(x > 0, "up", "down")})
    frame = frame.mask(pd.DataFrame({name: random.random(300) < (name != "x") * 0.2 for name in frame}))
    frame.to_parquet("input.parquet", index=False)
    return frame


@pytest.fixture
def finish(incomplete: pd.DataFrame) -> Finish:
    """Leaves the files of an impute job, as its notebook does."""

    def leave(
        job: str, method: str, *, table: str = "input.parquet", seed: int = 0, holdout: bool = True, **settings: Any
    ):
        imputer = make_imputer(method, random_state=seed, **settings.get("options", {}))
        run = report.Run("impute", "people", table, seed, {"method": method, "options": {}, **settings})
        with run.timed("impute"):
            completed = imputer.fit_transform(incomplete)
        scores = holdout_score(imputer, incomplete, mechanism="pattern", random_state=seed) if holdout else None
        files = report.write_imputation(completed, imputer.mask_, "people")
        Path("jobs", job).mkdir(parents=True)
        for path in [*files, run.write_result(incomplete, {}, scores=scores, files=files)]:
            path.rename(Path("jobs", job, path.name))

    return leave


def test_jobs_become_trials_with_what_they_filled_and_measured(finish):
    finish("1", "linear")
    finish("2", "mean")
    Path("jobs/1/job.json").write_text(json.dumps({"peak_memory_bytes": 5_000_000}))
    comparison = report.read_jobs("input.parquet", ["2", "1"])

    ranking = comparison.ranking()
    assert ranking.index.tolist() == ["linear", "mean"]
    assert (ranking.index.name, comparison.ids) == ("job", {"mean": "2", "linear": "1"})
    assert ranking.loc["linear", "peak_bytes"] == 5_000_000
    assert report.same_cells_hidden(comparison).text == "The very same cells were hidden from all."
    assert comparison.masks["mean"].any(axis=None)


def test_jobs_of_one_method_are_named_by_what_sets_them_apart(finish):
    finish("1", "knn", options={"neighbors": 3})
    finish("2", "knn", options={"neighbors": 9})
    finish("3", "mean")
    comparison = report.read_jobs("input.parquet", ["1", "2", "3"])

    assert list(comparison.ids) == ["knn, neighbors 3", "knn, neighbors 9", "mean"]
    assert comparison.settings.loc["neighbors"].tolist() == ["3", "9", "usual"]


def test_jobs_with_the_same_settings_are_numbered(finish):
    finish("1", "mean")
    finish("2", "mean")
    comparison = report.read_jobs("input.parquet", ["1", "2"])

    assert list(comparison.ids) == ["mean, job 1", "mean, job 2"]
    assert "very same settings" in report.job_settings(comparison).text


def test_errors_on_other_cells_are_marked_as_such(finish):
    finish("1", "linear")
    finish("2", "knn", seed=1)
    [doubt] = report.hidden_cells_warning(report.read_jobs("input.parquet", ["1", "2"]))

    assert "Other cells were hidden by some" in doubt
    assert "in y, c, so" in doubt


def test_a_column_that_was_not_scored_by_all_is_left_out_of_the_ranking(finish):
    finish("1", "linear", options={"exclude": ["c"]})
    finish("2", "knn")
    comparison = report.read_jobs("input.parquet", ["1", "2"])

    assert comparison.ranking()["columns"].tolist() == [1, 1]
    assert "Not scored by all, and left out of the ranking: c." in report.hidden_cells_warning(comparison)


def test_a_job_without_scores_is_shown_and_not_ranked(finish):
    finish("1", "linear")
    finish("2", "knn", holdout=False)
    comparison = report.read_jobs("input.parquet", ["1", "2"])
    ranking = comparison.ranking()
    verdict = report.comparison_verdict(ranking, {}, comparison.left_out, report.hidden_cells_warning(comparison))

    assert ranking["error"].isna().to_dict() == {"linear": False, "knn": True}
    assert verdict.summary["advised"] == "linear"
    assert any("Nothing was held out by knn" in warning for warning in verdict.warnings)


def test_a_job_on_another_table_is_left_out_with_the_reason(finish, incomplete):
    incomplete.iloc[:100].to_parquet("other.parquet", index=False)
    finish("1", "linear")
    finish("2", "mean", table="other.parquet")
    comparison = report.read_jobs("input.parquet", ["1", "2"])

    assert comparison.left_out == {"mean": "it completed another table than this one"}
    assert report.ranking_table(comparison.ranking(), {}, comparison.left_out).frame.index.tolist() == [
        "linear",
        "mean",
    ]


def test_where_jobs_differ_is_reported_by_column_and_by_pair(finish, incomplete):
    for job, method in enumerate(("linear", "mean", "knn")):
        finish(str(job), method)
    comparison = report.read_jobs("input.parquet", ["0", "1", "2"])
    differences = analyze.fill_differences(incomplete, comparison.completed, comparison.masks)

    by_column, by_pair = report.differences_by_column(differences), report.differences_by_pair(differences)
    assert by_column.frame.loc["y", ["cells", "differ"]].tolist() == [incomplete["y"].isna().sum(), 1.0]
    assert {"up", "to", "down"} <= set(by_column.frame.loc["c", "levels changed"].split())
    assert by_pair.frame.index.tolist()[0] == "linear and knn"
    assert isinstance(report.differences_by_pair(differences.iloc[:0]), report.Note)
