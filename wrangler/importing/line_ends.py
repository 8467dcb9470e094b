"""Making the line ends of a text file one kind, without touching what stands inside quotes."""

from pathlib import Path

from wrangler.importing.encoding import Text


def with_one_line_end(text: Text, quote: str, folder: Path) -> tuple[Path, bool]:
    """The path of a file whose records all end alike, and whether it had to be written anew."""
    if len(text.newlines) < 2:  # noqa: PLR2004 - one kind, or none
        return text.path, False
    if not _records_differ(text.path, quote.encode()):
        return text.path, False
    path = folder / "lines.csv"
    mark = quote.encode()
    is_open = False
    with text.path.open("rb") as file, path.open("wb") as out:
        for line in file:
            pieces = line.split(mark)
            for number, piece in enumerate(pieces):
                if number:
                    out.write(mark)
                    is_open = not is_open
                out.write(piece if is_open else piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    return path, True


def _records_differ(path: Path, mark: bytes) -> bool:
    """Whether line ends outside quotes are of more than one kind."""
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
                    kinds.add(b"\n")
            if len(kinds) > 1:
                return True
    return False


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
