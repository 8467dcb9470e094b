"""What belongs to the running application: its settings, its storage and its queues."""

from typing import cast

from flask import Flask, current_app

from wrangler.config import Settings
from wrangler.queues import JobQueues
from wrangler.services.storage import Storage
from wrangler.services.tokens import AccessTokens

SETTINGS = "wrangler.settings"
QUEUES = "wrangler.queues"


def settings() -> Settings:
    return settings_of(current_app)


def settings_of(app: Flask) -> Settings:
    return cast("Settings", app.extensions[SETTINGS])


def storage() -> Storage:
    return Storage(settings().data_dir)


def queues() -> JobQueues:
    """The doorbells, made at the first ring."""
    if QUEUES not in current_app.extensions:
        current_app.extensions[QUEUES] = JobQueues(settings())
    return cast("JobQueues", current_app.extensions[QUEUES])


def access_tokens() -> AccessTokens:
    return AccessTokens(settings().secret_key.get_secret_value(), settings().access_token_seconds)
