"""Files made from others by damage: bits, cuts, splices, doubled pieces, false heads, odd cells; in archives too."""

import gzip
import io
import random
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence

LARGEST_SEED = 200_000
LARGEST = 1_000_000
TRICKS = (
    b"\0",
    b"\xff",
    b"\xff\xff\xff\x7f",
    b'"',
    b",",
    b"\n",
    b"\r",
    b"1e999",
    b"9" * 40,
    b"[[[[",
    b"\\ud800",
    b"PAR1",
)

# What one cell may hold to lead a reading of its column astray.
CELLS = (
    b"",
    b" ",
    b'""',
    b"NA",
    b"nan",
    b"-inf",
    b"-0",
    b"007",
    b"+4912345678",
    b"1e-400",
    b"1e308",
    b"9223372036854775808",
    b"0.1234567890123456789",
    b"1_000",
    b"1.234,5",
    b"0x1F",
    b"true",
    b"0000-00-00",
    b"2024-02-30",
    b"9999-12-31T23:59:60Z",
    b"-290308-12-22",
    b"infinity",
    b"epoch",
    b"31/12/2024",
    b"\xd9\xa3\xd9\xa4",
    b"\xe2\x80\xae",
    b"\xf4\x8f\xbf\xbf",
    b"=1+1",
)
BETWEEN_CELLS = re.compile(rb"[,;\t|\n:]")


def _place(rng: random.Random, data: bytes) -> int:
    return rng.randrange(len(data) + 1)


def _flip(rng: random.Random, data: bytes, _: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(min(len(changed), rng.choice((1, 1, 2, 8, 32)))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(rng: random.Random, data: bytes, _: bytes) -> bytes:
    return data[: _place(rng, data)]


def _drop(rng: random.Random, data: bytes, _: bytes) -> bytes:
    start = _place(rng, data)
    return data[:start] + data[start + rng.randrange(1, 200) :]


def _double(rng: random.Random, data: bytes, _: bytes) -> bytes:
    start = _place(rng, data)
    piece = data[start : start + rng.randrange(1, 2000)]
    return data[:start] + piece * rng.choice((2, 3, 50)) + data[start:]


def _splice(rng: random.Random, data: bytes, other: bytes) -> bytes:
    return data[: _place(rng, data)] + other[_place(rng, other) :]


def _behead(rng: random.Random, data: bytes, other: bytes) -> bytes:
    size = rng.choice((4, 8, 16, 64))
    return other[:size] + data[size:]


def _trick(rng: random.Random, data: bytes, _: bytes) -> bytes:
    start = _place(rng, data)
    piece = rng.choice(TRICKS)
    return data[:start] + piece + data[start + rng.choice((0, len(piece))) :]


def _cell(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """One to three cells of a text exchanged, so that it stays a table; of other files, whatever stands there."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        start = _place(rng, data)
        edge = BETWEEN_CELLS.search(data, start)
        end = edge and BETWEEN_CELLS.search(data, edge.end())
        if edge and end:
            data = data[: edge.end()] + rng.choice(CELLS) + data[end.start() :]
    return data


def _inside(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Damage within an archive, its checksums made right again; other files are damaged as they are."""
    if data.startswith(b"\x1f\x8b"):
        try:
            return gzip.compress(mutate(rng, gzip.decompress(data), other), 1)
        except (OSError, EOFError, zlib.error):
            return _flip(rng, data, other)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # noqa: BLE001 - a damaged archive fails in many ways, and is damaged enough
        return _flip(rng, data, other)
    chosen = rng.choice(sorted(members)) if members else ""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name, mutate(rng, member, other) if name == chosen else member)
    return out.getvalue()


DAMAGES: Sequence[Callable[[random.Random, bytes, bytes], bytes]] = (
    _flip, _cut, _drop, _double, _splice, _behead, _trick, _cell, _cell, _inside, _inside,
)  # fmt: skip


def mutate(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """The file after one to four damages; `other` is what is spliced in."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        if data:
            data = rng.choice(DAMAGES)(rng, data, other)[:LARGEST]
    return data
