"""Sponsors of a program: who they are, whether they want its figures, and registering one."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from mentorly.blueprints.console.room import blueprint, here, kept, undone
from mentorly.blueprints.guard import administrator, me
from mentorly.extensions import now, session
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.particulars import LANGUAGES
from mentorly.mentoring.programs import Program
from mentorly.mentoring.roster import checked_email
from mentorly.mentoring.sponsors import FEWEST_PARTICIPANTS, Sponsor, has_enough, sponsors_of

Typed = MultiDict[str, str]


@blueprint.get("/programs/<int:number>/sponsors")
@administrator
def sponsors(number: int) -> str:
    """List the sponsors of a program, with a form for another one."""
    return _page(here(session().get(Program, number)), MultiDict())


@blueprint.post("/programs/<int:number>/sponsors")
@administrator
def add_sponsor(number: int) -> Response | tuple[str, int]:
    """Register a sponsor, who is asked by mail."""
    program = here(session().get(Program, number))
    try:
        one = _added(program, request.form)
    except Refused as refusal:
        sentence = undone(refusal)
        return _page(here(session().get(Program, number)), request.form, sentence), 422
    kept(Deed.SPONSOR_ADDED, one, person=one.person)
    flash(_("%(name)s is asked by mail whether they want the figures.", name=one.person.name))
    return redirect(url_for(".sponsors", number=number), 303)


@blueprint.post("/sponsors/<int:number>/end")
@administrator
def end_sponsor(number: int) -> Response:
    """Send a sponsor nothing more."""
    one = here(session().get(Sponsor, number, with_for_update=True))
    try:
        one.end(me(), now())
    except Refused as refusal:
        flash(undone(refusal), "bad")
    else:
        kept(Deed.SPONSOR_ENDED, one, person=one.person)
        flash(_("%(name)s gets no figures any more.", name=one.person.name))
    return redirect(url_for(".sponsors", number=one.program_id), 303)


def _added(program: Program, typed: Typed) -> Sponsor:
    address, language = checked_email(typed.get("email", "")), typed.get("language", "en")
    return Sponsor.add(program, address, typed.get("name", ""), language, me(), now())


def _page(program: Program, typed: Typed, fault: str = "") -> str:
    return render_template(
        "console/sponsors.html",
        program=program,
        sponsors=sponsors_of(program),
        has_enough=has_enough(program),
        fewest=FEWEST_PARTICIPANTS,
        languages=LANGUAGES,
        typed=typed,
        fault=fault,
    )
