"""A CSV of any size: mixed types, markers in several spellings, sentinels, codes with leading zeros."""

import re
from pathlib import Path

import duckdb

ROWS_TRIED = 20_000
CITIES = ("Basel", "Bern", "Chur", "Genève", "Lugano", "Olten", '"Sion, Valais"', "St. Gallen", "Zürich", "Zug")
STATES = ("open", "closed", "unknown", "waiting", "refused")
# Each value as the text that stands in the file; `r(k)` is the k-th random number of the row, in [0, 1).
COLUMNS = {
    "record_id": "'R-' || lpad(i::VARCHAR, 9, '0')",
    "postcode": "lpad((r(1) * 99999)::INT::VARCHAR, 5, '0')",
    "seen_at": "strftime(TIMESTAMP '2020-01-01' + to_seconds(i * 37), '%Y-%m-%dT%H:%M:%S')",
    "born_on": "CASE WHEN r(2) < 0.04 THEN '' ELSE (DATE '1930-01-01' + (r(3) * 30000)::INT)::VARCHAR END",
    "city": "CASE WHEN r(4) < 0.03 THEN 'N/A' ELSE {cities}[1 + floor(r(5) * 9.999)::INT] END",
    "state": "{states}[1 + floor(r(6) * 4.999)::INT]",
    "remark": "CASE WHEN r(7) < 0.7 THEN '' ELSE '\"size ' || (r(8) * 1e6)::INT || ', \"\"as seen\"\"\"' END",
    "age": "CASE WHEN r(9) < 0.08 THEN 'NA' ELSE (18 + r(10) * 70)::INT::VARCHAR END",
    "visits": "(r(11) * 1e6)::INT::VARCHAR",
    "account": "(1e15 + r(12) * 8e15)::BIGINT::VARCHAR",
    "grade": "CASE WHEN r(13) < 0.05 THEN '' ELSE (1 + r(14) * 4)::INT::VARCHAR END",
    "income": "CASE WHEN r(15) < 0.12 THEN '' ELSE round(r(16) * 90000 + 9000, 2)::VARCHAR END",
    "sensor": "CASE WHEN r(17) < 0.02 THEN '-999' ELSE round(r(18) * 40 - 10, 4)::VARCHAR END",
    "temperature": "CASE WHEN r(19) < 0.06 THEN 'NaN' ELSE round(r(20) * 35 - 5, 1)::VARCHAR END",
    "latitude": "round(45.8 + r(21) * 2, 6)::VARCHAR",
    "longitude": "round(5.9 + r(22) * 4.6, 6)::VARCHAR",
    "weight": "(r(23) * 100)::VARCHAR",
    "is_member": "CASE WHEN r(24) < 0.05 THEN '' WHEN r(24) < 0.5 THEN 'true' ELSE 'false' END",
    "consents": "CASE WHEN r(25) < 0.3 THEN 'yes' ELSE 'no' END",
    "amount": "CASE WHEN r(26) < 0.02 THEN 'null' ELSE round(r(27) * 500, 2)::VARCHAR END",
}


def write_table(path: Path, size_bytes: int) -> int:
    """Write a table of about that size, the same in every run; its number of rows."""
    write_rows(path, ROWS_TRIED)
    rows = int(size_bytes / path.stat().st_size * ROWS_TRIED)
    write_rows(path, rows)
    return rows


def write_rows(path: Path, rows: int) -> None:
    """Lines are joined here, since DuckDB's own writer would put quotes as it pleases."""
    lists = {"cities": list(CITIES), "states": list(STATES)}
    line = " || ',' || ".join(f"({sql.format(**lists)})" for sql in COLUMNS.values())
    line = re.sub(r"\br\((\d+)\)", r"(hash(i, \1) / 18446744073709551616.0)", line)
    with duckdb.connect() as con:
        plain = "FORMAT csv, DELIMITER '\x01', QUOTE '', ESCAPE '', HEADER false"
        header = ",".join(COLUMNS)
        con.execute(
            f"COPY (SELECT {line} FROM range({rows}) AS t(i)) TO '{path}' ({plain}, PREFIX '{header}\n', SUFFIX '\n')"
        )
