"""Commands about matches."""

import csv
import io
from pathlib import Path

import click

from mentorly.cli.room import FILE, kept, show, within
from mentorly.extensions import now, session
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.pairs import Pairs
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.suggestions import best_assignment, objections_to, suggestions_of


@click.group("match")
def match_group() -> None:
    """Matches: who could, and who should, be paired."""


@match_group.command("suggest")
@click.option("--program", required=True)
@click.option("--best", is_flag=True, help="One best assignment, as a file for match import.")
@click.option("--json", "as_json", is_flag=True)
@within
def match_suggest(program: str, best: bool, as_json: bool) -> None:
    """Suggest mentors for every mentee who has none, with the reasons.

    Example: mentorly match suggest --program "Pilot 2027"
    """
    run = Program.called(session(), program)
    found = best_assignment(session(), run, now())[0] if best else suggestions_of(session(), run, now())
    if best and not as_json:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(
            [("mentor", "mentee"), *((one.mentor.email, one.mentee.email) for one in found)]
        )
        click.echo(out.getvalue(), nl=False)
        return
    rows = [
        {"mentee": one.mentee.email, "mentor": one.mentor.email, "reasons": [str(reason) for reason in one.reasons]}
        for one in found
    ]
    show(rows, ["mentee", "mentor", "reasons"], as_json)


@match_group.command("propose")
@click.argument("mentor")
@click.argument("mentee")
@click.option("--program", required=True)
@within
def match_propose(mentor: str, mentee: str, program: str) -> None:
    """Propose a match; the mentor is asked by mail.

    Example: mentorly match propose alice@example.org bob@example.org --program "Pilot 2027"
    """
    own = session()
    run, asked, free = Program.called(own, program), Person.called(own, mentor), Person.called(own, mentee)
    warnings = objections_to(asked, free, run, now())
    proposal = propose_match(own, run, asked, free, now(), by=None)
    kept(Deed.MATCH_PROPOSED, proposal)
    for warning in warnings:
        click.echo(f"Note: {warning}", err=True)
    click.echo(f"{proposal.mentor.name} is asked.")


@match_group.command("import")
@click.argument("file", type=FILE)
@click.option("--program", help="Needed only where people share several programs.")
@within
def match_import(file: Path, program: str | None) -> None:
    """Propose every match of a CSV file (mentor,mentee), all or nothing.

    Example: mentorly match import pairs.csv
    """
    pairs, moment = Pairs.read(file.read_bytes(), str(file)), now()
    warnings = pairs.warnings(session(), program, moment)
    proposals = pairs.propose(session(), program, moment, by=None)
    kept(Deed.MATCH_PROPOSED, *proposals)
    for line, warning in warnings:
        click.echo(f"Note: {file}:{line}: {warning}", err=True)
    click.echo(f"{len(proposals)} matches proposed.")
