"""Tables and names as a reader meets them."""

import numpy as np
import pandas as pd
import pytest

from wrangler.report import Table, overview
from wrangler.report.elements import format_value, interval_words, name_list, short_label, short_labels


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        (0.00042, None, "4.20e-04"),
        (3750.0, None, "3750"),
        (2007, None, "2007"),
        (0.99996, None, "1.00"),
        (1234567, None, "1,234,567"),
        (0.03198, "percent", "3.2 %"),
        (0.0, "percent", "0 %"),
        (0.0001, "percent", "under 0.1 %"),
        (-0.00001, "change", "under 0.001"),
        (0.0, "change", "0"),
        (-0.0123, "change", "\N{MINUS SIGN}0.012"),
        (True, "verdict", "holds"),
        (False, None, "no"),
        (np.nan, None, "\N{EN DASH}"),
        (pd.NA, "percent", "\N{EN DASH}"),
        (float("inf"), None, "\N{INFINITY}"),
        (float("-inf"), "percent", "\N{MINUS SIGN}\N{INFINITY}"),
    ],
)
def test_values_are_written_as_a_person_would(value, style, text):
    assert format_value(value, style) == text


def test_hostile_text_is_escaped_everywhere_in_a_table():
    evil = "<script>alert(1)</script>"
    frame = pd.DataFrame({evil: [evil]}, index=pd.Index([evil], name=evil))
    assert "<script" not in Table(frame, evil).to_html()
    assert "<script" not in Table(frame, evil, folded=True).to_html()


def test_long_and_wide_tables_are_cut_and_report_it():
    html = Table(pd.DataFrame(np.zeros((300, 200)))).to_html()
    assert "and 100 rows more" in html
    assert "and 140 columns more" in html


def test_a_long_table_shows_its_first_rows_and_folds_the_others():
    html = Table(pd.DataFrame({"a": range(40)})).to_html()
    assert html.index("<details") > html.index('<th scope="row">11</th>')
    assert html.index("<details") < html.index('<th scope="row">12</th>')
    assert "28 more rows" in html


def test_rows_stand_in_groups_under_headings_and_are_folded_by_whole_groups():
    frame = pd.DataFrame({"of": np.repeat(["<a>", "b", "c"], 7), "cell": range(21)})
    html = Table(frame, hide_index=True, grouped_by="of").to_html()
    assert html.count('<tr class="group"><th scope="rowgroup" colspan="1">') == 3
    assert "&lt;a&gt;" in html
    first, rest = html.split("14 more rows")
    assert '<td class="num">6</td>' in first
    assert '<td class="num">7</td>' in rest


def test_names_that_share_a_beginning_are_distinguished_by_their_end():
    names = [f"measurement_of_the_river_{place:03d}_at_north_bank" for place in range(3)]
    assert short_labels(names, 20) == ["…000_at_north_bank", "…001_at_north_bank", "…002_at_north_bank"]


def test_a_long_name_keeps_its_beginning_and_its_end():
    label = short_label("household_income_before_taxes_2021_q4", 20)
    assert len(label) == 20
    assert label.startswith("household")
    assert label.endswith("2021_q4"[-4:])


def test_control_characters_do_not_reach_a_label():
    assert short_label("a\nb\u202ec\x00") == "a b c"


def test_a_list_of_names_is_cut_and_counted():
    assert name_list(list("abcdef")) == "a, b, c, d and 2 more"


def test_the_overview_describes_every_kind_of_column():
    frame = pd.DataFrame(
        {
            "n": [1.5, None, 3.0],
            "i": pd.array([1, None, 3], dtype="Int64"),
            "b": pd.array([True, None, True], dtype="boolean"),
            "t": ["x", None, "y"],
            "d": pd.to_datetime(["2020-01-01", None, "2021-05-03"]),
            "c": pd.Series(["u", "u", None], dtype="category"),
            "e": [None, None, None],
        }
    )
    table = overview(frame).frame
    assert table["type"].tolist() == ["number", "integer", "boolean", "text", "date", "category", "text"]
    assert table["values"]["d"] == "2020-01-01 to 2021-05-03"
    assert table["values"]["e"] == "(empty)"


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        ((0.5, 0.4, 0.6), "0.50 (0.40 to 0.60)"),
        ((0.319, 0.3168, 0.3215), "0.319 (0.317 to 0.322)"),
        ((0.5, 0.5, 0.5), "0.50 (0.50 to 0.50)"),
        ((0.5, np.nan, np.nan), "0.50"),
    ],
)
def test_an_interval_is_shown_to_the_digits_that_distinguish_its_ends(interval, text):
    assert interval_words(*interval).replace("\N{NO-BREAK SPACE}", " ") == text
