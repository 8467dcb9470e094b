"""Opening a delimited text file with DuckDB's CSV reader."""

from dataclasses import dataclass
from pathlib import Path

from wrangler.importing.options import ImportLimits, Spec
from wrangler.importing.readers.delimited import line_numbers
from wrangler.importing.readers.delimited.dialect import Dialect, find_dialect
from wrangler.importing.readers.delimited.newlines import count_blank_lines, with_one_line_end
from wrangler.importing.report import Report
from wrangler.importing.text_encoding import read_text
from wrangler.tables import literal

LEAST_BUFFER_BYTES = 16 << 20  # by itself DuckDB would hold several buffers of 16 lines of the greatest length


@dataclass(frozen=True)
class File:
    """A checked text file with its dialect; `scan` gives the SQL that reads it as text columns."""

    path: Path
    dialect: Dialect
    limits: ImportLimits
    line_end: str = ""

    def scan(self, *, rejects: bool = False, is_sample: bool = False) -> str:
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(self.dialect.first)))
        keep = ", ignore_errors=true" if is_sample else ""
        keep = f", store_rejects=true, rejects_limit={line_numbers.REJECTS_KEPT}" if rejects else keep
        quote = literal(self.dialect.quote)
        keep += f", new_line='{self.line_end}'" if self.line_end else ""
        return (
            f"read_csv({literal(str(self.path))}, auto_detect=false, columns={{{columns}}}, "
            f"header={self.dialect.has_header}, skip={self.dialect.skip}, delim={literal(self.dialect.delimiter)}, "
            f"quote={quote}, escape={quote}, nullstr='', allow_quoted_nulls=false, strict_mode=true, "
            f"max_line_size={self.limits.text_bytes}, buffer_size={max(LEAST_BUFFER_BYTES, 2 * self.limits.text_bytes)}"
            f"{keep})"
        )


def open_file(spec: Spec, report: Report) -> File:
    text = read_text(spec)
    dialect = find_dialect(text.path, spec.options)
    is_mixed = dialect.has_broken_name and len(text.newlines) > 1
    path, changed = with_one_line_end(text, dialect.quote, spec.folder, is_broken_name=is_mixed)
    if changed:
        report.note("Line ends of several kinds were made one kind; nothing inside quotes was touched.")
    blank = count_blank_lines(path, dialect.quote) if text.has_blank_lines and len(dialect.first) > 1 else 0
    if blank:
        report.note(f"Blank lines were passed over: {blank:,}.")
    report.format = "tsv" if dialect.delimiter == "\t" else "csv"
    report.delimiter = dialect.delimiter
    report.quote = dialect.quote
    text.report_to(report)
    report.notes += dialect.notes
    return File(path, dialect, spec.limits, line_end=r"\n" if is_mixed else "")
