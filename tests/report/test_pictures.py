"""Every picture is drawn without a warning, from the smallest table to a wide one, and says what it shows."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from wrangler import report
from wrangler.analyze import correlate, correlation_change, influx_outflux, missingness, missingness_predictors

pytestmark = pytest.mark.slow

HOSTILE = "<img src=x onerror=alert(1)> $\\alpha_{$ \u65e5\u672c\u8a9e \U0001f427"


def table(columns: int, rows: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(columns)
    values = rng.normal(size=(rows, columns))
    values[rng.random(values.shape) < 0.2] = np.nan
    names = [f"a rather long name of a column, number {place}" for place in range(columns)]
    frame = pd.DataFrame(values, columns=names).rename(columns={names[0]: HOSTILE})
    frame["text"] = np.where(rng.random(rows) < 0.3, None, rng.choice([HOSTILE, "b"], rows))
    frame["when"] = pd.to_datetime("2020-01-01") + pd.to_timedelta(np.arange(rows), unit="D")
    frame.loc[3:5, "when"] = pd.NaT
    return frame


def fill(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.ffill().bfill()


SCORES = pd.DataFrame(
    {
        "column": [HOSTILE, "b", "c"],
        "ratio": [0.5, 1.5, np.inf],
        "ratio_low": [0.4, np.nan, np.nan],
        "ratio_high": [0.7, np.nan, np.nan],
        "beats_baseline": [True, False, False],
    }
)

PICTURES = {
    "missing_shares": lambda frame: report.missing_shares(missingness(frame)),
    "missing_per_row": lambda frame: report.missing_per_row(missingness(frame)),
    "missing_matrix": lambda frame: report.missing_matrix(missingness(frame)),
    "missing_patterns": lambda frame: report.missing_patterns(missingness(frame)),
    "nullity_heatmap": lambda frame: report.nullity_heatmap(missingness(frame)),
    "nullity_dendrogram": lambda frame: report.nullity_dendrogram(missingness(frame)),
    "flux": lambda frame: report.flux_picture(influx_outflux(missingness(frame)), missingness(frame)),
    "mechanism": lambda frame: report.mechanism_picture(missingness_predictors(frame, random_state=0)),
    "distributions": lambda frame: report.distributions(frame, fill(frame), frame.isna()),
    "correlation_heatmap": lambda frame: report.correlation_heatmap(correlate(frame)),
    "correlation_change": lambda frame: report.correlation_change_picture(correlation_change(frame, fill(frame))),
    "held_out_errors": lambda _frame: report.held_out_errors(SCORES),
}


@pytest.mark.parametrize("columns", [2, 5, 100])
@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES.keys())
def test_a_picture_is_drawn_at_twice_its_shown_size_and_described(draw, columns):
    picture = draw(table(columns))
    assert isinstance(picture, report.Picture)
    assert Image.open(io.BytesIO(picture.png)).size == (2 * picture.width_pixels, 2 * picture.height_pixels)
    assert picture.width_pixels <= 800
    assert len(picture.alt) > 40
    assert len(picture.png) < 250_000


def test_where_most_rows_are_complete_only_those_with_missing_cells_are_drawn():
    frame = pd.DataFrame({"a": np.where(np.arange(10_000) < 30, np.nan, 1.0)})

    assert report.missing_matrix(missingness(frame)).alt.startswith("Matrix of 30 rows")
    assert "9,970 rows are complete and not drawn" in report.missing_matrix(missingness(frame)).alt
    assert report.missing_matrix(missingness(frame.head(50))).alt.startswith("Matrix of 50 rows")


@pytest.mark.parametrize("draw", list(PICTURES.values())[:-1], ids=list(PICTURES)[:-1])
def test_a_complete_table_of_text_gets_a_sentence_instead(draw):
    assert isinstance(draw(pd.DataFrame({"t": ["a", "b"]})), report.Note)


def test_the_same_table_gives_the_same_picture():
    assert report.missing_patterns(missingness(table(5))).png == report.missing_patterns(missingness(table(5))).png


def test_colours_of_observed_and_imputed_differ_in_lightness_too():
    def lightness(colour: str) -> float:
        red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    assert lightness(report.IMPUTED) - lightness(report.OBSERVED) > 30
