"""`gunicorn wsgi:app`, `flask --app wsgi run`."""

from wrangler.app import create_app

app = create_app()
