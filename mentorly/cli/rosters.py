"""Commands about rosters."""

from pathlib import Path

import click

from mentorly.cli.room import FILE, kept, within
from mentorly.extensions import now, session
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.plans import Plan
from mentorly.mentoring.programs import Program
from mentorly.mentoring.roster import Roster, export_roster
from mentorly.mentoring.rows import Faulty


@click.group("roster")
def roster_group() -> None:
    """Rosters: many people at once."""


@roster_group.command("import")
@click.argument("file", type=FILE)
@click.option("--program", required=True)
@click.option("--check", is_flag=True, help="Change nothing; say what would change.")
@click.option(
    "--new-organizations", is_flag=True, help="Names that look like known ones are organizations of their own."
)
@within
def roster_import(file: Path, program: str, check: bool, new_organizations: bool) -> None:
    """Register everybody in a CSV file, all or nothing.

    Example: mentorly roster import pilot.csv --program "Pilot 2027" --check
    """
    roster = Roster.read(file.read_bytes(), str(file))
    run = Program.called(session(), program)
    if check:
        plan = roster.check(session(), run, now(), None, new_organizations=new_organizations)
        session().rollback()
        if plan.faults:
            raise Faulty(plan.faults, str(file))
    else:
        plan = roster.import_into(session(), run, now(), by=None, new_organizations=new_organizations)
        if plan.changes_something:
            kept(Deed.ROSTER_IMPORTED, run)
    click.echo(_told(plan, check=check))


def _told(plan: Plan, *, check: bool) -> str:
    counts = [
        (len(plan.new), "new"),
        (len(plan.joined), "joining"),
        (len(plan.changed), "changed"),
        (len(plan.unchanged), "unchanged"),
    ]
    return (
        ("Would import: " if check else "Imported: ") + ", ".join(f"{number} {what}" for number, what in counts) + "."
    )


@roster_group.command("export")
@click.option("--program", required=True)
@within
def roster_export(program: str) -> None:
    """Write a program's roster as CSV.

    Example: mentorly roster export --program "Pilot 2027" > pilot.csv
    """
    click.echo(export_roster(session(), Program.called(session(), program), None), nl=False)
