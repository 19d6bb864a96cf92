"""Pausing one's own relationship, and resuming it (rules C10)."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.meetings.room import keep, own_relationship, sentences
from mentorly.extensions import now
from mentorly.mentoring import pauses
from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship

Answer = Response | str | tuple[str, int]

blueprint = Blueprint("pausing", __name__)


@blueprint.get("/pause/<int:number>")
@signed_in
def ask(number: int) -> str:
    """Say what a pause does, and whether there is one."""
    return _page(own_relationship(number))


@blueprint.post("/pause/<int:number>")
@signed_in
def pause(number: int) -> Answer:
    """Pause it."""
    return _changed(number, pauses.pause, _("The relationship is paused; the others are told by mail."))


@blueprint.post("/pause/<int:number>/resume")
@signed_in
def resume(number: int) -> Answer:
    """Resume it."""
    return _changed(number, pauses.resume, _("The relationship goes on; the others are told by mail."))


def _changed(number: int, change: Callable[[Relationship, Person, datetime], object], thanks: str) -> Answer:
    together = own_relationship(number, to_change=True)
    try:
        change(together, me(), now())
    except Refused as refusal:
        told = sentences({"": refusal})
        return _page(own_relationship(number), told[""]), 422
    keep()
    flash(thanks)
    return redirect(url_for(".ask", number=number), 303)


def _page(together: Relationship, refusal: str = "") -> str:
    others = [member.person for member in together.present if member.person_id != me().id]
    may = pauses.may_pause(me(), together)
    return render_template("pausing/pause.html", together=together, others=others, may=may, refusal=refusal)
