"""Time and memory of an imputation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Time and memory of one `fit_transform`.

    Attributes
    ----------
    seconds : float
        On one idle processor core.
    bytes : int
        Peak memory, without the table itself.
    seconds_range, bytes_range : (lowest, highest)
        Between which the true cost is expected.
    reason : str
        How the estimate was made, as a sentence.
    """

    seconds: float
    bytes: int
    seconds_range: tuple[float, float]
    bytes_range: tuple[int, int]
    reason: str

    def __add__(self, other: "Cost") -> "Cost":
        """The cost of two imputations, when the second begins while the first still holds its memory."""
        seconds, more_seconds = self.seconds_range, other.seconds_range
        size, more_size = self.bytes_range, other.bytes_range
        return Cost(
            self.seconds + other.seconds,
            self.bytes + other.bytes,
            (seconds[0] + more_seconds[0], seconds[1] + more_seconds[1]),
            (max(size[0], more_size[0]), size[1] + more_size[1]),
            f"{self.reason} {other.reason}",
        )
