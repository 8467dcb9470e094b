"""Uploading tables and looking at them, over HTTP."""

import gzip
import io
import json
import zipfile
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from wrangler.examples import PENGUINS

pytestmark = pytest.mark.slow

CSV = b"name,age,zip\nAda,36,00501\nBob,,10001\nEve,29,\n"


def upload(caller, content=CSV, filename="people.csv", **form):
    return caller.post("/api/v1/datasets", data={"file": (io.BytesIO(content), filename), **form})


def columns(response):
    return {column["name"]: column for column in response.json["columns"]}


@pytest.fixture
def dataset(user):
    return upload(user).json


def test_an_upload_returns_201_with_its_location_and_what_was_found(user):
    response = upload(user)

    assert response.status_code == 201
    assert response.headers["Location"] == f"/api/v1/datasets/{response.json['id']}"
    assert (response.json["status"], response.json["rows"], response.json["name"]) == ("ready", 3, "people")
    assert {name: column["type"] for name, column in columns(response).items()} == {
        "name": "text",
        "age": "integer",
        "zip": "text",
    }
    assert user.get(response.headers["Location"]).json == response.json


def test_leading_zeros_are_kept(user, dataset):
    rows = user.get(f"/api/v1/datasets/{dataset['id']}/rows").json

    assert rows == {
        "items": [
            {"name": "Ada", "age": 36, "zip": "00501"},
            {"name": "Bob", "age": None, "zip": "10001"},
            {"name": "Eve", "age": 29, "zip": None},
        ],
        "offset": 0,
        "total": 3,
    }


def test_import_options_decide_over_what_would_be_guessed(user):
    options = {"delimiter": ";", "decimal": ",", "missing_markers": ["-"], "types": {"code": "text"}}

    response = upload(user, b"code;x\n1;0,5\n2;-\n", options=json.dumps(options))

    assert {name: (column["type"], column["missing"]) for name, column in columns(response).items()} == {
        "code": ("text", 0),
        "x": ("number", 1),
    }


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_parquet_and_xlsx_are_taken_too(user, form, tmp_path):
    table = pd.read_csv(PENGUINS)
    path = tmp_path / f"penguins.{form}"
    if form == "parquet":
        table.to_parquet(path)
    else:
        table.to_excel(path, index=False, engine="xlsxwriter")

    response = upload(user, path.read_bytes(), path.name)

    assert (response.status_code, response.json["rows"], response.json["format"]) == (201, 344, form)
    assert columns(response)["sex"]["missing"] == 11


def _zip_bomb():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
        archive.writestr("[Content_Types].xml", b"")
    return packed.getvalue()


BAD_FILES = {
    "empty": (b"", "empty_file"),
    "header only": (b"a,b\n", "header_only"),
    "ragged line": (b"a,b\n1,2\n3,4,5\n", "ragged_lines"),
    "duplicate column names": (b"a,a\n1,2\n", "duplicate_columns"),
    "NUL bytes": (b"a,b\n1,\x002\n", "nul_bytes"),
    "unclear encoding": ("a,b\nЮлия,1\nЁж,2\n".encode("koi8-r"), "wrong_encoding"),
    "HTML": (b"<!DOCTYPE html><html><body>no table</body></html>", None),
    "gzip in gzip": (gzip.compress(gzip.compress(b"a\n1\n")), "nested_archive"),
    "broken Parquet": (b"PAR1" + b"\x00" * 40 + b"PAR1", None),
    "zip bomb": (_zip_bomb(), None),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_table_is_refused_with_a_reason_and_leaves_nothing(user, settings, name):
    content, code = BAD_FILES[name]

    response = upload(user, content, "table.csv")

    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    assert code in (None, response.json["code"])
    assert len(response.json["detail"]) > 20
    assert user.get("/api/v1/datasets").json["items"] == []
    assert [path for path in Path(settings.data_dir).glob("*/*") if path.parent.name in {"uploads", "datasets"}] == []


def test_a_ragged_line_is_named(user):
    response = upload(user, b"a,b\n1,2\n3,4,5\n6,7\n8\n")

    assert response.json["lines"] == [3, 5]
    assert "line 3 has 3, line 5 has 1" in response.json["detail"]


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ("{", "/options"),
        ('{"colour": "red"}', "/options/colour"),
        ('{"types": {"age": "banana"}}', "/options/types/age"),
        ('{"types": {"nobody": "text"}}', "/options/types/nobody"),
    ],
)
def test_import_options_that_make_no_sense_are_named(user, options, pointer):
    response = upload(user, options=options)

    assert response.status_code == 422
    assert pointer in [error["pointer"] for error in response.json["errors"]]


def test_an_upload_without_a_file_names_what_is_missing(user):
    response = user.post("/api/v1/datasets", data={"name": "x"}, content_type="multipart/form-data")

    assert response.status_code == 422
    assert response.json["errors"][0]["pointer"] == "/file"


def test_a_body_over_the_limit_is_refused(make_app, make_settings):
    app = make_app(make_settings(max_content_length=1000))
    with app.app_context():
        from wrangler.services import accounts

        accounts.register("ada@example.org", "correct horse battery", "Ada")
    client = app.test_client(use_cookies=False)
    reported = client.post("/api/v1/auth/token", json={"email": "ada@example.org", "password": "correct horse battery"})
    headers = {"Authorization": f"Bearer {reported.json['access_token']}"}

    response = client.post(
        "/api/v1/datasets", data={"file": (io.BytesIO(b"a\n" + b"1\n" * 5000), "big.csv")}, headers=headers
    )

    assert response.status_code == 413


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xlsx"])
def test_a_download_holds_the_same_table(user, dataset, form):
    response = user.get(f"/api/v1/datasets/{dataset['id']}/download?format={form}", buffered=True)

    assert response.headers["Content-Disposition"] == f"attachment; filename=people.{form}"
    lines = partial(pd.read_json, lines=True)
    read = {
        "csv": pd.read_csv,
        "jsonl": lines,
        "parquet": pd.read_parquet,
        "xlsx": lambda file: pd.read_excel(file, engine="calamine"),
    }
    table = read[form](io.BytesIO(response.data))
    assert list(table.columns) == ["name", "age", "zip"]
    assert table["age"].isna().tolist() == [False, True, False]


def test_a_download_can_be_resumed_and_revalidated(user, dataset):
    path = f"/api/v1/datasets/{dataset['id']}/download?format=parquet"
    whole = user.get(path, buffered=True)

    part = user.get(path, headers={"Range": "bytes=4-9"}, buffered=True)
    same = user.get(path, headers={"If-None-Match": whole.headers["ETag"]}, buffered=True)

    assert (part.status_code, part.data) == (206, whole.data[4:10])
    assert same.status_code == 304


def test_text_that_a_spreadsheet_would_run_is_guarded_unless_asked_otherwise(user):
    made = upload(user, b"a,b\n=1+1,2\n@x,3\n").json
    path = f"/api/v1/datasets/{made['id']}/download?format=csv"

    assert b"'=1+1" in user.get(path, buffered=True).data
    assert b"\n=1+1" in user.get(f"{path}&guard_formulas=false", buffered=True).data


def test_a_profile_describes_every_column(user, dataset):
    reported = user.get(f"/api/v1/datasets/{dataset['id']}/profile").json

    assert {column["name"]: column["missing"] for column in reported["columns"]} == {"name": 0, "age": 1, "zip": 1}


def test_a_name_and_a_role_can_be_changed_and_nothing_else(user, dataset):
    path = f"/api/v1/datasets/{dataset['id']}"

    changed = user.patch(path, json={"name": "crew", "columns": [{"name": "age", "role": "target"}]})

    assert changed.json["name"] == "crew"
    assert columns(changed)["age"]["role"] == "target"
    for more in ({"owner_id": "x"}, {"status": "failed"}, {"rows": 0}):
        assert user.patch(path, json=more).status_code == 422


def test_a_role_of_an_unknown_column_is_refused_by_name(user, dataset):
    response = user.patch(f"/api/v1/datasets/{dataset['id']}", json={"columns": [{"name": "agge", "role": "id"}]})

    assert response.status_code == 422
    assert "'agge'" in response.json["detail"]


def test_what_a_column_means_can_be_changed(user, dataset):
    path = f"/api/v1/datasets/{dataset['id']}"

    changed = columns(user.patch(path, json={"columns": [{"name": "age", "semantic_type": "ordinal"}]}))

    assert (changed["age"]["semantic_type"], changed["age"]["semantic_reason"]) == ("ordinal", "set by the user")
    assert changed["age"]["role"] == columns(user.get(path))["age"]["role"]


def test_a_column_declared_an_identifier_plays_that_role(user, dataset):
    body = {"columns": [{"name": "age", "semantic_type": "id"}]}

    changed = columns(user.patch(f"/api/v1/datasets/{dataset['id']}", json=body))

    assert (changed["age"]["role"], changed["age"]["role_reason"]) == ("id", "set by the user")


def test_a_meaning_that_the_values_cannot_have_is_refused(user, dataset):
    body = {"columns": [{"name": "age", "role": "target"}, {"name": "name", "semantic_type": "number"}]}

    response = user.patch(f"/api/v1/datasets/{dataset['id']}", json=body)

    assert response.status_code == 422
    assert response.json["errors"][0]["pointer"] == "/columns/1/semantic_type"
    assert columns(user.get(f"/api/v1/datasets/{dataset['id']}"))["age"]["role"] != "target"


def test_proposed_markers_are_confirmed_by_a_new_version(user):
    lines = "".join(f"{20 + i},{'refused' if i % 9 == 0 else 'x'},NA\n" for i in range(50))
    first = upload(user, f"age,answer,c\n{lines}-999,x,y\n-999,x,y\n".encode()).json
    user.patch(f"/api/v1/datasets/{first['id']}", json={"columns": [{"name": "age", "role": "target"}]})

    response = user.post(f"/api/v1/datasets/{first['id']}/versions", json={"accept_suspected_markers": True})

    second = columns(response)
    assert (response.status_code, response.json["version"], response.json["parent_id"]) == (201, 2, first["id"])
    assert [second[name]["missing"] for name in ("age", "answer", "c")] == [2, 6, 50]
    assert second["answer"]["missing_reasons"] == {"refused": 6}
    assert second["age"]["role"] == "target"
    assert user.get(f"/api/v1/datasets/{first['id']}").json["columns"][0]["missing"] == 0


def test_each_version_has_its_own_missing_reasons_beside_its_table(user, settings):
    def kept(dataset):
        path = settings.data_dir / "datasets" / dataset["id"] / "markers.parquet"
        return pq.read_table(path)["age"].to_pylist() if path.exists() else None

    first = upload(user, b"age,x\nRefused,1\nunknown,2\n36,3\n").json
    markers = {"options": {"missing_markers": ["Refused", "unknown"]}}
    second = user.post(f"/api/v1/datasets/{first['id']}/versions", json=markers).json
    user.patch(f"/api/v1/datasets/{second['id']}", json={"columns": [{"name": "age", "role": "target"}]})

    assert kept(first) is None
    assert kept(second) == ["refused", "unknown", None]
    user.delete(f"/api/v1/datasets/{first['id']}")
    assert kept(second) == ["refused", "unknown", None]


def test_a_version_keeps_the_options_that_it_does_not_change(user):
    first = upload(user, b"a;b\n1,5;?\n2,5;x\n", options=json.dumps({"decimal": ","})).json
    body = {"options": {"added_missing_markers": {"b": ["?"]}}}

    second = user.post(f"/api/v1/datasets/{first['id']}/versions", json=body).json

    assert second["import_options"] == {"decimal": ",", **body["options"]}
    assert [column["missing"] for column in second["columns"]] == [0, 1]


def test_a_version_that_is_refused_leaves_nothing(user, dataset, settings):
    body = {"options": {"types": {"name": "integer"}}}

    response = user.post(f"/api/v1/datasets/{dataset['id']}/versions", json=body)

    assert (response.status_code, response.json["code"]) == (422, "conversion_failed")
    assert [path.name for path in (settings.data_dir / "datasets").iterdir()] == [dataset["id"]]
    assert list((settings.data_dir / "uploads").iterdir()) == []


def test_what_was_not_uploaded_cannot_be_imported_again(user, examples):
    response = user.post(f"/api/v1/datasets/{examples['dataset_id']}/versions", json={})

    assert (response.status_code, response.json["code"]) == (409, "no_source")


def test_a_deleted_dataset_is_gone_with_its_files(user, dataset, settings):
    assert user.delete(f"/api/v1/datasets/{dataset['id']}").status_code == 204

    assert user.get(f"/api/v1/datasets/{dataset['id']}").status_code == 404
    assert not (settings.data_dir / "datasets" / dataset["id"]).exists()


def test_a_file_field_that_is_plain_text_is_refused(user):
    response = user.post("/api/v1/datasets", data={"file": "a,b"}, content_type="multipart/form-data")

    assert (response.status_code, response.json["errors"][0]["pointer"]) == (422, "/file")


def test_a_name_keeps_no_path_and_no_direction_marks(user):
    made = upload(user, filename="../../etc/\u202epeople \t.csv").json

    assert (made["filename"], made["name"]) == ("people .csv", "people")


def test_lists_show_only_what_is_ones_own(user, other, dataset):
    assert [item["id"] for item in user.get("/api/v1/datasets").json["items"]] == [dataset["id"]]
    assert other.get("/api/v1/datasets").json["items"] == []


def test_lists_leave_out_what_grows_with_the_columns(user, dataset):
    [item] = user.get("/api/v1/datasets").json["items"]
    left_out = {"columns", "import_options", "import_report"}
    assert item == {name: value for name, value in dataset.items() if name not in left_out}


def test_a_table_that_no_workbook_holds_is_refused_with_advice(user):
    made = upload(user, ("a,b\n" + "x" * 40_000 + ",1\n").encode()).json

    response = user.get(f"/api/v1/datasets/{made['id']}/download?format=xlsx")

    assert (response.status_code, response.json["code"]) == (422, "export_refused")
    assert "Take CSV" in response.json["detail"]
