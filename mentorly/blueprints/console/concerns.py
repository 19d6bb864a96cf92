"""The administrator's worklist: concerns about relationships, who looks after each, and calls for help beside them."""

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.console.room import blueprint, here, kept, own_programs, page_number, undone
from mentorly.blueprints.guard import administrator, me
from mentorly.emails.reporting.asking_reports import KINDS
from mentorly.extensions import now, session
from mentorly.mentoring import sights
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.calls import CallForHelp, calls_for
from mentorly.mentoring.concerns import Concern, concerns_by_kind, concerns_for
from mentorly.mentoring.leaves import Leaf
from mentorly.mentoring.pauses import long_pauses

MOST_CALLS = 20
MOST_PAUSES = 20


@blueprint.get("/concerns")
@administrator
def concerns() -> str:
    """List the concerns, those that wait first, and count them by kind, and pauses that have lasted for long.

    None is about one's own relationship.
    """
    calls = session().scalars(calls_for(me(), now()).where(CallForHelp.is_open).limit(MOST_CALLS)).all()
    leaf = Leaf.read(session(), concerns_for(me()), page_number())
    pauses = Leaf.read(session(), long_pauses(me(), now()), 1, MOST_PAUSES)
    return render_template(
        "console/concerns.html", leaf=leaf, calls=calls, kinds=KINDS, counts=concerns_by_kind(me()),
        programs=own_programs(), pauses=pauses,
    )  # fmt: skip


@blueprint.post("/concerns/<int:number>/read")
@administrator
def read_concern(number: int) -> ResponseReturnValue:
    """Show the words of a concern, and keep who read them."""
    one = here(sights.found(session(), concerns_for(me()).where(Concern.id == number)))
    try:
        read = one.read(me())
    except Refused as refusal:
        flash(undone(refusal), "bad")
        return redirect(url_for(".concerns"), 303)
    kept(Deed.CONCERN_READ, one, person=one.raised_by, program=one.relationship.program)
    return render_template("console/words.html", section="concerns", author=one.raised_by, at=one.raised_at, read=read)


@blueprint.post("/concerns/<int:number>/<act>")
@administrator
def look_after(number: int, act: str) -> Response:
    """Take a concern on, close it, open it again, or end the relationship that it is about."""
    deed, do = ACTS.get(act) or abort(404)
    query = concerns_for(me()).where(Concern.id == number).with_for_update(of=Concern)
    one = here(sights.found(session(), query))
    try:
        thanks = do(one)
    except Refused as refusal:
        flash(undone(refusal), "bad")
    else:
        kept(deed, one, person=one.raised_by, program=one.relationship.program)
        flash(str(thanks))
    return redirect(url_for(".concerns"), 303)


def _take(one: Concern) -> object:
    one.look_after(me(), now())
    return _("You look after it now.")


def _close(one: Concern) -> object:
    one.close(me(), now())
    return _("Thank you for looking after it.")


def _reopen(one: Concern) -> object:
    one.reopen(me(), now())
    return _("It waits again.")


def _end(one: Concern) -> object:
    session().refresh(one.relationship, with_for_update=True)
    one.end_relationship(me(), now())
    return _("The relationship has ended.")


ACTS: dict[str, tuple[Deed, Callable[[Concern], object]]] = {
    "take": (Deed.CONCERN_TAKEN, _take),
    "close": (Deed.CONCERN_CLOSED, _close),
    "reopen": (Deed.CONCERN_REOPENED, _reopen),
    "end": (Deed.CONCERN_ENDED, _end),
}
