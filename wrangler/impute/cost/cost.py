"""What an imputation will cost."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Time and memory of one `fit_transform`.

    Attributes
    ----------
    seconds : float
        Of one processor core that is free.
    bytes : int
        Most memory that is held at once, besides the table itself.
    seconds_range, bytes_range : (lowest, highest)
        Between which the truth is expected.
    reason : str
        How it was found, for a person.
    """

    seconds: float
    bytes: int
    seconds_range: tuple[float, float]
    bytes_range: tuple[int, int]
    reason: str

    def __add__(self, other: "Cost") -> "Cost":
        """Of two imputations of which the second begins while the first still holds its memory."""
        mine, theirs = self.seconds_range, other.seconds_range
        held, more = self.bytes_range, other.bytes_range
        return Cost(
            self.seconds + other.seconds,
            self.bytes + other.bytes,
            (mine[0] + theirs[0], mine[1] + theirs[1]),
            (max(held[0], more[0]), held[1] + more[1]),
            f"{self.reason} {other.reason}",
        )
