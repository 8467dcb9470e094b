"""`gunicorn wsgi:app`, `flask --app wsgi run`."""

import sys

from wrangler.app import create_app
from wrangler.config import exit_when_refused

# A worker of gunicorn has to end with the status that ends its master too, which would else start another one for ever.
arbiter = sys.modules.get("gunicorn.arbiter")

with exit_when_refused(arbiter.Arbiter.WORKER_BOOT_ERROR if arbiter else 1):
    app = create_app()
