"""The session log: adding a line, confirming, correcting and striking it out."""

from collections.abc import Mapping

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.forms import typed_in
from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.meetings.asking import TOOK, TOPICS, WAY, WHEN
from mentorly.blueprints.meetings.room import (
    Faulty,
    answers,
    blueprint,
    keep,
    own_line,
    own_relationship,
    sentences,
    shown,
)
from mentorly.extensions import now
from mentorly.mentoring.base import Refused
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.sessions import SessionLog, Way

Answer = Response | str | tuple[str, int]
ADDED = (WAY, WHEN, TOOK, TOPICS)
CORRECTED = (TOOK, TOPICS)


@blueprint.get("/meetings/<int:number>/log")
@signed_in
def ask_session(number: int) -> Answer:
    """Ask what took place without a planned meeting."""
    return _form(own_relationship(number), {}, {})


@blueprint.post("/meetings/<int:number>/log")
@signed_in
def add_session(number: int) -> Answer:
    """Log a call, an exchange of mails or a meeting."""
    together = own_relationship(number, to_change=True)
    try:
        given = answers(ADDED)
        way = Way(given[WAY.name])
        SessionLog.add(together, me(), way, given[WHEN.name], given[TOOK.name], given[TOPICS.name], now())
    except Faulty as faulty:
        return _again(number, faulty.faults)
    except Refused as refusal:
        return _again(number, {"": refusal})
    keep()
    flash(_("It is in the session log. The others are asked to confirm it."))
    return redirect(url_for(".overview", number=number), 303)


@blueprint.get("/session/<int:number>")
@signed_in
def line(number: int) -> Answer:
    """Show a line of the session log."""
    return _line(own_line(number))


@blueprint.post("/session/<int:number>/<act>")
@signed_in
def change_line(number: int, act: str) -> Answer:
    """Confirm a line, take that back, correct it, or strike it out."""
    wanted, log = ACTS.get(act) or abort(404), own_line(number, to_change=True)
    together = log.relationship_id
    try:
        thanks = wanted(log)
    except Faulty as faulty:
        sentences(faulty.faults)
        return _line(own_line(number), faulty.faults), 422
    except Refused as refusal:
        told = sentences({"": refusal})
        return _line(own_line(number), {}, told[""]), 422
    keep()
    flash(str(thanks))
    return redirect(url_for(".overview", number=together), 303)


def _confirm(log: SessionLog) -> object:
    log.confirm(me(), now())
    return _("You confirmed this session.")


def _unconfirm(log: SessionLog) -> object:
    log.unconfirm(me(), now())
    return _("It waits for your confirmation again.")


def _correct(log: SessionLog) -> object:
    given = answers(CORRECTED)
    log.correct(me(), given[TOOK.name], given[TOPICS.name], now())
    return _("The session is corrected. The others are asked to confirm it.")


def _strike(log: SessionLog) -> object:
    log.strike(me(), now())
    return _("The session is struck out of the log.")


ACTS = {"confirm": _confirm, "unconfirm": _unconfirm, "correct": _correct, "strike": _strike}


def _again(number: int, faults: Mapping[str, Refused]) -> Answer:
    told = sentences(faults)
    return _form(own_relationship(number), typed_in(), faults, told.get("", "")), 422


def _form(together: Relationship, typed: Mapping[str, str], faults: Mapping[str, Refused], refusal: str = "") -> str:
    others = [member.person for member in together.present if member.person_id != me().id]
    return render_template(
        "meetings/log.html", together=together, others=others, questions=shown(ADDED, others, typed, faults),
        faulty=bool(faults), refusal=refusal,
    )  # fmt: skip


def _line(log: SessionLog, faults: Mapping[str, Refused] | None = None, refusal: str = "") -> str:
    others = [share.person for share in log.shares if share.person_id != me().id]
    written = {TOOK.name: str(log.minutes), TOPICS.name: log.topics}
    typed = typed_in() if TOOK.name in request.form else written
    return render_template(
        "meetings/line.html",
        log=log,
        together=log.relationship,
        mine=log.share(me()),
        clock=now(),
        questions=shown(CORRECTED, others, typed, faults or {}),
        faulty=bool(faults),
        refusal=refusal,
    )
