"""Which encoding a text is in: by its byte order mark or its owner, else by the evidence; or advice."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wrangler.importing.errors import Code, refusal
from wrangler.importing.options import Spec
from wrangler.importing.text_encoding.detect import CHUNK_BYTES, Guess, gather, guess, wide_encoding

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
UTF8 = frozenset({"utf-8", "utf-8-sig", "ascii"})
LIKELY = ("cp1252", "latin-1", "shift_jis", "utf-16", "cp1251", "gb18030")
SHOWN_BYTES = 60
MOST_READ = 3
NOT_TEXT = frozenset({"base64", "bz2", "hex", "quopri", "rot13", "uu", "zlib", "punycode", "idna"})


@dataclass(frozen=True)
class Choice:
    """The encoding that was taken, and why; where it is none of Unicode's, the first line that shows it, as read."""

    encoding: str
    how: str
    reason: str
    line: int | None = None
    sample: str | None = None


@dataclass(frozen=True)
class Misfit:
    """The first byte that is no UTF-8; `is_at_end` where no more than the end of a character is missing."""

    position: int
    is_at_end: bool


def choose(spec: Spec) -> tuple[Choice, tuple[str, ...]]:
    """The encoding by the file's first bytes or by its owner's option; else UTF-8 is assumed."""
    with spec.source.open("rb") as file:
        start = file.read(4)
    declared = _declared(spec.options.encoding)
    marked = next((name for mark, name in BYTE_ORDER_MARKS if start.startswith(mark)), None)
    if marked:
        notes = []
        if declared and codecs.lookup(marked.removesuffix("-sig")) != codecs.lookup(declared):
            notes.append(
                f"The byte order mark is that of {marked}, so the encoding asked for ({declared}) was not used."
            )
        return Choice(marked, "marked", "the file begins with its byte order mark"), tuple(notes)
    if declared:
        return Choice(declared, "declared", "the option `encoding` names it"), ()
    wide = wide_encoding(spec.source)
    if wide:
        return Choice(wide, "detected", "zeros stand in every other place, and beside its line ends"), ()
    return Choice("utf-8", "assumed", "all of it is valid UTF-8"), ()


def detect(path: Path, misfit: Misfit) -> Choice:
    """The encoding that the evidence of the whole file supports; a refusal where it is not clear."""
    if misfit.is_at_end:
        raise _undecided(path, misfit, Guess(None, "the file ends within a character, as if it were cut short"))
    found = guess(gather(path))
    if found.encoding is None:
        raise _undecided(path, misfit, found)
    line = line_of(path, misfit.position)
    return Choice(found.encoding, "detected", found.reason, line, _shown(path, misfit.position, found.encoding))


def note_of(choice: Choice) -> str:
    note = f"The text was read as {choice.encoding}: {choice.reason}."
    if choice.how != "detected":
        return note
    example = f" Line {choice.line} then reads {choice.sample!r}." if choice.sample else ""
    return f"{note}{example} If that is wrong, import it again with `encoding` set to the file's own."


def _declared(name: str | None) -> str | None:
    if name is None:
        return None
    try:
        found = codecs.lookup(name).name
    except LookupError:
        found = "hex"
    if found in NOT_TEXT:
        raise refusal(
            Code.BAD_OPTION,
            f"There is no text encoding named '{name}'. Known are, for example, utf-8, {', '.join(LIKELY)}.",
            option="/encoding",
        )
    return found


def chunks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def line_of(path: Path, position: int) -> int:
    """The number, from 1, of the line in which the byte at `position` stands."""
    line, before = 1, 0
    for chunk in chunks_of(path):
        piece = chunk[: position - before]
        line += max(piece.count(b"\n"), piece.count(b"\r"))
        before += len(chunk)
        if before >= position:
            break
    return line


def nul_refusal(path: Path, position: int) -> Exception:
    line = line_of(path, position)
    return refusal(
        Code.NUL_BYTES,
        f"There is a NUL byte near line {line} (byte {position + 1}); text holds none. The file is damaged, binary, "
        "or UTF-16 without a byte order mark: then set `encoding` to utf-16-le or utf-16-be.",
        option="/encoding",
        lines=[line],
    )


def _undecided(path: Path, misfit: Misfit, found: Guess) -> Exception:
    line = line_of(path, misfit.position)
    candidates = found.candidates or tuple(
        name for name in LIKELY if name != "utf-16" and _shown(path, misfit.position, name)
    )
    read = [f"{name} ({shown!r})" for name in candidates if (shown := _shown(path, misfit.position, name))]
    note = f" Read as {', '.join(read[:MOST_READ])}." if read else ""
    return refusal(
        Code.WRONG_ENCODING,
        f"Line {line} (byte {misfit.position + 1}) is not UTF-8, and {found.reason}. Set `encoding` to the file's own, "
        f"for example {', '.join(candidates or LIKELY)}.{note}",
        option="/encoding",
        lines=[line],
    )


def _shown(path: Path, position: int, encoding: str) -> str:
    """The place as it reads in an encoding, from the beginning of its line if that is near; empty if it does not."""
    with path.open("rb") as file:
        start = max(0, position - SHOWN_BYTES)
        file.seek(start)
        around = file.read(2 * SHOWN_BYTES)
    place = position - start
    begin = max(around.rfind(b"\n", 0, place), around.rfind(b"\r", 0, place)) + 1
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(around[begin:])
    except (UnicodeDecodeError, LookupError):  # the latter where memory is too short to load a codec
        return ""
    return text.splitlines()[0].strip() if text else ""


def wrong_encoding(path: Path, position: int, encoding: str) -> Exception:
    line = line_of(path, position)
    return refusal(
        Code.WRONG_ENCODING,
        f"Line {line} (byte {position + 1}) is not {encoding}. Set `encoding` to the file's own.",
        option="/encoding",
        lines=[line],
    )
