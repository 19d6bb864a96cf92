"""Proposals: what became of each, as far as the viewer may know; taking one back."""

from datetime import datetime

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.console.room import blueprint, here, kept, page_number, sought, undone
from mentorly.blueprints.guard import lead_or_administrator, me
from mentorly.extensions import now, session
from mentorly.mentoring import sights
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.leaves import Leaf
from mentorly.mentoring.privacy import may_see_answers, may_see_reason
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.reservations import RESERVATION

SEEN_BY_OTHERS = {"proposed": "waiting", "asked": "waiting", "reserved": "not accepted", "lapsed": "not accepted"}
ANSWERABLE = {"proposed", "asked", "waiting", "lapsed"}


@blueprint.get("/proposals")
@lead_or_administrator
def proposals() -> str:
    """List the proposals that the viewer may know of."""
    moment = now()
    leaf = Leaf.read(session(), sights.proposals(me(), sought()), page_number())
    states = {one.id: _state(one, moment) for one in leaf.rows}
    return render_template("console/proposals.html", leaf=leaf, states=states, sought=sought())


@blueprint.get("/proposals/<int:number>")
@lead_or_administrator
def proposal(number: int) -> str:
    """Show one, and its reservation's reason to who was told alone."""
    return _page(number)


@blueprint.post("/proposals/<int:number>/withdraw")
@lead_or_administrator
def withdraw(number: int) -> Response | tuple[str, int]:
    """Take a proposal back."""
    one = _visible(number)
    try:
        one.withdraw(me(), now())
    except Refused as refusal:
        return _page(number, undone(refusal)), 422
    kept(Deed.PROPOSAL_WITHDRAWN, one)
    flash(_("The proposal is taken back."))
    return redirect(url_for(".proposal", number=number), 303)


def _state(proposal: Proposal, moment: datetime) -> str:
    state = proposal.state(moment)
    return state if may_see_answers(me(), proposal) else SEEN_BY_OTHERS.get(state, state)


def _visible(number: int) -> Proposal:
    return here(sights.found(session(), sights.proposals(me()).where(Proposal.id == number)))


def _page(number: int, fault: str = "") -> str:
    one = _visible(number)
    state = _state(one, now())
    return render_template(
        "console/proposal.html",
        one=one,
        state=state,
        tells_all=may_see_answers(me(), one),
        reason=RESERVATION.options.get(one.reservation) if may_see_reason(me(), one) else None,
        may_withdraw=state in ANSWERABLE and (me().is_administrator or one.proposed_by_id == me().id),
        fault=fault,
    )
