"""How far something is, on one line of text."""

CELLS = 30


def progress_line(progress: float, text: str, seconds_left: int | None = None) -> str:
    """`[####......]  40%  what is done, about 12 s left`."""
    done = round(progress * CELLS)
    left = "" if seconds_left is None else f", about {_duration(seconds_left)} left"
    return f"[{'#' * done}{'.' * (CELLS - done)}] {progress:>4.0%}  {text}{left}"


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
