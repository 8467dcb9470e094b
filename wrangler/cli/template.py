"""`flask --app wsgi template`: notebooks registered from the machine itself."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from wrangler.cli.reading import reading
from wrangler.config import settings_of
from wrangler.errors import InvalidInput, WranglerError
from wrangler.services import templates

template = AppGroup("template", help="Register, list and remove notebooks.")


@template.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", help="What job requests call it; default: the file's name. A known name: its next version.")
def add(file: Path, name: str | None) -> None:
    """Register a percent script (.py) or a notebook (.ipynb)."""
    called = name or file.stem.lower().replace("_", "-")
    try:
        made = templates.register(None, called, file.name, file.read_bytes(), settings_of(current_app))
    except InvalidInput as refusal:
        listed = "".join(f"\n  {error.message}" for error in refusal.errors[1:])
        raise click.ClickException(refusal.message + listed) from None
    except WranglerError as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(f"{made.name} version {made.version} registered: {made.title}")


@template.command("list")
@reading
def list_() -> None:
    """List the newest version of each."""
    for one in templates.newest(settings_of(current_app)):
        click.echo(f"{one.name:<30}  {one.version:>4}  {one.created_at:%Y-%m-%d}  {one.title}")


@template.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Retire a template; jobs that have run keep theirs."""
    try:
        templates.retire(None, name)
    except WranglerError as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(f"{name} is not offered any more")
