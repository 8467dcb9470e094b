"""What `gunicorn wsgi:app` reads by itself when it is started here without `--config`."""

from wrangler.web.gunicorn import on_starting, post_worker_init

__all__ = ["on_starting", "post_worker_init"]
