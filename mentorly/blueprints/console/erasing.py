"""Erasing what is held about a person, by an administrator."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.console.room import blueprint, here, kept, undone
from mentorly.blueprints.guard import administrator, me
from mentorly.extensions import now, post_office, session
from mentorly.mentoring import sights
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.erasing import check_confirmed, consequences_for
from mentorly.mentoring.people import Person


@blueprint.get("/people/<int:number>/erase")
@administrator
def erasure(number: int) -> str:
    """Say what would happen, and ask for the address."""
    return _page(_person(number))


@blueprint.post("/people/<int:number>/erase")
@administrator
def erase(number: int) -> Response | tuple[str, int]:
    """Erase what is held about the person whose address was typed."""
    person, typed = _person(number), request.form.get("email", "")
    try:
        check_confirmed(person, typed)
        post_office().erase(person, me(), now())
    except Refused as refusal:
        return _page(person, typed, undone(refusal)), 422
    kept(Deed.PERSON_ERASED, person)
    flash(_("What was held about this person is erased."))
    return redirect(url_for(".people"), 303)


def _person(number: int) -> Person:
    return here(sights.found(session(), sights.people(me()).where(Person.id == number)))


def _page(person: Person, typed: str = "", fault: str = "") -> str:
    consequences = consequences_for(person, now())
    return render_template("console/person_erase.html", one=person, consequences=consequences, typed=typed, fault=fault)
