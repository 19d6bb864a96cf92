"""Relationships: what the table of privacy.py lets the viewer see; the first meeting, a pause, an extension, an end."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.console.room import blueprint, day_typed, here, kept, page_number, sought, undone
from mentorly.blueprints.forms import asked
from mentorly.blueprints.guard import administrator, lead_or_administrator, me
from mentorly.blueprints.reading import timezone
from mentorly.emails.matching.matched_lead import FIRST_MEETING
from mentorly.extensions import now, session
from mentorly.mentoring import sights
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import HOLD, Refused
from mentorly.mentoring.counts import meetings_in, reports_in, tasks_in
from mentorly.mentoring.first_meetings import plan_first
from mentorly.mentoring.leaves import Leaf
from mentorly.mentoring.pauses import pause, resume
from mentorly.mentoring.planning import extend, part
from mentorly.mentoring.privacy import MAY_SEE, Hat, What, contacts, hat, may_see, may_see_person, report_days
from mentorly.mentoring.relationships import Relationship


@blueprint.get("/relationships")
@lead_or_administrator
def relationships() -> str:
    """List the relationships that the viewer knows of."""
    leaf = Leaf.read(session(), sights.relationships(me(), sought()), page_number())
    seen = {one.id: MAY_SEE[hat(me(), one)] for one in leaf.rows}
    meetings, tasks = meetings_in(session(), seen, now()), tasks_in(session(), seen)
    return render_template(
        "console/relationships.html", leaf=leaf, seen=seen, meetings=meetings, tasks=tasks, What=What, sought=sought()
    )


@blueprint.get("/relationships/<int:number>")
@lead_or_administrator
def relationship(number: int) -> str:
    """Show one."""
    return _page(number)


@blueprint.post("/relationships/<int:number>/first-meeting")
@lead_or_administrator
def set_first_meeting(number: int) -> Response | tuple[str, int]:
    """Say when the first meeting is."""
    together = _visible(number)
    try:
        plan_first(_held(together), _moment_typed(), me(), now())
    except Refused as refusal:
        return _page(number, {"at": refusal}), 422
    kept(Deed.FIRST_MEETING_SET, together)
    flash(_("The date is kept; the others are told by mail."))
    return redirect(url_for(".relationship", number=number), 303)


@blueprint.post("/relationships/<int:number>/pause")
@lead_or_administrator
def pause_relationship(number: int) -> Response | tuple[str, int]:
    """Pause it."""
    together = _visible(number)
    try:
        pause(_held(together), me(), now())
    except Refused as refusal:
        return _page(number, {"pause": refusal}), 422
    kept(Deed.RELATIONSHIP_PAUSED, together)
    flash(_("The relationship is paused; its members are told by mail."))
    return redirect(url_for(".relationship", number=number), 303)


@blueprint.post("/relationships/<int:number>/resume")
@lead_or_administrator
def resume_relationship(number: int) -> Response | tuple[str, int]:
    """Resume it."""
    together = _visible(number)
    try:
        resume(_held(together), me(), now())
    except Refused as refusal:
        return _page(number, {"pause": refusal}), 422
    kept(Deed.RELATIONSHIP_RESUMED, together)
    flash(_("The relationship goes on; its members are told by mail."))
    return redirect(url_for(".relationship", number=number), 303)


@blueprint.post("/relationships/<int:number>/end")
@lead_or_administrator
def end_relationship(number: int) -> Response | tuple[str, int]:
    """End it."""
    together = _visible(number)
    try:
        part(_held(together), me(), now())
    except Refused as refusal:
        return _page(number, {"end": refusal}), 422
    kept(Deed.RELATIONSHIP_ENDED, together)
    flash(_("The relationship has ended."))
    return redirect(url_for(".relationship", number=number), 303)


@blueprint.post("/relationships/<int:number>/extend")
@administrator
def extend_relationship(number: int) -> Response | tuple[str, int]:
    """Move its end to a later day."""
    together = _visible(number)
    try:
        extend(together, day_typed(request.form.get("until", "")), me(), now())
    except Refused as refusal:
        return _page(number, {"until": refusal}), 422
    kept(Deed.RELATIONSHIP_EXTENDED, together)
    flash(_("The relationship is extended."))
    return redirect(url_for(".relationship", number=number), 303)


def _held(together: Relationship) -> Relationship:
    """The same, changed by nobody else until this is done."""
    session().refresh(together, with_for_update=HOLD)
    return together


def _moment_typed() -> datetime:
    moment = FIRST_MEETING.check(request.form.get("at", ""), ZoneInfo(timezone()))
    if moment is None:
        raise Refused("Please answer this question.")
    return moment


def _visible(number: int) -> Relationship:
    return here(sights.found(session(), sights.relationships(me()).where(Relationship.id == number)))


def _reached(together: Relationship) -> set[int]:
    """Whose contact details are shown; who is in the relationship sees what its members see (rules C4)."""
    if together.member(me()):
        return {me().id, *(person.id for person in contacts(me(), together))}
    return {one.person_id for one in together.present} if may_see(me(), What.CONTACTS, together) else set()


def _page(number: int, faults: dict[str, Refused] | None = None) -> str:
    faults = faults or {}
    sentences = {name: undone(refusal) for name, refusal in faults.items()}
    together = _visible(number)
    wears = hat(me(), together)
    return render_template(
        "console/relationship.html",
        one=together,
        seen=MAY_SEE[wears],
        meetings=meetings_in(session(), [number], now())[number],
        tasks=tasks_in(session(), [number])[number],
        report_days=report_days(me(), together, reports_in(session(), [number], now())[number]),
        What=What,
        reached=_reached(together),
        known={member.person_id for member in together.present if may_see_person(me(), member.person)},
        may_end=wears in {Hat.ADMINISTRATOR, Hat.LEAD},
        may_extend=wears is Hat.ADMINISTRATOR,
        asked=asked([FIRST_MEETING], request.form, {name: faults[name] for name in faults if name == "at"}),
        faults=sentences,
        typed=request.form,
    )
