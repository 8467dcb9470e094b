"""From bytes to UTF-8 text: by byte order mark, else as declared, else as UTF-8, else by the evidence."""

import codecs
import itertools
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from wrangler.importing.options import Spec
from wrangler.importing.report import Report
from wrangler.importing.text_encoding.choice import (
    UTF8,
    Choice,
    Misfit,
    choose,
    chunks_of,
    detect,
    note_of,
    nul_refusal,
    wrong_encoding,
)

BLANK_LINE = re.compile(rb"\n\n")
ANY_BLANK_LINE = re.compile(rb"\n\r?\n|\r\r")  # eight times as slow


@dataclass(frozen=True)
class Text:
    """A file of valid UTF-8 without NUL bytes; `newlines` are the kinds of line ends met, quoted or not."""

    path: Path
    choice: Choice
    newlines: frozenset[str]
    has_blank_lines: bool = False
    notes: tuple[str, ...] = ()

    def report_to(self, report: Report) -> None:
        report.encoding = self.choice.encoding
        report.encoding_choice = asdict(self.choice)
        for note in self.notes:
            report.note(note)


class _Newlines:
    """Counts line ends over chunks, pairs of return and feed cut in two by a chunk's edge included."""

    def __init__(self) -> None:
        self.feeds = self.returns = self.pairs = 0
        self.has_blank_lines = False
        self._last = b""

    def see(self, chunk: bytes) -> None:
        joined = self._last + chunk[:3]
        blank = BLANK_LINE
        if b"\r" in chunk or b"\r" in joined:
            self.feeds += chunk.count(b"\n")
            self.returns += chunk.count(b"\r")
            self.pairs += chunk.count(b"\r\n") + (self._last.endswith(b"\r") and chunk.startswith(b"\n"))
            blank = ANY_BLANK_LINE
        else:  # to count the feeds would cost as much as all else that is asked of a chunk
            self.feeds += b"\n" in chunk
        self.has_blank_lines = self.has_blank_lines or bool(blank.search(chunk) or blank.search(joined))
        self._last = chunk[-3:]

    def kinds(self) -> frozenset[str]:
        counts = {"\n": self.feeds - self.pairs, "\r": self.returns - self.pairs, "\r\n": self.pairs}
        return frozenset(kind for kind, count in counts.items() if count)


def read_text(spec: Spec) -> Text:
    """Check or transcode the whole file, a chunk at a time; a file already in UTF-8 is not copied."""
    choice, notes = choose(spec)
    newlines = _Newlines()
    if choice.encoding in UTF8:
        misfit = _misfit_of_utf8(spec.source, newlines)
        if misfit is None:
            return Text(spec.source, choice, newlines.kinds(), newlines.has_blank_lines, notes)
        if choice.how != "assumed":
            raise wrong_encoding(spec.source, misfit.position, choice.encoding)
        choice = detect(spec.source, misfit)
        newlines = _Newlines()
    path = spec.folder / "text.csv"
    _transcode(spec, choice.encoding, path, newlines)
    return Text(path, choice, newlines.kinds(), newlines.has_blank_lines, (*notes, note_of(choice)))


def _misfit_of_utf8(path: Path, newlines: _Newlines) -> Misfit | None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    before = pending = 0
    for chunk in itertools.chain(chunks_of(path), (b"",)):
        if b"\0" in chunk:
            raise nul_refusal(path, before + chunk.index(b"\0"))
        try:
            if pending or not chunk or not chunk.isascii():
                decoder.decode(chunk, final=not chunk)
                pending = len(decoder.getstate()[0])
        except UnicodeDecodeError as error:
            return Misfit(before - pending + error.start, is_at_end=not chunk)
        newlines.see(chunk)
        before += len(chunk)
    return None


def _transcode(spec: Spec, encoding: str, target: Path, newlines: _Newlines) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    before = 0
    with target.open("wb") as out:
        for chunk in itertools.chain(chunks_of(spec.source), (b"",)):
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeError as error:
                position = before - pending + getattr(error, "start", 0)
                raise wrong_encoding(spec.source, position, encoding) from None
            before += len(chunk)
            if "\0" in text:
                raise nul_refusal(spec.source, before - len(chunk))
            data = text.encode("utf-8", "replace")
            newlines.see(data)
            out.write(data)
