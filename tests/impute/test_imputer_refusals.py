"""What the library refuses, and how it says so."""

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import (
    METHODS,
    ImputationError,
    InvalidOptions,
    UnknownMethod,
    UnsuitableTable,
    describe_methods,
    make_imputer,
)

FRAME = pd.DataFrame({"a": [1.0, np.nan], "b": ["x", None]})


def test_an_unknown_method_is_refused_with_the_methods_there_are():
    with pytest.raises(UnknownMethod, match=r"'best'; the methods are auto, mean"):
        make_imputer("best")


def test_an_unknown_option_is_refused_with_the_options_there_are():
    with pytest.raises(
        InvalidOptions, match="/k: unknown option; allowed are: max_levels, time_budget_seconds, neighbors"
    ):
        make_imputer("knn", k=3)


@pytest.mark.parametrize(
    ("options", "pointer", "message"),
    [
        ({"neighbors": 0}, "/neighbors", "must be at least 1, not 0"),
        ({"neighbors": "3"}, "/neighbors", "must be integer, not '3'"),
        ({"neighbors": True}, "/neighbors", "must be integer, not True"),
        ({"weights": "near"}, "/weights", "must be one of distance, uniform, not 'near'"),
    ],
)
def test_validation_points_at_the_option(options, pointer, message):
    assert METHODS["knn"].validate(options) == [(pointer, message)]


def test_options_set_behind_the_constructor_are_refused_at_fit():
    imputer = make_imputer("knn").set_params(neighbors=-1)
    with pytest.raises(InvalidOptions, match="/neighbors"):
        imputer.fit(FRAME)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"columns": ["c"]}, "columns: there is no column 'c'; the columns are a, b"),
        ({"columns": "a"}, "columns: give a list"),
        ({"exclude": ["c"]}, "exclude: there is no column 'c'"),
        ({"exclude": ["a"], "columns": ["a"]}, "exclude: 'a' is also asked to be filled"),
        ({"group_by": ["c"]}, "group_by: there is no column 'c'"),
        ({"order_by": "c"}, "order_by: there is no column 'c'"),
        ({"order_by": "b"}, "order_by: 'b' holds no numbers or dates"),
        ({"per_column": {"c": {"method": "mean"}}}, "per_column: there is no column 'c'"),
        ({"per_column": {"a": {"method": "best"}}}, "'best'; the methods are"),
        ({"per_column": {"a": {"method": "knn", "k": 1}}}, "/k: unknown option"),
        ({"bounds": {"c": [0, 1]}}, "bounds: there is no column 'c'"),
        ({"bounds": {"b": [0, 1]}}, "bounds: 'b' holds no numbers"),
        ({"bounds": {"a": [1, 0]}}, "bounds: the lowest of 'a', 1, lies above the highest, 0"),
        ({"bounds": {"a": [1]}}, "bounds: 'a' needs a pair"),
        ({"bounds": {"a": ["x", None]}}, "bounds: 'x' is no value for 'a'"),
    ],
)
def test_a_parameter_that_does_not_fit_the_table_is_refused_by_name(parameters, message):
    with pytest.raises(ImputationError, match=message):
        make_imputer("mean", **parameters).fit_transform(FRAME)


def test_cells_that_make_no_groups_are_refused():
    with pytest.raises(ImputationError, match="group_by: the cells of 'g' cannot be compared"):
        make_imputer("mean", group_by=["g"]).fit(FRAME.assign(g=[[1], [2]]))


def test_columns_that_differ_from_the_fitted_ones_are_refused():
    imputer = make_imputer("mean").fit(FRAME)
    with pytest.raises(ValueError, match="feature names should match"):
        imputer.transform(FRAME.rename(columns={"a": "z"}))


def test_methods_are_described_ready_for_json():
    described = {method["name"]: method for method in describe_methods()}
    assert described["mean"]["column_kinds"] == ["number", "integer", "datetime", "duration", "decimal"]
    schema = described["knn"]["options_schema"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["neighbors"]["minimum"] == 1
    assert all(method["title"] and method["summary"].endswith(".") for method in described.values())


def test_the_largest_allowed_value_of_an_option_is_allowed():
    make_imputer("mice", draws=200)
    with pytest.raises(InvalidOptions, match="at most 200"):
        make_imputer("mice", draws=201)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"bounds": {"a": ["x", 3]}}, "bounds: 'x' is no value for 'a'"),
        ({"bounds": {"d": ["2024-10-01", "2024-9-01"]}}, "bounds: the lowest of 'd'"),
        ({"bounds": {"d": ["no day", None]}}, "bounds: 'no day' is no value for 'd'"),
        ({"allowed": {"c": [["x"]]}}, "allowed: .* is no value for 'c'"),
        ({"per_column": {"a": 3}}, "per_column: 'a' needs a mapping such as"),
        ({"per_column": {"a": "median"}}, "per_column: 'a' needs a mapping such as"),
        ({"per_column": 3}, "per_column: give a mapping by column name"),
        ({"per_column": {"a": {"columns": ["c"]}}}, "per_column: 'a' has 'columns', which is set for the whole table"),
        ({"order_by": ["a"]}, "order_by: give the name of one column"),
        ({"progress": 3}, "progress: must be callable"),
        ({"add_indicator": "yes"}, "add_indicator: must be True or False"),
    ],
)
def test_a_parameter_of_a_wrong_type_is_refused_by_name(parameters, message):
    frame = pd.DataFrame(
        {
            "a": [1.0, np.nan, 3.0],
            "c": pd.Categorical(["x", None, "y"]),
            "d": pd.to_datetime(["2024-01-01", None, "2024-12-31"]),
        }
    )
    with pytest.raises(UnsuitableTable, match=message):
        make_imputer("mean", **parameters).fit(frame)


def test_bounds_of_dates_are_compared_as_dates():
    frame = pd.DataFrame({"d": pd.to_datetime(["2024-01-01", None, "2024-12-31"])})
    completed = make_imputer("mean", bounds={"d": ["2024-9-01", "2024-10-01"]}).fit_transform(frame)
    assert completed["d"].iloc[1] == pd.Timestamp("2024-09-01")


def test_names_for_an_array_must_be_as_many_as_its_columns():
    imputer = make_imputer("mean").fit(np.array([[1.0, np.nan], [2.0, 3.0]]))
    assert imputer.get_feature_names_out(["a", "b"]).tolist() == ["a", "b"]
    with pytest.raises(ImputationError, match="length"):
        imputer.get_feature_names_out(["a"])
