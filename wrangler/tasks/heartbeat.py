"""The lease renewal of one job: carries its progress up and a cancellation down, from its claim to the last byte it leaves."""

from flask import Flask

from wrangler.notebook import Progress
from wrangler.services import Lease, LeaseRenewal
from wrangler.services.jobs import Claim, Verdict, leases

SHORTEST_PAUSE_SECONDS = 0.5


def heartbeat(app: Flask, held: Claim, lease: Lease) -> LeaseRenewal[Progress, Verdict]:
    def renew(news: Progress | None) -> Verdict:
        with app.app_context():
            return leases.renew(
                held,
                lease_seconds=lease.seconds,
                progress=news.fraction if news else None,
                stage=news.heading if news else "",
            )

    return LeaseRenewal(
        renew,
        lease,
        held=Verdict.CONTINUE,
        lost=Verdict.LOST,
        pause_seconds=SHORTEST_PAUSE_SECONDS,
        job_id=str(held.job_id),
    )
