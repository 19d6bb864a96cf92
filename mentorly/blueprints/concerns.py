"""Raising a concern about one's own relationship, or asking to end it (product 2.11)."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.forms import asked, typed_in
from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.meetings.room import Faulty, answers, keep, own_relationship, sentences
from mentorly.emails.reporting.asking_reports import KIND, KINDS, WORDS
from mentorly.extensions import now
from mentorly.mentoring.base import Refused
from mentorly.mentoring.concerns import Concern, Kind, own_concerns
from mentorly.mentoring.relationships import Relationship

Answer = Response | str | tuple[str, int]
QUESTIONS = (KIND, WORDS)

blueprint = Blueprint("concerns", __name__)


@blueprint.get("/concerns/<int:number>")
@signed_in
def concerns(number: int) -> str:
    """Ask what is in the way of a relationship, and show what one has said of it."""
    return _page(own_relationship(number))


@blueprint.post("/concerns/<int:number>")
@signed_in
def raise_concern(number: int) -> Answer:
    """Tell the administrators."""
    together = own_relationship(number, to_change=True)
    try:
        given = answers(QUESTIONS)
        Concern.raise_one(together, Kind(given["kind"]), given["words"], me(), now())
    except Faulty as faulty:
        sentences(faulty.faults)
        return _page(own_relationship(number), faulty.faults), 422
    except Refused as refusal:
        told = sentences({"": refusal})
        return _page(own_relationship(number), {}, told[""]), 422
    keep()
    flash(_("The administrators of the program hear of it now. Nobody else does."))
    return redirect(url_for(".concerns", number=number), 303)


@blueprint.post("/concerns/<int:number>/withdraw")
@signed_in
def withdraw(number: int) -> Answer:
    """Take back what one has said."""
    together = own_relationship(number, to_change=True)
    chosen = request.form.get("concern")
    one = next((one for one in own_concerns(me(), together) if str(one.id) == chosen), None) or abort(404)
    try:
        one.withdraw(me(), now())
    except Refused as refusal:
        told = sentences({"": refusal})
        return _page(own_relationship(number), {}, told[""]), 422
    keep()
    flash(_("It is taken back, and what you wrote is deleted."))
    return redirect(url_for(".concerns", number=number), 303)


def _page(together: Relationship, faults: Mapping[str, Refused] | None = None, refusal: str = "") -> str:
    return render_template(
        "reports/concern.html",
        together=together,
        others=[member.person for member in together.present if member.person_id != me().id],
        questions=asked(QUESTIONS, typed_in(), faults or {}),
        own=own_concerns(me(), together),
        kinds=KINDS,
        faulty=bool(faults),
        refusal=refusal,
    )
