"""`flask --app wsgi user`: people, from the machine itself. The only way to become an administrator."""

import click
from flask.cli import AppGroup

from wrangler.cli.reading import reading
from wrangler.errors import WranglerError
from wrangler.extensions import db
from wrangler.models import Role
from wrangler.services import accounts

user = AppGroup("user", help="Create and list users.")


@user.command("create")
@click.argument("email")
@click.option("--name", default="", help="Shown name; default: the e-mail address.")
@click.option("--admin", is_flag=True, help="May see the server's state and manage users.")
@click.password_option(help="12 to 128 characters; asked for when not given.")
def create(email: str, name: str, *, admin: bool, password: str) -> None:
    """Create a user."""
    try:
        made = accounts.register(email, password, name or email, role=Role.ADMIN if admin else Role.USER)
    except WranglerError as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(f"{made.role.value} {made.email} created: {made.id}")


@user.command("list")
@reading
def list_() -> None:
    """List all users, newest first."""
    for person in db.session.scalars(accounts.people()):
        state = "" if person.active else "  closed"
        click.echo(f"{person.id}  {person.created_at:%Y-%m-%d}  {person.role.value:<5}  {person.email}{state}")
