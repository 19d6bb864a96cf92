"""Progress reports: a mentor writes one, looks at what came by mail before it leaves, and leads read what they got."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.forms import asked, typed_in
from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.meetings.room import LARGEST_NUMBER, Faulty, answers, keep, own_relationship, sentences
from mentorly.blueprints.reading import said
from mentorly.emails.reporting.asking_reports import REPORT, TONE, TONES, URGENT
from mentorly.extensions import now, session
from mentorly.mentoring.base import Refused
from mentorly.mentoring.leaves import Leaf
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.report_readers import may_report, recipients_of
from mentorly.mentoring.reports import ProgressReport, Tone, report_of, reports_for

Answer = Response | str | tuple[str, int]
QUESTIONS = (REPORT, TONE, URGENT)

blueprint = Blueprint("reports", __name__)


@blueprint.get("/reports")
@signed_in
def reports() -> str:
    """List the reports that one wrote or got."""
    leaf = Leaf.read(session(), reports_for(me()), 1)
    return render_template("reports/reports.html", leaf=leaf, tones=TONES)


@blueprint.get("/reports/<int:number>")
@signed_in
def ask_report(number: int) -> str:
    """Ask a mentor for a report about a relationship."""
    return _form(_mentored(number))


@blueprint.post("/reports/<int:number>")
@signed_in
def send_report(number: int) -> Answer:
    """Send it."""
    together = _mentored(number, to_change=True)
    try:
        given = answers(QUESTIONS)
        report = ProgressReport.write(together, given["words"], me(), now(), **_said(given))
    except Faulty as faulty:
        sentences(faulty.faults)
        return _form(_mentored(number), faulty.faults), 422
    except Refused as refusal:
        told = sentences({"": refusal})
        return _form(_mentored(number), {}, told[""]), 422
    keep()
    flash(_("The report is sent. Your mentee is told nothing of it."))
    return redirect(url_for(".report", number=report.id), 303)


@blueprint.get("/report/<int:number>")
@signed_in
def report(number: int) -> str:
    """Show a report to its author and to who got it."""
    return _page(_own(number))


@blueprint.post("/report/<int:number>/<act>")
@signed_in
def decide(number: int, act: str) -> Answer:
    """Send a draft, or throw it away."""
    one = _own(number, to_change=True)
    if act not in {"send", "discard"}:
        abort(404)
    try:
        thanks = _send(one) if act == "send" else _discard(one)
    except Faulty as faulty:
        sentences(faulty.faults)
        return _page(_own(number), faulty.faults), 422
    except Refused as refusal:
        told = sentences({"": refusal})
        return _page(_own(number), {}, told[""]), 422
    keep()
    flash(str(thanks))
    return redirect(url_for(".reports"), 303)


def _send(one: ProgressReport) -> object:
    given = answers(QUESTIONS)
    one.send(me(), now(), words=given["words"], **_said(given))
    return _("The report is sent. Your mentee is told nothing of it.")


def _discard(one: ProgressReport) -> object:
    one.discard(me(), now())
    return _("The draft is deleted.")


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"tone": Tone(given["tone"]), "is_urgent": given["urgent"] == "yes"}


def _mentored(number: int, *, to_change: bool = False) -> Relationship:
    """A relationship that one is a mentor of; to anybody else there is no such page."""
    together = own_relationship(number, to_change=to_change)
    own = together.member(me())
    if own is None or not own.is_mentor:
        abort(404)
    return together


def _own(number: int, *, to_change: bool = False) -> ProgressReport:
    found = report_of(me(), number, to_change=to_change) if number <= LARGEST_NUMBER else None
    if found is None:
        abort(404)
    return found


def _form(together: Relationship, faults: Mapping[str, Refused] | None = None, refusal: str = "") -> str:
    return render_template(
        "reports/write.html",
        together=together,
        mentees=[mentee for mentee in together.mentees if mentee.id != me().id],
        recipients=recipients_of(together, me()),
        may=may_report(together, me()),
        questions=asked(QUESTIONS, typed_in(), faults or {}),
        leaf=Leaf.read(session(), reports_for(me(), together), 1),
        tones=TONES,
        faulty=bool(faults),
        refusal=refusal,
    )


def _words(one: ProgressReport) -> tuple[str, str]:
    """The words of a report, and why they cannot be read if they cannot."""
    try:
        return one.words_for(me()), ""
    except Refused as refusal:
        return "", said(refusal)


def _page(one: ProgressReport, faults: Mapping[str, Refused] | None = None, refusal: str = "") -> str:
    is_own = one.author_id == me().id
    shows_form = is_own and one.is_draft and not one.has_expired(now())
    words, lost = _words(one)
    typed = typed_in() or {"words": words, "tone": one.tone, "urgent": "yes" if one.is_urgent else "no"}
    return render_template(
        "reports/report.html",
        one=one,
        words=words,
        is_own=is_own,
        shows_form=shows_form,
        mentees=[mentee for mentee in one.relationship.mentees if mentee.id != one.author_id],
        recipients=recipients_of(one.relationship, me()) if shows_form else [],
        questions=asked(QUESTIONS, typed, faults or {}) if shows_form else [],
        tones=TONES,
        faulty=bool(faults),
        refusal=refusal or lost,
    )
