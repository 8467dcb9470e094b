"""Making the line ends of a text file one kind, without touching what stands inside quotes."""

from pathlib import Path

from wrangler.importing.text_encoding import Text

LINE_FEED = b"\n"


def with_one_line_end(text: Text, quote: str, folder: Path, *, is_broken_name: bool) -> tuple[Path, bool]:
    """The path of a file whose records all end alike, and whether it had to be written anew.

    Where a name in quotes is broken over lines, all records end in a line feed, so that the line end can be given to
    DuckDB, which by itself takes the first break that it meets for the end of a record.
    """
    if len(text.newlines) < 2:  # noqa: PLR2004 - one kind, or none
        return text.path, False
    mark = quote.encode()
    kinds = _kinds_of_records(text.path, mark)
    if len(kinds) < 2 and not (is_broken_name and kinds != {LINE_FEED}):  # noqa: PLR2004
        return text.path, False
    path = folder / "lines.csv"
    is_open = False
    with text.path.open("rb") as file, path.open("wb") as out:
        for line in file:
            pieces = line.split(mark)
            for number, piece in enumerate(pieces):
                if number:
                    out.write(mark)
                    is_open = not is_open
                out.write(piece if is_open else piece.replace(b"\r\n", LINE_FEED).replace(b"\r", LINE_FEED))
    return path, True


def _kinds_of_records(path: Path, mark: bytes) -> set[bytes]:
    """The kinds of line ends outside quotes, at least two of them if there are more."""
    kinds: set[bytes] = set()
    is_open = False
    with path.open("rb") as file:
        for line in file:
            for number, piece in enumerate(line.split(mark)):
                is_open = is_open != bool(number)
                if is_open:
                    continue
                pairs = piece.count(b"\r\n")
                if pairs:
                    kinds.add(b"\r\n")
                if piece.count(b"\r") > pairs:
                    kinds.add(b"\r")
                if piece.count(b"\n") > pairs:
                    kinds.add(LINE_FEED)
            if len(kinds) > 1:
                break
    return kinds


def count_blank_lines(path: Path, quote: str) -> int:
    """How many lines outside quotes hold nothing."""
    mark = quote.encode()
    is_open = False
    count = 0
    with path.open("rb") as file:
        for line in file:
            pieces = (line,) if b"\r" not in line.rstrip(b"\r\n") else line.splitlines()
            for piece in pieces:
                count += not is_open and not piece.strip(b"\r\n")
                is_open ^= piece.count(mark) % 2 == 1
    return count
