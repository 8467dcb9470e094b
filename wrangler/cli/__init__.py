"""The `flask --app wsgi ...` commands."""

from flask import Flask

from wrangler.cli.demo import demo
from wrangler.cli.doctor import doctor
from wrangler.cli.job import job
from wrangler.cli.lab import lab
from wrangler.cli.serve import serve
from wrangler.cli.template import template
from wrangler.cli.user import user


def register(app: Flask) -> None:
    """Register all commands with the application."""
    for command in (user, job, template, demo, doctor, lab, serve):
        app.cli.add_command(command)
