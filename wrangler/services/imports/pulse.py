"""The pulse of one import: carries its progress up while another thread minds the parser."""

from sqlalchemy import Engine

from wrangler.services.imports import holds
from wrangler.services.imports.holds import Hold
from wrangler.services.pulse import Lease, Pulse

SHORTEST_PAUSE_SECONDS = 1.0


def pulse_of(hold: Hold, engine: Engine, lease_seconds: int) -> Pulse[tuple[float, str], bool]:
    """Its news are the share that is done and the stage; its answer is whether the hold is still the newest."""

    def beat(news: tuple[float, str] | None) -> bool:
        with engine.begin() as connection:
            return holds.beat(connection, hold, lease_seconds=lease_seconds, news=news)

    return Pulse(
        beat,
        Lease(lease_seconds, hold.taken_at),
        held=True,
        lost=False,
        pause_seconds=SHORTEST_PAUSE_SECONDS,
        dataset_id=str(hold.dataset_id),
    )
