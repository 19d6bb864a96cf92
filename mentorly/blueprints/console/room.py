"""The console's room: its blueprint, its sections, and what its pages have in common."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from flask import Blueprint, abort, request
from flask_babel import lazy_gettext as _
from flask_login import current_user

from mentorly.blueprints.console import words
from mentorly.blueprints.guard import me
from mentorly.blueprints.reading import said
from mentorly.extensions import now, ring, session
from mentorly.mentoring import sights
from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.base import Base, Refused
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program

Row = TypeVar("Row")

MOST_PROGRAMS = 200
LARGEST_NUMBER = 2**31 - 1
SECTIONS = {
    "overview": _("Overview"),
    "people": _("People"),
    "matching": _("Matching"),
    "proposals": _("Proposals"),
    "relationships": _("Relationships"),
    "figures": _("Figures"),
    "documents": _("Documents"),
    "instruments": _("Surveys and forms"),
}
OF_ADMINISTRATORS = {
    "concerns": _("Concerns"),
    "calls": _("Calls for help"),
    "unheard": _("No answer"),
    "programs": _("Programs"),
    "mails": _("Mails"),
    "upcoming": _("Upcoming"),
    "post": _("Post"),
    "deliveries": _("Deliveries"),
    "received": _("Received"),
    "acts": _("Record of acts"),
}

blueprint = Blueprint("console", __name__, url_prefix="/console")


@blueprint.context_processor
def _furniture() -> dict[str, object]:
    if not current_user.is_authenticated:
        return {}
    sections = SECTIONS | OF_ADMINISTRATORS if me().is_administrator else SECTIONS
    return {"sections": sections, "words": words, "viewer": me(), "said": said}


@blueprint.url_value_preprocessor
def _check_address(_endpoint: str | None, values: dict[str, object] | None) -> None:
    """Nothing is at an address with a number or a character that no database keeps."""
    for value in (values or {}).values():
        if (isinstance(value, int) and value > LARGEST_NUMBER) or (isinstance(value, str) and "\x00" in value):
            abort(404)


def whole(text: str) -> int | None:
    """The number that a text is; None if it is none that a row could have."""
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


def number_in(typed: Mapping[str, str], name: str) -> int | None:
    """The number of this name in a form or an address; None if there is none."""
    return whole(typed.get(name, ""))


def page_number() -> int:
    """Which page of a list was asked for, from 1."""
    return number_in(request.args, "page") or 1


def sought() -> str:
    """What was typed into the search box."""
    return request.args.get("q", "").strip()[:80]


def here(row: Row | None) -> Row:
    """The row; a page that says "not here" if there is none, or if the viewer may not see it."""
    if row is None:
        abort(404)
    return row


def own_programs() -> Sequence[Program]:
    """The programs that the viewer runs, newest first."""
    return session().scalars(sights.programs(me()).limit(MOST_PROGRAMS)).all()


def own_program(number: int | None) -> Program:
    """One of the viewer's programs. Refused if there is none of this number."""
    query = sights.programs(me()).where(Program.id == number)
    program = sights.found(session(), query)
    if program is None:
        raise Refused("Choose a program.")
    return program


def kept(
    deed: Deed,
    about: Base,
    *more: Base,
    person: Person | None = None,
    program: Program | None = None,
    then: Callable[[], None] = ring,
) -> None:
    """Commit what was done together with its line in the record of acts: the only commit of the console.

    about, more: the rows that it was done to, each with a line. person: whom it touched. program: in which it was done.
    then: rings, so that what it caused is mailed at once.
    """
    for row in (about, *more):
        AuditEntry.write(session(), deed, row, me(), now(), person=person, program=program)
    session().commit()
    then()


def undone(refusal: Refused) -> str:
    """Take back what was begun, and say the refusal to the reader."""
    sentence = said(refusal)
    session().rollback()
    return sentence


def day_typed(text: str) -> date:
    """The day that was typed. Raises Refused."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused("Write the day like this: 2027-03-01.") from None


def number_typed(text: str) -> int | None:
    """The whole number that was typed; None if nothing was. Raises Refused."""
    if not text.strip():
        return None
    try:
        return int(text)
    except ValueError:
        raise Refused("Write a whole number.") from None
