"""What the report reports: markers, conversions, suspicions, meanings."""

import pytest

from tests.importing.conftest import Importer

pytestmark = pytest.mark.slow


def _suspected(importer: Importer, text: str) -> dict[str, str]:
    return {found["column"]: found["value"] for found in importer(text).report["suspected_markers"]}


def test_sentinels_are_proposed_and_not_applied(importer: Importer) -> None:
    lines = [f"{20 + i % 50},{i * 1.5},{'?' if i % 9 == 0 else 'x'}" for i in range(50)]
    text = "\n".join(["age,weight,answer", *lines, "-999,9999,x", "-999,9999,x", ""])
    assert _suspected(importer, text) == {"age": "-999", "weight": "9999", "answer": "?"}
    assert [column["missing"] for column in importer(text).columns] == [0, 0, 0]


def test_values_within_the_others_are_no_sentinels(importer: Importer) -> None:
    lines = "\n".join(f"{value},{value / 2}" for value in range(-1000, 1100, 7))
    assert _suspected(importer, f"a,b\n{lines}\n-99,-99\n-99,-99\n") == {}


@pytest.mark.parametrize(
    ("values", "proposed"),
    [
        ([*"12345" * 10, "9", "9", "-8", "-8"], ["-8", "9"]),
        ([*map(str, range(60, 160)), "0", "0"], ["0"]),
        ([*"0123" * 10, "8", "8", "-1", "-1"], ["-1", "8"]),
        (["tea", "coffee"] * 20 + ["99", "don't know"], ["99", "don't know"]),
        ([*(str(20 + i % 30 + i % 41) for i in range(200)), *["99"] * 7], ["99"]),
        ([*(f"{(i % 21 - 10) ** 3 / 250:.1f}" for i in range(200)), *["-9"] * 5], ["-9"]),
        ([*map(str, range(1950, 2020)), "999", "999", "9999", "9999"], ["999", "9999"]),
        ([f"{i:05}" for i in range(501, 560)] + ["-1"], ["-1"]),
    ],
)
def test_usual_codes_apart_from_the_others_are_proposed(
    importer: Importer, values: list[str], proposed: list[str]
) -> None:
    report = importer("\n".join(["a", *values, ""])).report
    assert sorted(found["value"] for found in report["suspected_markers"]) == proposed


@pytest.mark.parametrize(
    "values",
    [
        ["-1", "0", "1"] * 20,
        [*map(str, range(11))] * 5,
        ["0", "1", "2", "3"] * 9,
        ["9.99", "99", "99", "149", "149"],
        ["7b", "12", "99"],
        ["19", "49", "99"] * 9,
        ["0"] * 30 + [*map(str, range(8, 40))],
        [str(min(99, value)) for value in range(40, 104)],
    ],
)
def test_values_among_their_like_are_no_codes(importer: Importer, values: list[str]) -> None:
    assert importer("\n".join(["a", *values, ""])).report["suspected_markers"] == []


def span(low: int, high: int) -> list[str]:
    """Each whole number once."""
    return [str(value) for value in range(low, high + 1)]


@pytest.mark.parametrize(
    ("values", "proposed"),
    [
        ([*"12345" * 10, "8", "8"], ["8"]),  # scales: 8 and 9 stand three steps beyond one of at most six
        ([*"123456" * 10, "8", "8"], []),
        ([*"123456" * 10, "9", "9"], ["9"]),
        ([*"1234567" * 10, "9", "9"], []),
        ([*span(5, 25), "0", "0"], ["0"]),  # zero: five steps or a fifth of the spread below the others, and rare
        ([*span(4, 24), "0", "0"], []),
        ([*span(20, 120), "0", "0"], ["0"]),
        ([*span(19, 119), "0", "0"], []),
        ([*span(10, 30), *["0"] * 3], ["0"]),
        ([*span(10, 30), *["0"] * 4], []),
        ([*"0123" * 10, *["-1"] * 7], ["-1"]),  # next to the others only if rare
        ([*"0123" * 10, *["-1"] * 8], []),
        ([*span(1, 19), "-99"], ["-99"]),  # once only when five times as large as any other
        ([*span(1, 20), "-99"], []),
        ([*span(10, 54), "99", "99"], ["99"]),  # above by more than the spread, and rare or of more digits
        ([*span(10, 55), "99", "99"], []),
        ([*"1234567" * 10, *["99"] * 20], ["99"]),
        ([*span(10, 40), *["99"] * 20], []),
        ([*["10"] * 40, "50", *["77"] * 3], ["77"]),  # more often than all values near that end, and thrice
        ([*["10"] * 40, "50", *["77"] * 2], []),
        ([*span(0, 80), *["99"] * 10], ["99"]),
        ([*span(0, 80), *["99"] * 9], []),
        (["tea"] * 4 + ["99"] * 3, ["99"]),  # numbers among words: fewer than half
        (["tea"] * 3 + ["99"] * 3, []),
        ([f"{value:05}" for value in range(501, 519)] + ["-1"] * 3, ["-1"]),
        ([f"{value:05}" for value in range(501, 518)] + ["-1"] * 3, []),
    ],
)
def test_a_code_is_proposed_from_its_limits_on(importer: Importer, values: list[str], proposed: list[str]) -> None:
    report = importer("\n".join(["a", *values, ""])).report
    assert [found["value"] for found in report["suspected_markers"]] == proposed


@pytest.mark.parametrize(
    ("code", "reported"), [("-99", "below all other values (10 to 30)"), ("999", "above all other")]
)
def test_a_proposal_says_on_which_side_of_the_others_the_code_stands(
    importer: Importer, code: str, reported: str
) -> None:
    [found] = importer("\n".join(["a", *span(10, 30), code, code, ""])).report["suspected_markers"]
    assert reported in found["reason"]
    assert found["count"] == 2


def test_a_proposal_states_why_a_value_may_be_missing(importer: Importer) -> None:
    report = importer("a\nx\ny\nrefused\nnot applicable\n").report
    assert {found["kind"] for found in report["suspected_markers"]} == {"refused", "not_applicable"}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["00501", "12345"], "leading_zeros"),
        (["+491234567", "+491234568"], "phone_numbers"),
        (["9007199254740993", "1.5"], "big_integers"),
        (["18446744073709551616", "1"], "big_integers"),
        ([*map(str, range(20)), "oops"], "nearly_numbers"),
        ([*(f"2024-01-{day:02}" for day in range(1, 21)), "2024-02-30"], "nearly_dates"),
        (["01/02/2020", "03/04/2020"], "ambiguous_dates"),
    ],
)
def test_what_nearly_was_another_type_is_reported(importer: Importer, values: list[str], kind: str) -> None:
    result = importer("\n".join(["a", *values, ""]))
    assert result.columns[0]["type"] == "text"
    assert [suspicion["kind"] for suspicion in result.report["suspicions"]] == [kind]


def test_what_does_not_fit_is_reported_by_its_lines(importer: Importer) -> None:
    text = "\n".join(["a,b", *(f'{i},"x\ny"' for i in range(20)), "oops,x", "NA,x", "?,x", ""])
    [suspicion] = importer(text).report["suspicions"]
    assert (suspicion["kind"], suspicion["lines"]) == ("nearly_numbers", [42, 44])


def test_a_type_is_proven_by_the_last_row_too(importer: Importer) -> None:
    rows = "\n".join(["a,b,c", *(f"{i},{i}.5,2024-01-01" for i in range(30_000)), "007,x,2024-01-01T10:00:00Z", ""])
    result = importer(rows)
    assert [column["type"] for column in result.columns] == ["text", "text", "text"]
    assert [suspicion["kind"] for suspicion in result.report["suspicions"]][:2] == ["leading_zeros", "nearly_numbers"]


def test_integers_give_way_to_numbers_late_in_the_file(importer: Importer) -> None:
    rows = "\n".join(["a", *map(str, range(30_000)), "1.5", ""])
    assert importer(rows).columns[0]["type"] == "number"


def test_a_column_that_begins_empty_is_typed_by_what_comes_later(importer: Importer) -> None:
    rows = "\n".join(["a,b", *("," for _ in range(30_000)), "1,2024-01-01", "2,2024-01-02", ""])
    assert [column["type"] for column in importer(rows).columns] == ["integer", "date"]


@pytest.mark.parametrize(
    ("options", "values", "expected"),
    [
        ({}, ["1,5", "2,25"], [1.5, 2.25]),
        ({"decimal": ",", "thousands": "."}, ["1.234,5", "-2.000,25"], [1234.5, -2000.25]),
        ({"thousands": ","}, ["1,234", "12,345.5"], [1234.0, 12345.5]),
        ({"thousands": " "}, ["1 234", "12 345.5"], [1234.0, 12345.5]),
    ],
)
def test_numbers_are_read_as_they_are_written(
    importer: Importer, options: dict[str, str], values: list[str], expected: list[float]
) -> None:
    text = "\n".join(["a;b", *(f"{value};x" for value in values), ""])
    assert importer.frame(text, **options)["a"].tolist() == expected


@pytest.mark.parametrize(("day_first", "month"), [(True, 2), (False, 1)])
def test_day_first_decides_ambiguous_dates(importer: Importer, day_first: bool, month: int) -> None:  # noqa: FBT001
    frame = importer.frame("a\n01/02/2020\n03/04/2020\n", day_first=day_first)
    assert frame["a"][0].month == month


def test_zones_become_utc_and_are_reported(importer: Importer) -> None:
    frame = importer.frame("a\n2024-01-05T10:00:00+02:00\n2024-01-05T10:00:00Z\n")
    assert [moment.hour for moment in frame["a"]] == [8, 10]
    assert str(frame["a"].dt.tz) == "UTC"


@pytest.mark.parametrize(
    ("name", "values", "semantic", "role"),
    [
        ("patient_id", [str(i) for i in range(60)], "id", "id"),
        ("patient_id", [str(i // 3) for i in range(60)], "integer", "group"),
        ("size", ["small", "large", "medium"] * 20, "ordinal", "feature"),
        ("smoker", ["yes", "no"] * 30, "boolean", "feature"),
        ("grade", [str(i % 4) for i in range(60)], "ordinal", "feature"),
        ("species", ["cat", "dog", "emu"] * 20, "category", "feature"),
        ("visit", [f"2024-01-{1 + i % 31:02}" for i in range(31)], "date", "time"),
        ("target", [str(i % 7 + 0.5) for i in range(60)], "number", "target"),
        ("site", ["A"] * 60, "category", "excluded"),
        ("nothing", ["NA"] * 60, "text", "excluded"),
        ("ideal", [str(i) for i in range(60)], "integer", "feature"),
    ],
)
def test_meaning_and_role_are_guessed_with_a_reason(
    importer: Importer, name: str, values: list[str], semantic: str, role: str
) -> None:
    [column] = importer("\n".join([name, *values, ""])).columns
    assert (column["semantic_type"], column["role"]) == (semantic, role)
    assert column["role_reason"]
