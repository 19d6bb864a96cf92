"""Commands about administrators."""

import click

from mentorly.cli.room import kept, within
from mentorly.extensions import now, session
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.people import Person
from mentorly.mentoring.roster import checked_email
from mentorly.mentoring.suppressions import Suppression


@click.group("admin")
def admin_group() -> None:
    """Administrators, who run the whole service."""


@admin_group.command("add")
@click.argument("email")
@click.option("--name", required=True)
@within
def admin_add(email: str, name: str) -> None:
    """Make an administrator, who gets the welcome mail.

    Example: mentorly admin add dave@example.org --name "Dave Okoye"
    """
    moment = now()
    address = checked_email(email)
    person = Person.of_address(session(), address) or Person.register(session(), address, name, moment, by=None)
    person.make_administrator(moment)
    Suppression.recall(session(), {address: person.id}, moment)
    kept(Deed.ADMINISTRATOR_MADE, person)
    click.echo(f"{person.name} is an administrator.")
