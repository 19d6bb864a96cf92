"""People: the list, one person, registering one, correcting an address, sending a mail again."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from mentorly.blueprints.console.post import meaning
from mentorly.blueprints.console.room import (
    blueprint,
    here,
    kept,
    number_in,
    own_program,
    own_programs,
    page_number,
    sought,
    undone,
)
from mentorly.blueprints.guard import administrator, lead_or_administrator, me
from mentorly.emails import records
from mentorly.emails.envelope import Envelope
from mentorly.emails.seen_profile import profile_of, roles_of
from mentorly.extensions import house, now, post_office, session
from mentorly.mentoring import sights
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.data_requests import DataRequest
from mentorly.mentoring.leaves import Leaf
from mentorly.mentoring.organizations import Organization
from mentorly.mentoring.particulars import LANGUAGES
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.roster import checked_email
from mentorly.mentoring.spelling import organization_by_hand
from mentorly.mentoring.suppressions import Suppression
from mentorly.mentoring.unreached import Unreached

RELATIONSHIPS_SHOWN = 20

Typed = MultiDict[str, str]


@blueprint.get("/people")
@lead_or_administrator
def people() -> str:
    """List the people whom the viewer looks after."""
    leaf = Leaf.read(session(), sights.people(me(), sought()), page_number())
    return render_template("console/people.html", leaf=leaf, sought=sought())


@blueprint.get("/people/new")
@lead_or_administrator
def new_person() -> str:
    """Ask who is to be registered."""
    return _registration(MultiDict(request.args))


@blueprint.post("/people/new")
@lead_or_administrator
def register() -> Response | tuple[str, int]:
    """Register a person, who is welcomed by mail."""
    try:
        person = _registered(request.form)
    except Refused as refusal:
        return _registration(request.form, undone(refusal)), 422
    kept(Deed.PERSON_REGISTERED, person, program=own_program(number_in(request.form, "program")))
    flash(_("%(name)s is registered and will be welcomed by mail.", name=person.name))
    return redirect(url_for(".person", number=person.id), 303)


def _registered(typed: Typed) -> Person:
    moment, own = now(), session()
    program = own_program(number_in(typed, "program"))
    person = Person.register(
        own,
        checked_email(typed.get("email", "")),
        typed.get("name", ""),
        moment,
        by=me(),
        organization=_organization(typed.get("organization", "")),
        language=typed.get("language", "en"),
        timezone=typed.get("timezone", "").strip(),
    )
    Participation.join(person, program, typed.get("role", ""), moment, by=me())
    Suppression.recall(own, {person.email: person.id}, moment)
    return person


def _organization(name: str) -> Organization | None:
    if me().is_administrator and name.strip():
        return organization_by_hand(session(), name, now())
    return Organization.named(session(), name)


def _registration(typed: Typed, fault: str = "") -> str:
    return render_template(
        "console/person_new.html",
        typed=typed,
        fault=fault,
        programs=own_programs(),
        organizations=sights.organization_names(session(), me()),
        languages=LANGUAGES,
    )


@blueprint.get("/people/<int:number>")
@lead_or_administrator
def person(number: int) -> str:
    """Show a person, and to an administrator what was sent, or that nothing is known of them any more."""
    if me().is_administrator and (erased := sights.found(session(), sights.erased(number))):
        return render_template("console/person_erased.html", one=erased)
    return _page(number)


@blueprint.post("/people/<int:number>/address")
@lead_or_administrator
def correct_address(number: int) -> Response | tuple[str, int]:
    """Correct an address that its owner never used."""
    person = _visible(number)
    typed = request.form.get("email", "")
    try:
        post_office().correct_address(person, checked_email(typed), me(), now())
    except Refused as refusal:
        return _page(number, typed, undone(refusal)), 422
    kept(Deed.ADDRESS_CORRECTED, person)
    asked_again = _("The address is corrected. They are asked again there whether they want the figures.")
    flash(asked_again if person.is_outside else _("The address is corrected. A new welcome goes to it."))
    return redirect(url_for(".person", number=number), 303)


@blueprint.post("/people/<int:number>/mails/<int:envelope>/again")
@administrator
def send_again(number: int, envelope: int) -> Response:
    """Send one mail once more."""
    try:
        again = post_office().send_again(Envelope.find(session(), envelope), me(), now())
    except Refused as refusal:
        flash(undone(refusal), "bad")
    else:
        kept(Deed.MAIL_SENT_AGAIN, again, person=again.reader)
        flash(_("The mail is sent again, if it is still true."))
    return redirect(url_for(".person", number=number), 303)


@blueprint.post("/people/<int:number>/data")
@administrator
def ask_for_data(number: int) -> Response:
    """Let a person have what is kept about them: a link goes to them alone, and nobody else sees any of it."""
    person = _visible(number)
    try:
        request_ = DataRequest.ask(person, me(), now())
    except Refused as refusal:
        flash(undone(refusal), "bad")
    else:
        kept(Deed.DATA_ASKED_FOR, request_, person=person)
        flash(_("%(name)s gets a mail with a link that opens the archive once.", name=person.name))
    return redirect(url_for(".person", number=number), 303)


def _visible(number: int) -> Person:
    return here(sights.found(session(), sights.people(me()).where(Person.id == number)))


def _page(number: int, typed: str = "", fault: str = "") -> str:
    person = _visible(number)
    together = sights.relationships_of(person, me())
    written = records.written_to(person)
    sent = Leaf.read(session(), written, page_number(), records.SHOWN) if me().is_administrator else None
    return render_template(
        "console/person.html",
        one=person,
        profile=profile_of(person, me()),
        roles=roles_of(person, me()),
        typed=typed,
        fault=fault,
        relationships=Leaf.read(session(), together, 1, RELATIONSHIPS_SHOWN),
        unreached=Unreached.of(person),
        meaning=meaning,
        sent=sent,
        register=house().register,
        languages=LANGUAGES,
        now=now(),
    )
