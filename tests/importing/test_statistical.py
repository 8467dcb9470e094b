"""Files of Stata, SPSS and SAS: labels, codes for missing, dates."""

import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from tests.importing.conftest import Importer
from wrangler.importing import Code

RESPONSES = pd.DataFrame(
    {
        "satisfied": [1.0, 2.0, 3.0, -9.0, -8.0, None],
        "age": [36, 41.0, 29, -1, 50, 63],
        "city": ["Köln", "", "Bonn", "Bonn", "Ulm", "Ulm"],
        "day": pd.to_datetime(["2020-01-01", "1650-06-30", None, "2020-01-01", "2020-01-01", "2020-01-01"]),
    }
)
LABELS = {"satisfied": {1: "not at all", 2: "somewhat", 3: "very", 4: "wholly", -9: "Refused", -8: "Don't know"}}


@pytest.fixture
def spss(tmp_path: Path) -> bytes:
    path = tmp_path / "answers.spss"
    pyreadstat.write_sav(
        RESPONSES,
        path,
        column_labels={"satisfied": "How satisfied are you?"},
        variable_value_labels=LABELS,
        missing_ranges={"satisfied": [{"lo": -9, "hi": -8}], "age": [-1]},
        variable_measure={"satisfied": "ordinal"},
    )
    return path.read_bytes()


@pytest.fixture
def stata(tmp_path: Path) -> bytes:
    path = tmp_path / "answers.dta"
    frame = pd.DataFrame({"q": [1, 2, "a", "b", None], "x": [1.0, 2.5, 3, 4, 5]})
    pyreadstat.write_dta(
        frame,
        path,
        variable_value_labels={"q": {1: "yes", 2: "no", "a": "refused"}},
        missing_user_values={"q": ["a", "b"]},
    )
    return path.read_bytes()


def test_labels_become_ordered_categories(importer: Importer, spss: bytes) -> None:
    satisfied = importer.frame(spss)["satisfied"]
    assert satisfied.cat.categories.tolist() == ["not at all", "somewhat", "very", "wholly"]
    assert satisfied.cat.ordered
    assert satisfied.isna().tolist() == [False, False, False, True, True, True]


def test_codes_for_missing_keep_their_count_and_kind(importer: Importer, spss: bytes) -> None:
    columns = {column["name"]: column for column in importer(spss).columns}
    assert columns["satisfied"]["markers"] == {"-9": 1, "-8": 1}
    assert columns["satisfied"]["marker_labels"] == {"-9": "Refused", "-8": "Don't know"}
    assert columns["satisfied"]["missing_reasons"] == {"refused": 1, "unknown": 1}
    assert columns["satisfied"]["label"] == "How satisfied are you?"
    assert (columns["age"]["type"], columns["age"]["markers"]) == ("integer", {"-1": 1})
    assert (columns["city"]["type"], columns["city"]["missing"]) == ("text", 1)


def test_dates_are_dates(importer: Importer, spss: bytes) -> None:
    assert [None if pd.isna(day) else day.date() for day in importer.frame(spss)["day"]][:3] == [
        date(2020, 1, 1),
        date(1650, 6, 30),
        None,
    ]


def test_codes_can_be_kept(importer: Importer, spss: bytes) -> None:
    satisfied = importer.frame(spss, types={"satisfied": "integer"})["satisfied"]
    assert satisfied.dropna().tolist() == [1, 2, 3]


def test_letters_of_stata_are_markers(importer: Importer, stata: bytes) -> None:
    result = importer(stata)
    q, x = result.columns
    assert result.format == "stata"
    assert (q["type"], q["markers"], q["missing_reasons"]) == (
        "category",
        {".a": 1, ".b": 1},
        {"refused": 1, "missing": 1},
    )
    assert (x["type"], x["missing"]) == ("number", 0)
    assert not importer.frame(stata)["q"].cat.ordered


def test_codes_of_which_some_have_no_label_stay_codes(importer: Importer, tmp_path: Path) -> None:
    path = tmp_path / "scale.spss"
    pyreadstat.write_sav(pd.DataFrame({"q": [1.0, 5, 10]}), path, variable_value_labels={"q": {1: "worst", 10: "best"}})
    result = importer(path.read_bytes())
    assert result.columns[0]["type"] == "integer"
    assert [suspicion["kind"] for suspicion in result.report["suspicions"]] == ["partly_labelled"]


def test_sas_transport_files_are_read(importer: Importer, tmp_path: Path) -> None:
    pyreadstat.write_xport(pd.DataFrame({"Q": [1.0, 2.5, None], "S": ["a", "b", ""]}), tmp_path / "x.xpt")
    result = importer((tmp_path / "x.xpt").read_bytes())
    assert [(column["type"], column["missing"]) for column in result.columns] == [("number", 1), ("text", 1)]


def test_long_files_are_read_in_pieces(importer: Importer, spss: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wrangler.importing.readers.statistical.CELLS_AT_ONCE", 8)
    whole = importer.frame(spss)
    monkeypatch.undo()
    pd.testing.assert_frame_equal(importer.frame(spss), whole)


@pytest.mark.parametrize("cut", [20, 200, -30])
def test_a_file_cut_short_is_broken(importer: Importer, spss: bytes, cut: int) -> None:
    assert importer.refusal(spss[:cut]).code == Code.BROKEN_STATISTICAL


def test_a_day_beyond_all_calendars_is_damage(importer: Importer, tmp_path: Path) -> None:
    path = tmp_path / "days.spss"
    pyreadstat.write_sav(pd.DataFrame({"day": [1.0, 1e300]}), path, variable_format={"day": "DATE11"})
    assert importer.refusal(path.read_bytes()).code == Code.BROKEN_STATISTICAL


def test_bytes_out_of_place_are_damage(importer: Importer, tmp_path: Path) -> None:
    path = tmp_path / "old.dta"
    pyreadstat.write_dta(RESPONSES[["age", "city"]], path, version=8)
    data = path.read_bytes()
    for place in range(84, 94):
        assert importer.refusal(data[:place] + data[place + 1 :]).code == Code.BROKEN_STATISTICAL


def test_without_the_extra_the_refusal_names_it(
    importer: Importer, spss: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    refused = importer.refusal(spss)
    assert refused.code == Code.READER_MISSING
    assert "wrangler[readstat]" in refused.message


@pytest.mark.parametrize(("value", "kind"), [(2.0**52, "integer"), (2.0**53 + 2, "number"), (1.5, "number")])
def test_numbers_that_are_all_whole_and_exact_become_integers(
    importer: Importer, tmp_path: Path, value: float, kind: str
) -> None:
    pyreadstat.write_sav(pd.DataFrame({"n": [1.0, value]}), tmp_path / "file.sav")
    assert importer((tmp_path / "file.sav").read_bytes()).columns[0]["type"] == kind
