"""Association of columns of any type."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from wrangler.analyze import associate


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"level": rng.choice(list("abc"), 500), "x": rng.normal(size=500)})
    frame["y"] = frame["x"] + rng.normal(size=500)
    frame["shifted"] = frame["level"].map({"a": 0, "b": 3, "c": 6}) + rng.normal(size=500)
    frame["copy"] = frame["level"].str.upper()
    frame["flag"] = pd.array(rng.choice([True, False], 500), dtype="boolean")
    frame["identifier"] = [f"id{place}" for place in range(500)]
    return frame.mask(rng.random(frame.shape) < 0.1)


def test_two_numbers_have_pearson_and_its_sign(table):
    result = associate(table.assign(y=-table["y"]))
    assert result.matrix.loc["x", "y"] == pytest.approx(-table["x"].corr(table["y"]))
    assert result.measures.loc["x", "y"] == "pearson"


def test_levels_that_copy_each_other_have_one_and_strangers_nearly_none(table):
    result = associate(table)
    assert result.matrix.loc["level", "copy"] == pytest.approx(1)
    assert result.matrix.loc["level", "flag"] < 0.15
    assert result.measures.loc["level", "copy"] == "cramer_v"


def test_cramer_is_that_of_scipy_before_its_correction(table):
    both = table[["level", "flag"]].dropna()
    counts = pd.crosstab(both["level"], both["flag"])
    rows, (height, width) = len(both), counts.shape
    phi = stats.contingency.association(counts, method="cramer") ** 2 * (min(height, width) - 1)
    corrected = max(0, phi - (height - 1) * (width - 1) / (rows - 1))
    smaller = min(height - (height - 1) ** 2 / (rows - 1), width - (width - 1) ** 2 / (rows - 1)) - 1
    assert associate(table).matrix.loc["level", "flag"] == pytest.approx(np.sqrt(corrected / smaller))


def cramer(left: list[str], right: list[str]) -> float:
    return associate(pd.DataFrame({"left": left, "right": right})).matrix.loc["left", "right"]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (list("aaabbbccc") * 2, list("xxyyyzzzx") * 2),
        (list("aaabbbccc") * 2, list("xxyyyyyyx") * 2),
        (list("aabbbbbba") * 2, list("xxyyyzzzx") * 2),
        ([*list("aaabbbccc") * 2, None, "a"], [*list("xxyyyzzzx") * 2, "x", None]),
    ],
    ids=["square", "tall", "flat", "with missing cells"],
)
def test_cramer_in_a_small_table_is_corrected_for_bias(left, right):
    """Bergsma (2013), equations 11 and 12."""
    counts = pd.crosstab(pd.Series(left), pd.Series(right))
    rows, (height, width) = int(counts.to_numpy().sum()), counts.shape
    phi = stats.chi2_contingency(counts, correction=False).statistic / rows
    corrected = phi - (height - 1) * (width - 1) / (rows - 1)
    smaller = min(height - (height - 1) ** 2 / (rows - 1), width - (width - 1) ** 2 / (rows - 1)) - 1
    assert corrected > 0
    assert cramer(left, right) == pytest.approx(np.sqrt(corrected / smaller))


@pytest.mark.parametrize(("rows", "known"), [(2, False), (3, True)])
def test_an_association_needs_three_common_rows(rows, known):
    frame = pd.DataFrame({"t": ["a", "b", "a"], "u": ["x", "y", "x"], "n": [1.0, 2.0, 1.5]})
    frame.loc[rows:, ["u", "n"]] = None
    matrix = associate(frame).matrix
    assert np.isfinite(matrix.loc["t", "n"]) == known
    assert associate(frame).counts.loc["t", "n"] == rows


def test_levels_that_are_all_different_have_no_ratio():
    assert np.isnan(associate(pd.DataFrame({"t": list("abc"), "n": [1.0, 2.0, 4.0]})).matrix.loc["t", "n"])


def test_the_strength_of_the_strongest_partner_is_without_its_sign(table):
    strongest = associate(table.assign(y=-table["y"])).strongest()
    assert strongest.loc["x", "strength"] == pytest.approx(table["x"].corr(table["y"]))


def test_a_long_table_is_sampled_and_says_so(table, monkeypatch):
    monkeypatch.setattr("wrangler.analyze.association._MOST_ROWS", 100)
    result = associate(table, random_state=1)
    assert result.counts.loc["level", "level"] < 101
    assert result.notes == ["Associations were measured on 100 rows drawn at random: the table is long."]


def test_a_number_that_follows_a_level_has_a_high_ratio(table):
    result = associate(table)
    groups = [part.dropna() for _, part in table.dropna(subset=["level"]).groupby("level")["shifted"]]
    statistic = stats.f_oneway(*groups).statistic
    rows, levels = sum(map(len, groups)), len(groups)
    epsilon = np.sqrt((levels - 1) * (statistic - 1) / ((levels - 1) * statistic + rows - levels))
    assert result.matrix.loc["shifted", "level"] == pytest.approx(epsilon)
    assert result.measures.loc["level", "shifted"] == "correlation_ratio"


def test_the_matrix_is_square_symmetric_and_leaves_identifiers_out(table):
    result = associate(table)
    assert list(result.left_out) == ["identifier"]
    assert result.matrix.equals(result.matrix.T)
    assert result.matrix.columns.tolist() == [name for name in table if name != "identifier"]


def test_the_strongest_partner_of_each_column_is_named(table):
    strongest = associate(table).strongest()
    assert strongest.loc["level", "partner"] == "copy"
    assert strongest.loc["x", "partner"] == "y"


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"t": ["a", "a"], "n": [1.0, 2.0]}),
        pd.DataFrame({"t": [None, None], "n": [1.0, None]}, dtype=object),
        pd.DataFrame({"n": [1.0, 2.0]}),
        pd.DataFrame(),
    ],
    ids=["constant", "empty", "alone", "nothing"],
)
def test_degenerate_tables_have_a_result(frame):
    assert associate(frame).strongest()["partner"].isna().all()
