"""Commands about the sponsors of a program."""

import click

from mentorly.cli.room import kept, show, within
from mentorly.extensions import now, session
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.particulars import LANGUAGES
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.roster import checked_email
from mentorly.mentoring.sponsors import Sponsor, sponsors_of


@click.group("sponsor")
def sponsor_group() -> None:
    """Sponsors, who fund a program and may get its figures by mail."""


@sponsor_group.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--program", required=True)
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="en", show_default=True)
@within
def sponsor_add(email: str, name: str, program: str, language: str) -> None:
    """Register a sponsor of a program, who is asked by mail whether they want its figures.

    Example: mentorly sponsor add fern@example.org --name "Fern Diaz" --program "Pilot 2027"
    """
    run = Program.called(session(), program)
    one = Sponsor.add(run, checked_email(email), name, language, None, now())
    kept(Deed.SPONSOR_ADDED, one, person=one.person)
    click.echo(f"{one.person.name} is asked whether they want the figures of {run.name}.")


@sponsor_group.command("list")
@click.option("--program", required=True)
@click.option("--json", "as_json", is_flag=True)
@within
def sponsor_list(program: str, as_json: bool) -> None:
    """List the sponsors of a program.

    Example: mentorly sponsor list --program "Pilot 2027"
    """
    known = sponsors_of(Program.called(session(), program))
    rows = [{"name": one.person.name, "email": one.person.email, "told": bool(one.agreed_at)} for one in known]
    show(rows, ["name", "email", "told"], as_json)


@sponsor_group.command("end")
@click.argument("email")
@click.option("--program", required=True)
@within
def sponsor_end(email: str, program: str) -> None:
    """Send a sponsor of a program nothing more.

    Example: mentorly sponsor end fern@example.org --program "Pilot 2027"
    """
    run, person = Program.called(session(), program), Person.called(session(), email)
    one = Sponsor.of(person, run)
    if one is None:
        raise Refused("{name} is no sponsor of {program}.", name=person.name, program=run.name)
    one.end(None, now())
    kept(Deed.SPONSOR_ENDED, one, person=person)
    click.echo(f"{person.name} gets no figures of {run.name} any more.")
