"""Calls for help: who asked, whom it reached, and whether somebody has looked after it (rules C6)."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from mentorly.blueprints.console.room import blueprint, here, kept, page_number, undone
from mentorly.blueprints.console.settling import settled
from mentorly.blueprints.guard import administrator, me
from mentorly.extensions import now, session
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.calls import call_for, calls_for
from mentorly.mentoring.leaves import Leaf


@blueprint.get("/help")
@administrator
def calls() -> str:
    """List the calls for help, those that wait first."""
    return render_template("console/calls.html", leaf=Leaf.read(session(), calls_for(me(), now()), page_number()))


@blueprint.post("/help/<int:number>/read")
@administrator
def read_call(number: int) -> ResponseReturnValue:
    """Show the words of a call for help to whom it reached, and keep who read them."""
    call = here(call_for(me(), number, now()))
    try:
        read = call.read(me())
    except Refused as refusal:
        flash(undone(refusal), "bad")
        return redirect(url_for(".calls"), 303)
    kept(Deed.CALL_READ, call, person=call.caller)
    return render_template("console/words.html", section="calls", author=call.caller, at=call.called_at, read=read)


@blueprint.post("/help/<int:number>/settled")
@administrator
def settle_call(number: int) -> Response:
    """Keep that somebody has looked after a call for help."""
    call = here(call_for(me(), number, now(), lock=True))
    return settled(call, call.caller, Deed.CALL_SETTLED, ".calls")
