"""From bytes to UTF-8 text: byte order mark, then what was declared, then UTF-8, else a refusal with advice."""

import codecs
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wrangler.importing.refusals import Code, refusal
from wrangler.importing.spec import Spec

CHUNK_BYTES = 1 << 20
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
BLANK_LINES = (b"\n\n", b"\n\r\n", b"\r\r")
UTF8 = frozenset({"utf-8", "utf-8-sig", "ascii"})
LIKELY = ("cp1252", "latin-1", "shift_jis", "utf-16", "cp1251", "gb18030")
NOT_TEXT = frozenset({"base64", "bz2", "hex", "quopri", "rot13", "uu", "zlib", "punycode", "idna"})


@dataclass(frozen=True)
class Text:
    """A file of valid UTF-8 without NUL bytes; `newlines` are the kinds of line ends met, quoted or not."""

    path: Path
    encoding: str
    newlines: frozenset[str]
    has_blank_lines: bool = False
    notes: tuple[str, ...] = ()


class _Newlines:
    """Counts line ends over chunks, pairs of return and feed cut in two by a chunk's edge included."""

    def __init__(self) -> None:
        self.feeds = self.returns = self.pairs = 0
        self.has_blank_lines = False
        self._last = b""

    def see(self, chunk: bytes) -> None:
        self.feeds += chunk.count(b"\n")
        self.returns += chunk.count(b"\r")
        self.pairs += chunk.count(b"\r\n") + (self._last.endswith(b"\r") and chunk.startswith(b"\n"))
        joined = self._last + chunk[:3]
        self.has_blank_lines |= any(blank in chunk or blank in joined for blank in BLANK_LINES)
        self._last = chunk[-3:]

    def kinds(self) -> frozenset[str]:
        counts = {"\n": self.feeds - self.pairs, "\r": self.returns - self.pairs, "\r\n": self.pairs}
        return frozenset(kind for kind, count in counts.items() if count)


def read_text(spec: Spec) -> Text:
    """Check or transcode the whole file, a chunk at a time; a file already in UTF-8 is not copied."""
    with spec.source.open("rb") as file:
        start = file.read(4)
    declared = _declared(spec.options.encoding)
    marked = next((name for mark, name in MARKS if start.startswith(mark)), None)
    encoding = marked or declared or "utf-8"
    notes = []
    if marked and declared and codecs.lookup(marked.removesuffix("-sig")) != codecs.lookup(declared):
        notes.append(f"The byte order mark says {marked}, so the encoding asked for ({declared}) was not used.")
    newlines = _Newlines()
    if encoding in UTF8:
        _check_utf8(spec.source, newlines)
        return Text(spec.source, encoding, newlines.kinds(), newlines.has_blank_lines, tuple(notes))
    path = spec.folder / "text.csv"
    _transcode(spec, encoding, path, newlines)
    notes.append(f"The text was read as {encoding}.")
    return Text(path, encoding, newlines.kinds(), newlines.has_blank_lines, tuple(notes))


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


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _check_utf8(path: Path, newlines: _Newlines) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    before = pending = 0
    for chunk in itertools.chain(_chunks(path), (b"",)):
        if b"\0" in chunk:
            raise _nul(path, before + chunk.index(b"\0"))
        try:
            if pending or not chunk or not chunk.isascii():
                decoder.decode(chunk, final=not chunk)
                pending = len(decoder.getstate()[0])
        except UnicodeDecodeError as error:
            raise _not_utf8(path, before - pending + error.start) from None
        newlines.see(chunk)
        before += len(chunk)


def _transcode(spec: Spec, encoding: str, target: Path, newlines: _Newlines) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    before = 0
    with target.open("wb") as out:
        for chunk in itertools.chain(_chunks(spec.source), (b"",)):
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeError as error:
                position = before - pending + getattr(error, "start", 0)
                raise _wrong(spec.source, position, encoding) from None
            before += len(chunk)
            if "\0" in text:
                raise _nul(spec.source, before - len(chunk))
            data = text.encode("utf-8", "replace")
            newlines.see(data)
            out.write(data)


def line_of(path: Path, position: int) -> int:
    """The number, from 1, of the line in which the byte at `position` stands."""
    line, before = 1, 0
    for chunk in _chunks(path):
        piece = chunk[: position - before]
        line += max(piece.count(b"\n"), piece.count(b"\r"))
        before += len(chunk)
        if before >= position:
            break
    return line


def _nul(path: Path, position: int) -> Exception:
    line = line_of(path, position)
    return refusal(
        Code.NUL_BYTES,
        f"There is a NUL byte near line {line} (byte {position + 1}); text holds none. The file is damaged, binary, "
        "or UTF-16 without a byte order mark: then set `encoding` to utf-16-le or utf-16-be.",
        option="/encoding",
        lines=[line],
    )


def _not_utf8(path: Path, position: int) -> Exception:
    with path.open("rb") as file:
        file.seek(max(0, position - 30))
        around = file.read(60)
    line = line_of(path, position)
    guesses = [name for name in LIKELY if name != "utf-16" and _reads(around, name)]
    shown = around.decode(guesses[0]).strip() if guesses else ""
    hint = f" Read as {guesses[0]} the place says {shown!r}." if guesses else ""
    return refusal(
        Code.WRONG_ENCODING,
        f"Line {line} (byte {position + 1}) is not UTF-8. Set `encoding` to the file's own, for example "
        f"{', '.join(guesses or LIKELY)}.{hint}",
        option="/encoding",
        lines=[line],
    )


def _reads(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _wrong(path: Path, position: int, encoding: str) -> Exception:
    line = line_of(path, position)
    return refusal(
        Code.WRONG_ENCODING,
        f"Line {line} (byte {position + 1}) is not {encoding}. Set `encoding` to the file's own.",
        option="/encoding",
        lines=[line],
    )
