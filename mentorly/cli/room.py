"""The terminal's room: what its commands have in common."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click
from flask_migrate import upgrade
from rich.console import Console
from rich.table import Table

from mentorly.app import create_app
from mentorly.extensions import has_schema, now, ring, session, settings
from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.base import Base
from mentorly.mentoring.people import Person

USE, REFUSED = 2, 1
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def stop(sentence: str, code: int) -> NoReturn:
    """End the command with a sentence on standard error. code: REFUSED, USE, or what mail servers expect."""
    click.echo(sentence, err=True)
    sys.exit(code)


def within(command: Any) -> Any:
    """Run a command within the application; a new SQLite database of the instance gets its schema first."""

    @click.pass_context
    def run(context: click.Context, *args: Any, **options: Any) -> Any:
        with create_app().app_context():
            if not settings().database_url.startswith("postgres") and not has_schema():
                upgrade()
            return context.invoke(command, *args, **options)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def kept(deed: Deed, *abouts: Base, person: Person | None = None) -> None:
    """Commit what was done together with its lines in the record of acts, by the terminal; and ring."""
    for about in abouts:
        AuditEntry.write(session(), deed, about, None, now(), person=person)
    session().commit()
    ring()


def show(rows: Sequence[dict[str, Any]], columns: Sequence[str], as_json: bool) -> None:
    """Show rows: as JSON, as a table at a terminal, else as lines whose cells stand between tabulators."""
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    shown = [
        ["; ".join(cell) if isinstance(cell, list) else str(cell) for cell in map(row.get, columns)] for row in rows
    ]
    if not sys.stdout.isatty():
        click.echo("\n".join("\t".join(cells) for cells in shown), nl=bool(shown))
        return
    table = Table(*columns)
    for cells in shown:
        table.add_row(*cells)
    Console().print(table if rows else "Nothing.")
