"""Lines drawn over one another in a terminal, and plain lines where there is none."""

import shutil
import sys

import click


def is_drawn() -> bool:
    """Whether the output is a terminal."""
    return sys.stdout.isatty()


def show(words: str) -> None:
    """Draw over the line before, in a terminal; elsewhere each line stays."""
    if is_drawn():
        click.echo(f"\r\x1b[2K{words[: shutil.get_terminal_size().columns - 1]}", nl=False)
    else:
        click.echo(words)


def leave() -> None:
    """Go on below the bar."""
    if is_drawn():
        click.echo()


def wipe() -> None:
    """Clear the bar, to write in its place."""
    if is_drawn():
        click.echo("\r\x1b[2K", nl=False)
