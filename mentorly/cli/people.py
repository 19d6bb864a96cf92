"""Commands about what is held about one person: to hand it out, and to erase it."""

import sys

import click

from mentorly.cli.room import kept, show, within
from mentorly.emails.own_mail import holdings
from mentorly.extensions import house, now, post_office, session
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.data_requests import DataRequest
from mentorly.mentoring.erasing import check_confirmed, check_erasable, consequences_for
from mentorly.mentoring.people import Person


@click.command("export")
@click.argument("email")
@click.option("--json", "as_json", is_flag=True)
@within
def export_command(email: str, as_json: bool) -> None:
    """Let a person have what is kept about them: a link that works once goes to them alone. Here only counts are said.

    Example: mentorly export bob@example.org
    """
    person = Person.called(session(), email)
    counts = [{"part": one.name, "rows": len(one.rows)} for one in holdings(person, house().register)]
    kept(Deed.DATA_ASKED_FOR, DataRequest.ask(person, None, now()), person=person)
    show(counts, ["part", "rows"], as_json)
    click.echo(f"{person.name} gets a mail with a link that opens it once.", err=True)


@click.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Without asking for the address once more.")
@within
def erase_command(email: str, yes: bool) -> None:
    """Erase what is held about a person; counts stay, and nobody mails them that it is done.

    Example: mentorly erase bob@example.org --yes
    """
    moment = now()
    person = Person.called(session(), email)
    check_erasable(person, None)
    found = consequences_for(person, moment)
    click.echo(
        f"Relationships that end: {found.relationships}. Meetings called off: {found.meetings}. "
        f"Proposals withdrawn: {found.proposals}."
    )
    for organization, program in found.led:
        click.echo(f"Note: {organization} has no other project lead in {program}.", err=True)
    if not yes:
        check_confirmed(person, _address_typed())
    post_office().erase(person, None, moment)
    kept(Deed.PERSON_ERASED, person)
    click.echo("Erased.")


def _address_typed() -> str:
    """The address that confirms: asked for at a terminal, else the first line of what is piped in. Raises Refused."""
    if sys.stdin.isatty():
        return str(click.prompt("This cannot be taken back. Type the mail address to confirm"))
    line = sys.stdin.readline()
    if not line.strip():
        raise Refused("Nothing was erased. Say --yes to erase without being asked, or pipe in the address.")
    return line
