"""What belongs to the running application: its settings, its storage and its queues."""

import uuid

from flask import current_app

from wrangler.config import Settings, settings_of
from wrangler.extensions import db
from wrangler.queues import notify_queue
from wrangler.services import AccessTokens, Storage
from wrangler.services.jobs import Hub

HUB = "wrangler.hub"


def settings() -> Settings:
    return settings_of(current_app)


def storage() -> Storage:
    return Storage(settings().data_dir)


def notify(queue: str, job_id: uuid.UUID, priority: int = 0) -> bool:
    """Notify the workers that a row waits; no request fails for a queue that is out of reach."""
    return notify_queue(current_app, queue, job_id, priority)


def hub() -> Hub:
    """The one reader of the database for all who follow jobs in this process."""
    found: Hub | None = current_app.extensions.get(HUB)
    return found or current_app.extensions.setdefault(HUB, Hub(db.engine, settings().job_watchers))


def access_tokens() -> AccessTokens:
    return AccessTokens(settings().secret_key.get_secret_value(), settings().access_token_seconds)
