"""Methods that put one value, a draw or a neighbour into a missing cell, against values worked by hand."""

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import make_imputer

NAN = np.nan


def filled(method: str, cells, **options) -> list:
    frame = pd.DataFrame({"a": cells})
    return make_imputer(method, **options).fit_transform(frame)["a"].tolist()


def kinds(imputer, column: str) -> list[str]:
    return [event.kind for event in imputer.events_ if event.column == column]


def test_the_mean_of_numbers():
    assert filled("mean", [1.0, NAN, 5.0]) == [1.0, 3.0, 5.0]


def test_the_mean_of_integers_is_rounded_and_reported():
    imputer = make_imputer("mean")
    completed = imputer.fit_transform(pd.DataFrame({"a": pd.array([1, None, 2, 2], dtype="Int64")}))
    assert completed["a"].tolist() == [1, 2, 2, 2]
    assert completed["a"].dtype == "Int64"
    assert kinds(imputer, "a") == ["rounded"]


def test_the_mean_of_extreme_numbers_does_not_overflow():
    assert filled("mean", [1e308, NAN, 1.5e308]) == [1e308, 1.25e308, 1.5e308]


def test_the_mean_of_dates_lies_between_them():
    dates = pd.to_datetime(["2024-01-01", None, "2024-01-03"])
    assert filled("mean", dates)[1] == pd.Timestamp("2024-01-02")


def test_the_mean_leaves_levels_to_the_mode_and_reports_it():
    imputer = make_imputer("mean")
    completed = imputer.fit_transform(pd.DataFrame({"sex": ["f", None, "m", "f"]}))
    assert completed["sex"].tolist() == ["f", "f", "m", "f"]
    assert kinds(imputer, "sex") == ["fallback"]
    assert imputer.per_column_.loc["sex", "method"] == "mode"


def test_the_median_of_ordered_levels_is_the_lower_middle_one():
    grades = pd.Categorical(["low", "low", "high", "mid", None], ["low", "mid", "high"], ordered=True)
    assert filled("median", grades)[-1] == "low"


def test_the_mode_takes_the_smallest_of_equals():
    assert filled("mode", [2.0, 1.0, NAN, 2.0, 1.0])[2] == 1.0


def test_whole_numbers_beyond_float_precision_stay_exact():
    big = 2**60
    assert filled("mode", pd.array([big + 1, big + 1, None, big + 3], dtype="Int64"))[2] == big + 1


def test_a_constant_fills_even_a_column_without_a_single_cell():
    frame = pd.DataFrame({"a": [NAN, NAN], "b": [None, None]})
    completed = make_imputer("constant", per_column={"b": {"method": "constant", "value": "?"}}).fit_transform(frame)
    assert completed.to_numpy().tolist() == [[0.0, "?"], [0.0, "?"]]


def test_a_constant_that_does_not_fit_a_column_is_refused_by_name():
    imputer = make_imputer("constant", value="none")
    completed = imputer.fit_transform(pd.DataFrame({"a": [1.0, NAN], "b": ["x", None]}))
    assert completed["a"].isna().tolist() == [False, True]
    assert completed["b"].tolist() == ["x", "none"]
    assert "refused" in kinds(imputer, "a")


def test_a_constant_fills_dates_given_as_text():
    dates = pd.to_datetime(["2024-01-01", None])
    assert filled("constant", dates, value="2024-05-01")[1] == pd.Timestamp("2024-05-01")


def test_draws_are_observed_cells_in_their_proportions():
    cells = np.where(np.arange(4000) % 4 == 0, 1.0, 2.0)
    cells[::2] = NAN
    drawn = np.array(filled("random", cells, random_state=0))[::2]
    assert set(drawn) <= {1.0, 2.0}


def test_a_draw_does_not_depend_on_the_other_columns():
    frame = pd.DataFrame({"a": [1.0, NAN, 3.0, NAN] * 20, "b": [NAN, 1.0, 2.0, NAN] * 20})
    imputer = make_imputer("random", random_state=1)
    pd.testing.assert_series_equal(imputer.fit_transform(frame)["b"], imputer.fit_transform(frame[["b"]])["b"])


@pytest.mark.parametrize(("method", "expected"), [("ffill", [2.0, 2.0, 2.0, 4.0]), ("bfill", [2.0, 2.0, 4.0, 4.0])])
def test_cells_are_carried_along_the_rows(method, expected):
    assert filled(method, [NAN, 2.0, NAN, 4.0]) == expected


def test_cells_are_carried_along_order_by():
    frame = pd.DataFrame({"day": [3, 1, 2], "a": [NAN, 1.0, 2.0]})
    assert make_imputer("ffill", order_by="day").fit_transform(frame)["a"].tolist() == [2.0, 1.0, 2.0]


def test_carried_cells_never_cross_groups():
    frame = pd.DataFrame({"who": ["x", "x", "y", "y", "z"], "a": [1.0, NAN, NAN, 9.0, NAN]})
    imputer = make_imputer("ffill", group_by=["who"])
    assert imputer.fit_transform(frame)["a"].tolist() == [1.0, 1.0, 9.0, 9.0, 5.0]
    assert kinds(imputer, "a") == ["fallback", "fallback"]


def test_identifiers_can_be_carried():
    names = [f"p{number}" for number in range(50)]
    names[7] = None
    assert filled("ffill", names)[7] == "p6"


def test_interpolation_by_rows():
    assert filled("interpolate", [NAN, 1.0, NAN, NAN, 4.0, NAN]) == [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]


def test_interpolation_by_time():
    frame = pd.DataFrame({"t": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-05"]), "a": [0.0, NAN, 8.0]})
    assert make_imputer("interpolate", order_by="t").fit_transform(frame)["a"].tolist() == [0.0, 2.0, 8.0]
    by_rows = make_imputer("interpolate", order_by="t", spacing="rows")
    assert by_rows.fit_transform(frame)["a"].tolist() == [0.0, 4.0, 8.0]


UNEVEN = ["2024-01-01", "2024-01-02", "2024-01-05"]


@pytest.mark.parametrize(
    "index",
    [
        pd.to_datetime(UNEVEN),
        pd.to_datetime(UNEVEN).tz_localize("Europe/Berlin"),
        pd.to_datetime(UNEVEN) - pd.Timestamp("2024-01-01"),
        pd.PeriodIndex(UNEVEN, freq="D"),
    ],
    ids=["dates", "zoned", "durations", "periods"],
)
@pytest.mark.parametrize("method", ["interpolate", "state_space"])
def test_an_ascending_index_of_dates_orders_the_rows(method, index):
    frame = pd.DataFrame({"a": [0.0, NAN, 8.0]})
    by_column = make_imputer(method, order_by="t").fit_transform(frame.assign(t=pd.to_datetime(UNEVEN)))
    by_index = make_imputer(method).fit_transform(frame.set_axis(index, axis=0))
    assert by_index["a"].tolist() == pytest.approx(by_column["a"].tolist())


def test_an_index_of_dates_that_does_not_ascend_is_reported():
    frame = pd.DataFrame({"a": [0.0, NAN, 8.0]}, index=pd.to_datetime(UNEVEN[::-1]))
    imputer = make_imputer("interpolate")
    assert imputer.fit_transform(frame)["a"].tolist() == [0.0, 4.0, 8.0]
    assert "dates that do not ascend" in imputer.events_[0].message


def test_a_given_order_comes_before_the_index():
    frame = pd.DataFrame({"t": [0, 1, 2], "a": [0.0, NAN, 8.0]}, index=pd.to_datetime(UNEVEN))
    assert make_imputer("interpolate", order_by="t").fit_transform(frame)["a"].tolist() == [0.0, 4.0, 8.0]


def test_levels_take_the_nearer_neighbour():
    assert filled("interpolate", ["a", None, None, "b"]) == ["a", "a", "b", "b"]


@pytest.mark.parametrize("method", ["mean", "mode", "random", "linear", "knn", "pmm", "ffill", "interpolate", "auto"])
def test_nothing_crosses_into_a_group_that_is_to_be_left(method):
    random = np.random.default_rng(0)
    groups = ["x"] * 120 + ["y"] * 120 + ["z"] * 3
    frame = pd.DataFrame({"g": groups, "a": random.normal(size=243), "b": range(243)})
    frame.loc[frame["g"] == "z", "a"] = NAN
    frame.loc[[5, 150], "a"] = NAN
    options = {"columns": ["a"], "group_by": ["g"], "random_state": 0}
    imputer = make_imputer(method, small_groups="leave", **options)
    assert imputer.fit_transform(frame)["a"].isna().equals(frame["g"] == "z")
    message = "3 cells of 'a' lie in groups with too little to fit on."
    assert ("left", message) in {(event.kind, event.message) for event in imputer.events_}
    assert not make_imputer(method, **options).fit_transform(frame)["a"].isna().any()


def test_groups_have_their_own_mean_and_the_whole_table_stands_in():
    frame = pd.DataFrame({"g": ["x", "x", "y", "y", "z"], "a": [1.0, NAN, 5.0, NAN, NAN]})
    imputer = make_imputer("mean", group_by=["g"])
    assert imputer.fit_transform(frame)["a"].tolist() == [1.0, 1.0, 5.0, 5.0, 3.0]
    assert kinds(imputer, "a") == ["fallback"]


def test_rows_without_a_group_form_their_own():
    frame = pd.DataFrame({"g": ["x", None, None], "a": [1.0, 7.0, NAN]})
    completed = make_imputer("mean", group_by=["g"], columns=["a"]).fit_transform(frame)
    assert completed["a"].tolist() == [1.0, 7.0, 7.0]


@pytest.mark.parametrize("method", ["mean", "median"])
def test_levels_that_a_method_does_not_fill_get_the_mode_of_their_own_group(method):
    frame = pd.DataFrame({"g": list("xxxyyyzz"), "c": ["a", "a", None, "b", *[None] * 4], "a": [1.0] * 8})
    imputer = make_imputer(method, group_by=["g"])
    assert imputer.fit_transform(frame)["c"].tolist() == ["a", "a", "a", "b", "b", "b", "a", "a"]
    messages = [event.message for event in imputer.events_ if event.column == "c"]
    assert messages == [
        f"3 cells of 'c' got no value from '{method}'; the mode of their group was used.",
        f"2 cells of 'c' got no value from '{method}'; the column's mode was used.",
    ]
