"""Rules that filled cells must keep: what they change, what they count, and what is no rule."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import METHODS, UnsuitableTable, make_imputer

NAN = np.nan


def ruled(frame: pd.DataFrame, *rules: dict, method: str = "mean", **options):
    imputer = make_imputer(method, rules=list(rules), **options)
    return imputer.fit_transform(frame), [event.message for event in imputer.events_ if event.kind in {"ruled", "left"}]


def test_a_filled_end_never_lies_before_its_start():
    days = {"start": ["2024-01-01", "2024-05-01"], "end": ["2024-02-01", None]}
    completed, messages = ruled(pd.DataFrame(days).astype("datetime64[us]"), {"column": "end", "at_least": "start"})
    assert completed["end"][1] == pd.Timestamp("2024-05-01")
    assert messages == ["1 filled cells of 'end' were changed by rule 1 (end at least start)."]


def test_a_value_is_demanded_where_a_condition_holds():
    frame = pd.DataFrame({"sex": ["male", "female", "male"], "pregnancies": pd.array([None, None, 4], dtype="Int64")})
    rule = {"column": "pregnancies", "equals": 0, "when": {"column": "sex", "is": "male"}}
    completed, messages = ruled(frame, rule)
    assert completed["pregnancies"].tolist() == [0, 4, 4]
    assert messages == [
        "1 filled cells of 'pregnancies' were changed by rule 1 (pregnancies equals 0 when sex is male).",
        "1 observed cells of 'pregnancies' break rule 1 (pregnancies equals 0 when sex is male); they are kept.",
    ]


@pytest.mark.parametrize(
    ("cells", "rule", "expected"),
    [
        ([1.0, NAN, 5.0], {"at_least": 4}, 4.0),
        ([1.0, NAN, 5.0], {"at_most": 2.5}, 2.5),
        ([1.0, NAN, 5.0], {"at_least": 2}, 3.0),
        (pd.array([1, None, 5], dtype="Int64"), {"at_least": 3.2}, 4),
        (pd.array([1, None, 5], dtype="UInt8"), {"at_most": {"column": "real"}}, 2),
        ([Decimal("1.0"), None, Decimal("5.0")], {"at_least": 3.5}, Decimal("3.5")),
        (["x", None, "x"], {"equals": "y"}, "y"),
        (["x", None, "x"], {"equals": {"column": "word"}}, "b"),
        ([True, None, True], {"equals": False}, False),
        (pd.Categorical(["x", None, "x"], ["x", "y"]), {"equals": "y"}, "y"),
        (pd.to_timedelta(["1h", None, "3h"]), {"at_most": "90min"}, pd.Timedelta("90min")),
        (pd.to_datetime(["2024-01-01", None, "2024-01-01"], utc=True), {"at_least": "2024-02-01"}, "2024-02-01"),
    ],
)
def test_rules_work_on_every_type(cells, rule, expected):
    frame = pd.DataFrame({"a": cells, "real": [2.7] * 3, "word": ["a", "b", "c"]}, index=[0, 0, 0])
    completed, _ = ruled(frame, {"column": "a", **rule})
    found = completed["a"].iloc[1]
    assert found == (pd.Timestamp(expected, tz="UTC") if isinstance(found, pd.Timestamp) else expected)
    assert completed["a"].dtype == frame["a"].dtype


def test_rules_follow_each_other():
    frame = pd.DataFrame({"low": [1.0, NAN], "mid": [5.0, NAN], "high": [2.0, NAN]})
    rules = {"column": "mid", "at_least": 7}, {"column": "high", "at_least": "mid"}
    assert ruled(frame, *rules)[0].iloc[1].tolist() == [1.0, 7.0, 7.0]


def test_a_demand_that_the_type_cannot_hold_is_reported():
    _, messages = ruled(pd.DataFrame({"a": pd.array([1, None], dtype="UInt8")}), {"column": "a", "at_least": 300})
    assert messages[-1] == "1 filled cells of 'a' still break rule 1 (a at least 300): its type holds no such value."


def test_a_condition_on_a_missing_cell_is_not_met():
    frame = pd.DataFrame({"key": [f"k{row}" for row in range(29)] + [None], "a": [1.0] * 29 + [NAN]})
    assert ruled(frame, {"column": "a", "equals": 9, "when": {"column": "key", "is": ["k1", "k2"]}})[0]["a"][29] == 1.0


@pytest.mark.parametrize("method", list(METHODS))
def test_every_method_keeps_the_rules(method, mixed):
    rules = [
        {"column": "weight", "at_most": {"column": "age"}},
        {"column": "visits", "equals": 1, "when": {"column": "age", "at_least": 50}},
    ]
    completed, messages = ruled(mixed, *rules, method=method, random_state=0, per_column={"visits": {"method": "mode"}})
    missing_mask = mixed["weight"].isna()
    assert (completed["weight"][missing_mask] <= mixed["age"][missing_mask]).all()
    assert (completed["visits"][mixed["visits"].isna() & (mixed["age"] >= 50)] == 1).all()
    assert len(messages) >= 2


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("a > 1", "rules: must be a list of rules"),
        (["a > 1"], "rules/0: must be an object"),
        ([{"column": "a"}], "rules/0: needs exactly one of at_least, at_most, equals, not none"),
        ([{"column": "a", "at_least": 1, "at_most": 2}], "not at_least and at_most"),
        ([{"at_least": 1}], "rules/0/column: must be the name of a column, not None"),
        ([{"column": "z", "at_least": 1}], "rules/0/column: there is no column 'z'"),
        ([{"column": "a", "at_least": 1}, {"column": "a", "most": 1}], "rules/1/most: unknown key"),
        ([{"column": "a", "at_least": {"column": "z"}}], "rules/0/at_least/column: there is no column 'z'"),
        ([{"column": "a", "at_least": [1]}], "rules/0/at_least: must be a value or"),
        ([{"column": "a", "at_least": NAN}], "rules/0/at_least: must be a value or"),
        ([{"column": "a", "at_least": "z"}], "rules/0: 'z' is no value for 'a'"),
        ([{"column": "a", "at_least": "b"}], r"rules/0: 'a' \(float64\) cannot be compared with 'b'"),
        ([{"column": "b", "at_least": 1}], "rules/0: 'b' holds no numbers or dates"),
        ([{"column": "b", "equals": 1}], "rules/0: 1 is no value for 'b'"),
        ([{"column": "c", "equals": "q"}], "rules/0: 'q' is no level of 'c'"),
        ([{"column": "n", "equals": 1.5}], "rules/0: 1.5 is no whole number"),
        ([{"column": "a", "equals": 1, "when": "b"}], "rules/0/when: must be an object"),
        ([{"column": "a", "equals": 1, "when": {"column": "b"}}], "rules/0/when: needs exactly one of is, at_least"),
        ([{"column": "a", "equals": 1, "when": {"column": "b", "is": None}}], "rules/0/when/is: must be text"),
        ([{"column": "a", "equals": 1, "when": {"column": "b", "is": 1}}], "rules/0: 1 is no value for 'b'"),
        ([{"column": "a", "equals": 1, "when": {"column": "b", "at_least": 1}}], "rules/0: when: 'b' holds no numbers"),
    ],
)
def test_what_is_no_rule_is_refused_by_its_place(rules, message):
    frame = pd.DataFrame(
        {"a": [1.0, NAN], "b": ["x", None], "c": pd.Categorical(["x", None]), "n": pd.array([1, None], dtype="Int64")}
    )
    with pytest.raises(UnsuitableTable, match=message):
        make_imputer("mean", rules=rules).fit(frame)


SIZES = pd.CategoricalDtype(["s", "m"])
DAYS = pd.to_datetime(["2024-01-01", None])


@pytest.mark.parametrize(
    ("other", "comparable"),
    [
        (pd.Series(["s", "m"], dtype=SIZES), True),
        (pd.Series(["s", "m"], dtype=pd.CategoricalDtype(["m", "s", "l"])), False),
        (pd.Series(["s", "m"], dtype="str"), False),
    ],
    ids=["same levels", "other levels", "text"],
)
def test_categories_are_compared_with_the_same_categories_only(other, comparable):
    frame = pd.DataFrame({"a": pd.Series(["s", None], dtype=SIZES), "b": other})
    imputer = make_imputer("mode", rules=[{"column": "a", "equals": {"column": "b"}}])
    if comparable:
        assert imputer.fit_transform(frame)["a"].tolist() == ["s", "m"]
    else:
        with pytest.raises(UnsuitableTable, match="cannot be compared"):
            imputer.fit(frame)


@pytest.mark.parametrize(
    ("first", "second", "comparable"), [(None, "UTC", False), ("UTC", "CET", True), (None, None, True)]
)
def test_instants_with_a_zone_are_compared_with_such_only(first, second, comparable):
    frame = pd.DataFrame({"a": DAYS.tz_localize(first), "b": pd.to_datetime(["2024-01-05"] * 2).tz_localize(second)})
    imputer = make_imputer("mean", rules=[{"column": "a", "at_least": {"column": "b"}}])
    if comparable:
        assert imputer.fit_transform(frame)["a"][1] == frame["b"][1]
    else:
        with pytest.raises(UnsuitableTable, match="cannot be compared"):
            imputer.fit(frame)
