"""What belongs to the running application: its settings, its storage and its queues."""

from flask import current_app

from wrangler.config import Settings, settings_of
from wrangler.queues import JobQueues, queues_of
from wrangler.services.storage import Storage
from wrangler.services.tokens import AccessTokens


def settings() -> Settings:
    return settings_of(current_app)


def storage() -> Storage:
    return Storage(settings().data_dir)


def queues() -> JobQueues:
    return queues_of(current_app)


def access_tokens() -> AccessTokens:
    return AccessTokens(settings().secret_key.get_secret_value(), settings().access_token_seconds)
