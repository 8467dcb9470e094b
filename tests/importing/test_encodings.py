# ruff: noqa: RUF001 - letters of many scripts are meant
"""Texts in other encodings than UTF-8: taken where the evidence is clear, with the reason reported; else refused."""

import pytest

from tests.importing.conftest import Importer

GERMAN = "Ort,Straße\nKöln,Große Straße\nMünchen,Äpfelweg\n"
JAPANESE = "名前,都市\n田中さん,東京\n鈴木さん,大阪\n"
CLEAR = (
    (GERMAN, "cp1252", "cp1252"),
    ("pays,été\nCôte d’Ivoire,très élevé\n", "cp1252", "cp1252"),
    ("x,país\n1,España\n2,São Tomé\n", "latin-1", "cp1252"),
    ("navn,by\nSøren,Ærø\nÅse,København\n", "latin-1", "cp1252"),
    ("temp °C,speed µm/s\n20,3\n", "latin-1", "cp1252"),
    ("price\n€5\n£7\n", "cp1252", "cp1252"),
    (JAPANESE, "shift_jis", "cp932"),
    ("番号,品名\n①,髙島屋㈱\n②,ばら\n", "cp932", "cp932"),
    (GERMAN, "utf-16-le", "utf-16-le"),
    (JAPANESE, "utf-16-be", "utf-16-be"),
)
UNCLEAR = (
    (JAPANESE, "euc_jp", "euc_jp"),
    ("姓名,城市\n张伟,北京\n李娜,广州\n", "gb18030", "gb18030"),
    ("姓名,城市\n張偉,臺北\n王芳,高雄\n", "big5", "big5"),
    ("이름,도시\n김철수,서울\n이영희,부산\n", "cp949", "cp949"),
    ("имя,город\nИван,Москва\nОльга,Казань\n", "cp1251", "cp1251"),
    ("имя,город\nИван,Москва\nОльга,Казань\n", "koi8-r", "koi8-r"),
    ("πόλη,n\nΑθήνα,1\nΘεσσαλονίκη,2\n", "cp1253", "cp1253"),
    ("עיר,n\nתל אביב,1\nירושלים,2\n", "cp1255", "cp1255"),
    ("مدينة,n\nالقاهرة,1\nدمشق,2\n", "cp1256", "cp1256"),
    ("miasto,n\nŁódź,1\nGdańsk,2\n", "cp1250", "cp1250"),
    ("il,n\nİstanbul,1\nMuğla,2\n", "cp1254", "cp1254"),
    (GERMAN, "mac_roman", "mac_roman"),
    (GERMAN, "cp850", "cp850"),
)


@pytest.mark.parametrize(("text", "written", "found"), CLEAR)
def test_an_encoding_of_clear_evidence_is_taken(importer: Importer, text: str, written: str, found: str) -> None:
    result = importer(text.encode(written))
    assert result.report["encoding"] == found
    assert [column["name"] for column in result.columns] == text.partition("\n")[0].split(",")


@pytest.mark.parametrize(("text", "written", "named"), UNCLEAR)
def test_other_encodings_are_refused_by_name(importer: Importer, text: str, written: str, named: str) -> None:
    refused = importer.refusal(text.encode(written))
    assert refused.code == "wrong_encoding"
    assert named in refused.message
    assert refused.errors[0].pointer == "/options/encoding"


def test_the_choice_is_reported_with_reason_and_example(importer: Importer) -> None:
    result = importer("name,n\nx,1\nMüller,2\n".encode("cp1252"))
    choice = result.report["encoding_choice"]
    assert (choice["encoding"], choice["how"], choice["line"], choice["sample"]) == (
        "cp1252",
        "detected",
        3,
        "Müller,2",
    )
    [note] = [note for note in result.report["notes"] if "cp1252" in note]
    assert "Western European" in note
    assert "`encoding`" in note


@pytest.mark.parametrize(
    ("data", "options", "how"),
    [
        (b"a\n1\n", {}, "assumed"),
        (b"\xef\xbb\xbfa\n1\n", {}, "marked"),
        (b"a\n1\n", {"encoding": "latin-1"}, "declared"),
    ],
)
def test_the_report_states_how_the_encoding_was_chosen(
    importer: Importer, data: bytes, options: dict[str, str], how: str
) -> None:
    assert importer(data, **options).report["encoding_choice"]["how"] == how


def test_a_declared_encoding_goes_before_the_evidence(importer: Importer) -> None:
    data = "name,n\nDvořák,2\n".encode("cp1250")
    refused = importer.refusal(data)
    assert "cp1250 ('Dvořák,2')" in refused.message
    assert "cp1252 ('Dvoøák,2')" in refused.message
    assert importer.frame(data, encoding="cp1250")["name"].tolist() == ["Dvořák"]
    assert importer.frame(data, encoding="cp1252")["name"].tolist() == ["Dvoøák"]


@pytest.mark.parametrize(
    "data",
    [
        "a,b\nä,1\n".encode() + "ö,2\n".encode("latin-1"),
        "a,b\n1,ü".encode()[:-1],
        "a,b\nGröße,2\n".encode() * 500 + b"x\xffy,2\n",
        b"a,b\nx\xff,2\n",
    ],
)
def test_damaged_utf8_is_never_taken_for_something_else(importer: Importer, data: bytes) -> None:
    assert importer.refusal(data).code == "wrong_encoding"


def test_evidence_is_gathered_past_the_first_megabyte(importer: Importer) -> None:
    """The first letter beyond ASCII stands late, and cuts of chunks fall anywhere."""
    text = "n,name\n" + "1,plain\n" * 200_000 + "2,Größe\n" * 200_000
    frame = importer.frame(text.encode("latin-1"))
    assert frame["name"].value_counts().to_dict() == {"plain": 200_000, "Größe": 200_000}


def test_shift_jis_is_read_across_chunks(importer: Importer) -> None:
    rows = "".join(f"{number},表示の{'ア' * (number % 7)}\n" for number in range(120_000))
    frame = importer.frame(("n,名前\n" + rows).encode("cp932"))
    assert frame["名前"].iloc[-1] == "表示の" + "ア" * (119_999 % 7)


def test_a_text_that_later_breaks_the_choice_is_refused_by_line(importer: Importer) -> None:
    refused = importer.refusal(JAPANESE.encode("cp932") * 100 + b"x,\x85\xff\n")
    assert refused.code == "wrong_encoding"
    assert refused.facts["lines"]


def test_json_may_be_in_another_encoding(importer: Importer) -> None:
    frame = importer.frame('[{"a": "Müller"}, {"a": "Größe"}]'.encode("latin-1"))
    assert frame["a"].tolist() == ["Müller", "Größe"]
