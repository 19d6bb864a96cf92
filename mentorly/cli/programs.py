"""Commands about programs."""

from datetime import date
from typing import Any

import click

from mentorly.cli.room import kept, show, within
from mentorly.extensions import now, session
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.programs import Program, kinds


@click.group("program")
def program_group() -> None:
    """Programs: runs of mentoring."""


@program_group.command("add")
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice(list(kinds())))
@click.option("--start", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The first day.")
@click.option("--months", type=int, help="How long it runs; the kind says it otherwise.")
@click.option("--retention-months", type=int, help="How long it is kept what was mailed: 6 to 120; 24 otherwise.")
@click.option("--words-months", type=int, help="How long after its end words of a relationship are kept: 6 to 120.")
@within
def program_add(
    name: str, kind: str, start: Any, months: int | None, retention_months: int | None, words_months: int | None
) -> None:
    """Add a program.

    Example: mentorly program add "Pilot 2027" --kind one-on-one --start 2027-03-01 --months 6
    """
    first = date(start.year, start.month, start.day)
    program = Program.add(session(), name, kind, first, now(), months=months, retention_months=retention_months)
    if words_months is not None:
        program.keep_words_for(words_months)
    kept(Deed.PROGRAM_ADDED, program)
    click.echo(f"{program.name} runs from {program.starts_on} to {program.ends_on}.")


@program_group.command("list")
@click.option("--json", "as_json", is_flag=True)
@within
def program_list(as_json: bool) -> None:
    """List the programs.

    Example: mentorly program list
    """
    rows = [
        {"name": one.name, "kind": one.kind, "starts": str(one.starts_on), "ends": str(one.ends_on)}
        for one in Program.all(session())
    ]
    show(rows, ["name", "kind", "starts", "ends"], as_json)
