"""Commands about the mails that are going to be sent."""

import json
from datetime import timedelta

import click

from mentorly.cli.room import show, within
from mentorly.extensions import now, post_office, session, settings
from mentorly.jobs import catcher, post
from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Person

NOT_COUNTED = {"stopped", "unfinished", "faults"}


@click.command("upcoming")
@click.option("--days", default=30, show_default=True, type=click.IntRange(0, 400))
@click.option("--for", "email", help="To one person alone.")
@click.option("--json", "as_json", is_flag=True)
@within
def upcoming_command(days: int, email: str | None, as_json: bool) -> None:
    """What is going to be sent to whom, when, and why.

    Example: mentorly upcoming --days 7
    """
    moment = now()
    reader = Person.called(session(), email) if email else None
    found = post_office().upcoming(moment, moment + timedelta(days=days), reader)
    rows = [
        {
            "mail": one.kind.name,
            "reader": one.reader.email,
            "moment": one.moment.isoformat(),
            "send_at": one.send_at.isoformat(),
            "why": one.kind.why,
            "fold": one.fold or None,
        }
        for one in found
    ]
    session().rollback()
    show(rows, ["send_at", "mail", "reader", "why"], as_json)


@click.command("round")
@click.option("--json", "as_json", is_flag=True)
@within
def round_command(as_json: bool) -> None:
    """One round now: collect what is due, deliver what is ready.

    Example: mentorly round --json
    """
    with catcher.catching(settings()):
        counts = post.do_round(at_once=True)
    click.echo(
        json.dumps(counts)
        if as_json
        else ", ".join(f"{value} {name}" for name, value in counts.items() if name not in NOT_COUNTED)
    )
    if counts["stopped"]:
        raise Refused("{why} What waits is sent when it works again.", why=counts["stopped"])
