"""Tables in which codes for missing are hidden among honest values, and honest values that only look like codes."""

import random
from collections.abc import Callable

Draw = Callable[[random.Random], str]
ROWS = 400


def _between(rng: random.Random, mean: float, deviation: float, low: int, high: int) -> int:
    """A whole number near the mean, the ends being where it is cut off."""
    return max(low, min(high, round(rng.gauss(mean, deviation))))


# Name, what its honest values are, codes that people plant in such a column.
COLUMNS: tuple[tuple[str, Draw, tuple[str, ...]], ...] = (
    ("age", lambda rng: str(rng.randint(18, 95)), ("-1", "-9", "-99", "999", "9999", "-999")),
    ("income", lambda rng: str(round(rng.lognormvariate(10, 0.8))), ("-1", "-99", "-999", "-9999", "99999999")),
    ("height", lambda rng: f"{rng.gauss(170, 10):.1f}", ("-9", "-99", "999", "9999", "0")),
    ("temperature", lambda rng: f"{rng.gauss(5, 12):.2f}", ("-999", "-9999", "9999", "999")),
    ("children", lambda rng: str(min(9, int(rng.expovariate(0.7)))), ("99", "-1", "-9", "999")),
    ("scale", lambda rng: str(rng.randint(1, 5)), ("9", "99", "-1", "-8", "-9")),
    ("city", lambda rng: rng.choice(["Bonn", "Ulm", "Trier"]), ("?", ".", "unknown", "refused", "-", "not applicable")),
    ("drink", lambda rng: rng.choice(["tea", "coffee", "water"]), ("don't know", "n/d", "unknown", "-99", "99")),
    ("word", lambda rng: "".join(rng.choices("abcdefgh", k=6)), ("?", "missing", "no answer", "--")),
    ("years_old", lambda rng: str(_between(rng, 45, 17, 18, 95)), ("99", "98", "999", "-9", "0")),
    ("born", lambda rng: str(rng.randint(1935, 2008)), ("9999", "0", "-1", "9998", "999")),
    ("systolic", lambda rng: str(_between(rng, 128, 16, 84, 210)), ("0", "999", "-1", "-9", "888")),
    ("pulse", lambda rng: str(_between(rng, 72, 10, 45, 120)), ("0", "999", "-9", "777")),
    ("change", lambda rng: f"{rng.gauss(0.3, 1.8):.1f}", ("-9", "99", "-99", "999")),
    ("steps", lambda rng: str(round(rng.gauss(0, 2))), ("-9", "-99", "99", "-999")),
    ("sex", lambda rng: rng.choice("12"), ("9", "99", "-1", "0")),
    ("grade", lambda rng: rng.choice("ABCD"), ("?", "9", "-9", "unknown", "99")),
    ("postcode", lambda rng: f"{rng.randint(501, 89999):05}", ("-1", "99999", "unknown", "-")),
    ("seen", lambda rng: f"20{rng.randint(10, 24)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
     ("9999-12-31", "1900-01-01", "1970-01-01")),
)  # fmt: skip
# Nothing is planted in these, though their values stand where codes stand.
HONEST: tuple[tuple[str, Draw], ...] = (
    ("balance", lambda rng: str(rng.randint(-2000, 2000))),
    ("delta", lambda rng: str(rng.choice([-1, 0, 1]))),
    ("percent", lambda rng: str(rng.randint(0, 100))),
    ("serial", lambda rng: str(rng.randint(9000, 10_500))),
    ("price", lambda rng: rng.choice(["9.99", "99.99", "999.99", "99", "999", "149.5", "1499"])),
    ("longitude", lambda rng: f"{rng.uniform(-180, 180):.3f}"),
    ("group", lambda rng: rng.choice(["A", "B", "AB", "0"])),
    ("score", lambda rng: str(min(99, _between(rng, 70, 15, 0, 120)))),
    ("golf", lambda rng: str(_between(rng, 0, 4, -9, 12))),
    ("offer", lambda rng: rng.choice(["9", "19", "49", "99"])),
    ("lag", lambda rng: str(round(rng.gauss(0, 45)))),
    ("rain", lambda rng: f"{max(0.0, rng.gauss(-2, 6)):.1f}"),
    ("founded", lambda rng: f"{rng.randint(1900, 2020)}-01-01"),
    ("smoked", lambda rng: str(rng.choice([0, 0, 0, rng.randint(8, 40)]))),
)


def planted(rng: random.Random) -> tuple[str, set[tuple[str, str]]]:
    """A CSV text, and the codes in it as pairs of column and value."""
    columns = rng.sample(COLUMNS, 6)
    lines, codes = [], set()
    chosen = {name: rng.sample(words, rng.choice((0, 1, 1, 2, 3))) for name, _, words in columns}
    honest = rng.sample(HONEST, 4)
    for _ in range(ROWS):
        cells = []
        for name, draw, _ in columns:
            code = rng.choice(chosen[name]) if chosen[name] and rng.random() < 0.04 else None
            cells.append(code or draw(rng))
            codes |= {(name, code)} if code else set()
        lines.append(",".join([*cells, *(draw(rng) for _, draw in honest)]))
    header = ",".join([*(name for name, *_ in columns), *(name for name, _ in honest)])
    return "\n".join([header, *lines, ""]), codes
