"""What is going to be sent to whom, when and why, if nobody does anything."""

from datetime import date, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from flask import render_template, request

from mentorly.blueprints.console.room import blueprint, here, number_in, page_number
from mentorly.blueprints.guard import administrator, may_write
from mentorly.blueprints.reading import timezone
from mentorly.emails.foreseen import Upcoming
from mentorly.extensions import now, post_office, session
from mentorly.mentoring.leaves import Leaf
from mentorly.mentoring.people import Person

DAYS = (7, 14, 30, 90)


@blueprint.get("/upcoming")
@administrator
@may_write
def upcoming() -> str:
    """Show the forecast, day by day, to everybody or to one person. The forecast writes nothing that stays."""
    days = number_in(request.args, "days")
    days = days if days in DAYS else DAYS[1]
    number = number_in(request.args, "person")
    reader = here(session().get(Person, number)) if number else None
    moment = now()
    found = post_office().upcoming(moment, moment + timedelta(days=days), reader)
    leaf = Leaf.cut(found, page_number())
    page = render_template(
        "console/upcoming.html", leaf=leaf, by_day=_by_day(leaf), days=days, choices=DAYS, reader=reader
    )
    session().rollback()
    return page


def _by_day(leaf: Leaf[Upcoming]) -> list[tuple[date, list[Upcoming]]]:
    zone = ZoneInfo(timezone())
    return [(day, list(mails)) for day, mails in groupby(leaf.rows, lambda one: one.send_at.astimezone(zone).date())]
