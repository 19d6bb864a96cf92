"""People's calendars in the playground: answers to invitations, and events that invite the program, by real mails."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints import playground
from mentorly.blueprints.calendar_cards import OwnEvent, card_of, memberships, own_events
from mentorly.blueprints.calendar_clients import CLIENTS, STATES, Event, answered, invited
from mentorly.blueprints.handing_back import Writer, hand_over
from mentorly.blueprints.reading import said
from mentorly.extensions import now, post_office, session, settings
from mentorly.mentoring import playground_sights
from mentorly.mentoring.base import Refused
from mentorly.mentoring.meeting_questions import DayAndTime
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Number
from mentorly.mentoring.relationships import Member

Answer = Response | tuple[str, int]
AT = DayAndTime("at", {"en": "Day and time", "fr": "Date et heure"}, required=True)
MINUTES = Number("minutes", {"en": "Minutes", "fr": "Minutes"}, required=True)
TITLES = {"en": "Coffee and a talk", "fr": "Café et conversation"}


@playground.blueprint.post("/mails/<int:number>/calendar")
def answer_invitation(number: int) -> Answer:
    """Answer an invitation as a calendar program does."""
    kept, choice = playground.kept_mail(number), request.form.get("said", "")
    reader = playground_sights.of_addresses(session(), [kept.recipient]).get(kept.recipient) or abort(404)
    card = card_of(playground.outbox().source(number), reader)
    event = card.as_event() if card else None
    if event is None or choice not in STATES:
        abort(404)
    try:
        at = _moment(reader) if choice == "counter" else None
        mail = answered(_client(), event, _writer(reader), choice, now(), at)
        session().rollback()  # SQLite has one write lock, which the postbox needs
        hand_over(settings().lmtp_listen, mail)
    except Refused as refusal:
        return playground.mail_page(number, refusal=said(refusal)), 409
    flash(_("The answer of the calendar is on its way, as a mail to the organizer of the meeting."))
    return redirect(url_for("playground.mail", number=number), 303)


@playground.blueprint.post("/people/<int:number>/events")
def invite_program(number: int) -> Answer:
    """Make an event in somebody's own calendar that invites their address in a relationship."""
    person = playground.known_person(number)
    member = next((one for one in memberships(person) if str(one.id) == request.form.get("member")), None)
    if member is None:
        abort(404)
    try:
        minutes = MINUTES.check(request.form.get("minutes", ""), ZoneInfo(person.timezone)) or 0
        told = (_client(), 0, _moment(person).isoformat(), minutes, "others" in request.form)
        event = OwnEvent(f"{uuid4()}@playground.invalid", person.id, member.id, *told)
        _send(event, person, member)
    except Refused as refusal:
        return playground.mailbox_page(number, said(refusal)), 409
    event.keep()
    flash(_("The invitation of the calendar is on its way to the program."))
    return redirect(url_for("playground.mailbox", number=number, _anchor="calendar"), 303)


@playground.blueprint.post("/people/<int:number>/events/<uid>")
def change_event(number: int, uid: str) -> Answer:
    """Move or cancel such an event."""
    person = playground.known_person(number)
    known = next((one for one in own_events(person) if one.uid == uid), None) or abort(404)
    member = session().get(Member, known.member) or abort(404)
    is_off = request.form.get("act") == "cancel"
    try:
        start = known.starts_at if is_off else _moment(person)
        event = replace(known, sequence=known.sequence + 1, start=start.isoformat())
        _send(event, person, member, is_off=is_off)
    except Refused as refusal:
        return playground.mailbox_page(number, said(refusal)), 409
    if is_off:
        event.forget()
    else:
        event.keep()
    flash(_("The change of the calendar is on its way to the program."))
    return redirect(url_for("playground.mailbox", number=number, _anchor="calendar"), 303)


def _send(own: OwnEvent, person: Person, member: Member, *, is_off: bool = False) -> None:
    length, title = timedelta(minutes=own.minutes), TITLES[person.language]
    event = Event(own.uid, own.sequence, own.starts_at, length, person.timezone, title, person.email, person.name)
    to = post_office().desk.calendar_address(member, person.generation)
    present = [one.person.email for one in member.relationship.present if one is not member]
    others = present if own.with_others else []
    mail = invited(own.client, event, _writer(person), to, others, now(), is_off=is_off)
    session().rollback()  # SQLite has one write lock, which the postbox needs
    hand_over(settings().lmtp_listen, mail)


def _writer(person: Person) -> Writer:
    return Writer(person.name, person.email, person.language)


def _client() -> str:
    client = request.form.get("client", "")
    return client if client in CLIENTS else next(iter(CLIENTS))


def _moment(person: Person) -> datetime:
    at = AT.check(request.form.get("at", ""), ZoneInfo(person.timezone))
    if at is None:
        raise Refused("Please answer this question.")
    return at
