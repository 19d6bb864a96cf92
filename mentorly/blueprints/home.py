"""The first page of who is signed in, and what one's organization sees."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mentorly.blueprints.forms import Asked, asked, typed_in
from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.reading import said
from mentorly.emails import seen
from mentorly.emails.matching.quoting import QUOTING
from mentorly.extensions import now, post_office, ring, session
from mentorly.mentoring import homes, privacy
from mentorly.mentoring.base import Refused
from mentorly.mentoring.glances import Glance
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.privacy import What
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.remarks import passed_on_to
from mentorly.mentoring.reservations import RESERVATION, RESERVATION_WORDS

TOLD_ABOVE = (What.EXISTENCE, What.CONTACTS)
MINE = replace(QUOTING, required=True)

blueprint = Blueprint("home", __name__)


@dataclass(frozen=True)
class Waiting:
    """A proposal that waits for one's answer. refusal: why the answer that was given is none; typed: what it said."""

    proposal: Proposal
    refusal: str = ""
    typed: Mapping[str, str] | None = None

    @property
    def mentee(self) -> Person:
        """Who would be one's mentee."""
        return self.proposal.mentee

    @property
    def wanted(self) -> Participation | None:
        """What the mentee said of themself on joining."""
        return Participation.of(self.mentee, self.proposal.program, "mentee")

    @property
    def questions(self) -> list[Asked]:
        """What is asked of who has a reservation."""
        return asked((RESERVATION, RESERVATION_WORDS), self.typed)


@blueprint.get("/home")
@signed_in
def home() -> ResponseReturnValue:
    """Show one's relationships at a glance, and what waits for an answer."""
    return _home([Waiting(proposal) for proposal in homes.proposals_to(me(), now())])


def _home(waiting: list[Waiting]) -> str:
    moment, together = now(), homes.relationships_of(me())
    glance = Glance.of(me(), together, moment)
    seen_of = seen.rows_of(me(), together, moment, TOLD_ABOVE)
    return render_template(
        "home/home.html",
        waiting=waiting,
        together=together,
        glance=glance,
        own=glance.own,
        clock=moment,
        seen_of=lambda one: seen_of[one.id],
        document_page=post_office().desk.page,
        contacts=partial(privacy.contacts, me()),
        may_see=partial(privacy.may_see, me()),
        messages=passed_on_to(me()),
        quoting=asked([MINE]),
        What=What,
    )


@blueprint.post("/home/proposals/<int:number>")
@signed_in
def answer_proposal(number: int) -> ResponseReturnValue:
    """Accept a proposal, or raise a reservation."""
    proposal = session().get(Proposal, number, with_for_update=True)
    if proposal is None or proposal.mentor_id != me().id:
        abort(404)
    try:
        thanks = _answer(proposal)
    except Refused as refusal:
        session().rollback()
        return _home(_still_waiting(number, said(refusal))), 409
    session().commit()
    ring()
    flash(thanks)
    return redirect(url_for(".home"), 303)


def _answer(proposal: Proposal) -> str:
    if request.form.get("answer") == "accept":
        proposal.accept(me(), now())
        return str(_("Thank you for accepting. You both get a mail with what to do in the first week."))
    proposal.reserve(request.form.get(RESERVATION.name, ""), request.form.get(RESERVATION_WORDS.name, ""), me(), now())
    return str(_("Your reservation is kept. Only the person who proposed this match reads it."))


def _still_waiting(number: int, refusal: str) -> list[Waiting]:
    waiting = [
        Waiting(proposal, refusal, typed_in()) if proposal.id == number else Waiting(proposal)
        for proposal in homes.proposals_to(me(), now())
    ]
    if not any(one.refusal for one in waiting):
        flash(refusal, "bad")
    return waiting


@blueprint.post("/home/quoting")
@signed_in
def choose_quoting() -> ResponseReturnValue:
    """Keep whether one's mails may quote what people write (rules C1)."""
    chosen = request.form.get(MINE.name)
    if chosen not in MINE.options:
        abort(400)
    me().choose_quoting(quotes=chosen == "yes", now=now())
    session().commit()
    flash(_("Your choice is kept. You can change it in your profile at any time."))
    return redirect(url_for(".home"), 303)


@blueprint.get("/who-sees")
@signed_in
def who_sees() -> ResponseReturnValue:
    """Show the row that one's project lead would see today, less what is hidden from oneself (rules C2)."""
    return render_template("home/who_sees.html", seen=seen.by_leads(me(), now()))
