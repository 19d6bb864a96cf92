"""After one's own answer: taking it back, letting the others of the relationship read a sheet, and reflecting."""

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mentorly.blueprints.asked.room import blueprint, own
from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.meetings.room import own_line
from mentorly.blueprints.reading import said
from mentorly.extensions import now, ring, session
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.asking import open_for
from mentorly.mentoring.base import Refused
from mentorly.mentoring.sharing import share, unshare

REFLECTION = "session_reflection"


@blueprint.post("/asked/<int:number>/<act>")
@signed_in
def change(number: int, act: str) -> ResponseReturnValue:
    """Take one's answers back to change them, share a sheet, or share it no more."""
    row = own(number)
    wanted = ACTS.get(act) or abort(404)
    try:
        thanks = wanted(row)
    except Refused as refusal:
        session().rollback()
        flash(said(refusal), "bad")
        return redirect(url_for(".one", number=number), 303)
    session().commit()
    ring()
    flash(str(thanks))
    return redirect(url_for(".one", number=number), 303)


def _reopen(row: Asked) -> object:
    row.reopen(me(), now())
    return _("Your answers are below. Change what you like, then press the button: until then they count as not given.")


def _share(row: Asked) -> object:
    share(row, me(), now())
    return _("The others in your relationship can read it now, and hear of it by mail.")


def _unshare(row: Asked) -> object:
    unshare(row, me(), now())
    return _("You alone see it again.")


ACTS = {"reopen": _reopen, "share": _share, "unshare": _unshare}


@blueprint.post("/session/<int:number>/reflection")
@signed_in
def reflect(number: int) -> ResponseReturnValue:
    """Take up a reflection about a session of the log."""
    log = own_line(number, to_change=True)
    try:
        row = open_for(me(), log.relationship, REFLECTION, now(), str(log.id))
    except KeyError:
        abort(404)
    except Refused as refusal:
        session().rollback()
        flash(said(refusal), "bad")
        return redirect(url_for("meetings.line", number=number), 303)
    session().commit()
    return redirect(url_for(".one", number=row.id), 303)
