"""Proposing a meeting, and a monthly series."""

from collections.abc import Mapping
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from mentorly.blueprints.forms import typed_in
from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.meetings.asking import FIRST, LENGTH, NUMBER, TIMES, WHERE
from mentorly.blueprints.meetings.room import (
    Checks,
    Faulty,
    answers,
    blueprint,
    keep,
    own_relationship,
    sentences,
    shown,
)
from mentorly.extensions import now
from mentorly.mentoring.base import Refused
from mentorly.mentoring.meeting_times import check_wish
from mentorly.mentoring.people import Person
from mentorly.mentoring.planning import MINUTES, propose, propose_series
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.whereabouts import Where

Answer = Response | str | tuple[str, int]
ONE = (*TIMES, LENGTH, *WHERE)
SERIES = (FIRST, NUMBER, LENGTH, *WHERE)
USUAL = {LENGTH.name: str(MINUTES), NUMBER.name: "6"}


@blueprint.get("/meetings/<int:number>/propose")
@signed_in
def propose_one(number: int) -> Answer:
    """Ask when and where to meet."""
    return _form(own_relationship(number), "one", USUAL, {})


@blueprint.post("/meetings/<int:number>/propose")
@signed_in
def proposed_one(number: int) -> Answer:
    """Propose a meeting: one time is planned at once, of two or three the others choose one."""
    together = own_relationship(number, to_change=True)
    try:
        given = answers(ONE, checks_of(together))
        times = [given[question.name] for question in TIMES if given[question.name]]
        length, where, people = given[LENGTH.name], where_in(given), _chosen(together)
        meeting = propose(together, me(), times, now(), minutes=length, where=where, people=people)
    except Faulty as faulty:
        return _again(number, "one", faulty.faults)
    except Refused as refusal:
        return _again(number, "one", {"": refusal})
    keep()
    planned, asked = _("The meeting is planned. Everybody is invited by mail."), _("The others are asked to choose.")
    flash(planned if meeting.is_planned else asked)
    return redirect(url_for(".overview", number=number), 303)


@blueprint.get("/meetings/<int:number>/series")
@signed_in
def propose_months(number: int) -> Answer:
    """Ask when a monthly series begins."""
    return _form(own_relationship(number), "series", USUAL, {})


@blueprint.post("/meetings/<int:number>/series")
@signed_in
def proposed_months(number: int) -> Answer:
    """Plan a meeting a month."""
    together = own_relationship(number, to_change=True)
    try:
        given = answers(SERIES, checks_of(together))
        first, length, people = given[FIRST.name], given[LENGTH.name], _chosen(together)
        where, wanted = where_in(given), given[NUMBER.name]
        planned = propose_series(together, me(), first, wanted, now(), minutes=length, where=where, people=people)
    except Faulty as faulty:
        return _again(number, "series", faulty.faults)
    except Refused as refusal:
        return _again(number, "series", {NUMBER.name: refusal})
    keep()
    flash(ngettext("One meeting is planned.", "%(num)s meetings are planned.", len(planned)))
    return redirect(url_for(".overview", number=number), 303)


def where_in(given: Mapping[str, str]) -> Where:
    """Where a meeting is, as it was typed."""
    return Where(given["place"], given["link"], given["phone"])


def checks_of(together: Relationship) -> Checks:
    """What the program says to single answers."""
    times = dict.fromkeys((one.name for one in TIMES), lambda at: check_wish(together, now(), at=at))
    places = {one.name: partial(_check_where, one.name) for one in WHERE}
    return {**times, **places, LENGTH.name: lambda minutes: check_wish(together, now(), minutes=minutes)}


def _check_where(name: str, words: str) -> None:
    Where(**{name: words}).checked()


def _chosen(together: Relationship) -> list[Person]:
    """With whom, where one may choose."""
    chosen = set(request.form.getlist("with"))
    return [member.person for member in together.present if str(member.person_id) in chosen]


def _again(number: int, kind: str, faults: Mapping[str, Refused]) -> Answer:
    told = sentences(faults)
    return _form(own_relationship(number), kind, typed_in(), faults, told.get("", "")), 422


def _form(
    together: Relationship, kind: str, typed: Mapping[str, str], faults: Mapping[str, Refused], refusal: str = ""
) -> str:
    others = [member.person for member in together.present if member.person_id != me().id]
    return render_template(
        "meetings/propose.html",
        together=together,
        others=others,
        kind=kind,
        questions=shown(ONE if kind == "one" else SERIES, others, typed, faults),
        chosen=set(request.form.getlist("with")) or {str(one.id) for one in others},
        faulty=bool(faults),
        refusal=refusal,
    )
