"""Records out of a JSON text, one at a time: JSON lines, or one array of objects, never the whole file in memory."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TextIO

from wrangler.importing.errors import Code, refusal
from wrangler.importing.text_encoding import CHUNK_BYTES

BLANK = " \t\r\n"
LONGEST_TOKEN = 12
Record = dict[str, Any]


@dataclass
class Records:
    """The records of one file; `is_lines` for JSON lines, not an array."""

    path: Path
    longest: int
    is_lines: bool = False
    number: int = 0

    def read(self, decoder: json.JSONDecoder) -> Iterator[Record]:
        """All records from the first; whatever is no record is refused by its number."""
        self.number = 0
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            text = _Text(file, self.longest)
            self.is_lines = text.peek() != "["
            if not self.is_lines:
                text.step()
            while self._has_more(text):
                self.number += 1
                yield self._record(text, decoder)

    def _has_more(self, text: "_Text") -> bool:
        mark = text.peek()
        if self.is_lines:
            return mark != ""
        if mark == "]" or (mark == "," and self.number):
            text.step()
            after = text.peek()
            if (mark == "]") != (after == "") or after == "]":
                self._broken("the array does not end where it should")
            return mark == ","
        if self.number or mark == "":
            self._broken("a comma or the end of the array is missing")
        return True

    def _record(self, text: "_Text", decoder: json.JSONDecoder) -> Record:
        if text.peek() != "{":
            raise refusal(
                Code.UNSUPPORTED_FORMAT,
                f"Record {self.number} of the JSON is no object. A table in JSON is an array of objects, or an object "
                'on each line: [{"age": 36}, {"age": null}].',
                lines=[self.number],
            )
        try:
            value, is_whole = text.value(decoder)
        except json.JSONDecodeError as error:
            self._broken(error.msg)
        except RecursionError:
            message = f"Record {self.number} of the JSON is nested too deeply to be read."
            raise refusal(Code.NESTED_TOO_DEEP, message, lines=[self.number]) from None
        if not is_whole:
            raise refusal(
                Code.TEXT_TOO_LONG,
                f"Record {self.number} of the JSON is longer than {self.longest:,} characters. If the file is one "
                "object with the records inside, upload the array of records alone.",
                lines=[self.number],
            )
        record: Record = value
        return record

    def _broken(self, reason: str) -> NoReturn:
        message = f"The JSON is broken near record {self.number}: {reason}. Write it anew and upload it again."
        raise refusal(Code.BROKEN_JSON, message, lines=[self.number])


class _Text:
    """A window on a long text: as much of it as the value at hand needs."""

    def __init__(self, file: TextIO, longest: int) -> None:
        self._file = file
        self._longest = longest
        self._window, self._place = "", 0

    def peek(self) -> str:
        """The next character that is not blank; none at the end."""
        while True:
            while self._place < len(self._window):
                mark = self._window[self._place]
                if mark not in BLANK:
                    return mark
                self._place += 1
            if not self._more():
                return ""

    def step(self) -> None:
        self._place += 1

    def value(self, decoder: json.JSONDecoder) -> tuple[Any, bool]:
        """The value that begins here, and whether it is whole: it may be longer than what is taken."""
        while True:
            try:
                value, self._place = decoder.raw_decode(self._window, self._place)
            except json.JSONDecodeError as error:
                if len(self._window) - self._place > self._longest:
                    return None, False
                if not self._is_cut(error) or not self._more():
                    raise
            else:
                return value, True

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        """Whether the window's end, not the text, is at fault."""
        is_open = error.msg.startswith(("Unterminated string", "Invalid \\u"))
        return is_open or error.pos >= len(self._window) - LONGEST_TOKEN

    def _more(self) -> bool:
        chunk = self._file.read(CHUNK_BYTES)
        self._window, self._place = self._window[self._place :] + chunk, 0
        return bool(chunk)
