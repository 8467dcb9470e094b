"""Several methods on the same hidden cells."""

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import compare_methods, holdout_score, make_imputer, with_coverage


@pytest.fixture(scope="module")
def related() -> pd.DataFrame:
    random = np.random.default_rng(0)
    x = random.normal(size=600)
    frame = pd.DataFrame({"x": x, "y": 2 * x + random.normal(0, 0.3, 600), "c": np.where(x > 0, "up", "down")})
    frame.loc[random.random(600) < 0.2, "y"] = np.nan
    frame.loc[random.random(600) < 0.1, "c"] = None
    return frame


@pytest.fixture(scope="module")
def comparison(related):
    return compare_methods(related, ["mean", "linear", "mean"], share=0.2, random_state=3)


def test_the_better_method_is_ranked_first_and_each_is_tried_once(comparison):
    ranking = comparison.ranking()
    assert ranking.index.tolist() == ["linear", "mean"]
    assert ranking["error"].tolist()[0] < 0.5
    assert ranking.loc["mean", "error"] == pytest.approx(1.0)
    # The mean is the baseline itself, on the same cells: nothing is uncertain about its ratio of 1.
    assert (ranking["low"] <= ranking["error"]).all()
    assert ranking.loc["linear", "low"] < ranking.loc["linear", "error"] < ranking.loc["linear", "high"]
    assert (ranking["error"] <= ranking["high"]).all()


def test_the_cells_are_the_same_for_all(comparison, related):
    imputer = make_imputer("linear", random_state=3)
    expected = holdout_score(imputer, related, share=0.2, mechanism="pattern", random_state=3)
    scores = comparison.scores()
    found = scores[scores["method"] == "linear"].drop(columns="method").reset_index(drop=True)
    pd.testing.assert_frame_equal(found, with_coverage(expected, None))
    assert scores.groupby("column")["hidden_sha256"].nunique().eq(1).all()
    cells = scores.pivot_table(index="column", columns="method", values=["cells", "baseline_error"])
    assert cells["baseline_error", "mean"].equals(cells["baseline_error", "linear"].rename(("baseline_error", "mean")))


def test_each_trial_has_its_table_its_time_and_its_memory(comparison, related):
    for trial in comparison.trials:
        assert not trial.completed.isna().any(axis=None)
        assert (trial.mask.to_numpy() == related.isna().to_numpy()).all()
        assert trial.seconds > 0
        assert trial.peak_bytes is None or trial.peak_bytes >= 0


def test_a_method_that_refuses_the_table_is_named_with_its_reason(related):
    comparison = compare_methods(related, ["mean", "linear"], common={"order_by": "nowhere"})
    assert set(comparison.failed) == {"mean", "linear"}
    assert "nowhere" in comparison.failed["mean"]
    assert comparison.ranking().empty


def test_cells_are_hidden_in_the_missing_pattern_of_the_table():
    whole = pd.DataFrame(np.random.default_rng(0).normal(size=(500, 3)), columns=["a", "b", "c"])
    whole.iloc[:200, :2] = np.nan
    scores = compare_methods(whole, ["mean"], random_state=0).scores()
    assert scores["column"].tolist() == ["a", "b"]
    assert len(set(scores["hidden_sha256"])) == 1


def test_the_intervals_of_methods_that_draw_are_checked(related):
    scores = compare_methods(related, ["linear", "mice"], share=0.3).scores().set_index(["method", "column"])
    assert scores["coverage"].notna().to_dict() == {
        ("linear", "y"): False,
        ("linear", "c"): False,
        ("mice", "y"): True,
        ("mice", "c"): False,
    }


def test_without_time_only_the_baselines_are_tried_and_the_others_are_named(related):
    comparison = compare_methods(related, ["linear", "mean", "knn"], time_budget_seconds=0)

    assert [trial.method for trial in comparison.trials] == ["mean"]
    assert comparison.left_out == dict.fromkeys(["linear", "knn"], "none of the 0 s were left")
    assert [(event.kind, event.message.split()[0]) for event in comparison.events] == [
        ("stopped", "'linear'"),
        ("stopped", "'knn'"),
    ]


def test_an_ample_time_budget_changes_nothing(comparison, related):
    ample = compare_methods(related, ["mean", "linear"], share=0.2, random_state=3, time_budget_seconds=3600)

    assert ample.left_out == {}
    pd.testing.assert_frame_equal(ample.scores(), comparison.scores())


def test_cheap_methods_go_first_and_stand_as_they_were_asked_for(related):
    stages = []
    methods = ["boosted", "pmm", "mean", "linear"]
    comparison = compare_methods(
        related, methods, progress=lambda messages: stages.append(messages.stage.split(":")[0])
    )

    assert list(dict.fromkeys(stages)) == ["trying mean", "trying linear", "trying pmm", "trying boosted"]
    assert [trial.method for trial in comparison.trials] == methods


def test_progress_never_goes_back(related):
    messages = []
    compare_methods(related, ["knn", "mice"], progress=lambda progress: messages.append(progress.fraction))

    assert messages == sorted(messages)
    assert 0 <= messages[0] < messages[-1] <= 1
