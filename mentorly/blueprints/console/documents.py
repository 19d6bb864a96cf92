"""What the programs share: files and links, their versions, and how often each was opened."""

from collections.abc import Callable

from flask import Response, abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as Answer

from mentorly.blueprints.console.room import blueprint, here, kept, number_in, own_program, own_programs, undone
from mentorly.blueprints.documents import as_file
from mentorly.blueprints.guard import administrator, lead_or_administrator, me
from mentorly.emails.enclosing import DOCUMENT
from mentorly.extensions import now, post_office, session
from mentorly.mentoring import sights
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.document_terms import LINK_LENGTH, TITLE_LENGTH, File, Purpose
from mentorly.mentoring.documents import Document, shelf
from mentorly.mentoring.media import LARGEST
from mentorly.mentoring.particulars import LANGUAGES
from mentorly.mentoring.programs import Program

Typed = MultiDict[str, str]
ACTS: dict[str, tuple[Deed, Callable[[Document], object]]] = {
    "up": (Deed.DOCUMENT_MOVED, lambda one: one.move(me(), up=True)),
    "down": (Deed.DOCUMENT_MOVED, lambda one: one.move(me(), up=False)),
    "retire": (Deed.DOCUMENT_RETIRED, lambda one: one.retire(me(), now())),
    "restore": (Deed.DOCUMENT_RESTORED, lambda one: one.restore(me())),
}


@blueprint.get("/documents")
@lead_or_administrator
def documents() -> str:
    """List what a program shares, with a form for something more."""
    return _list(MultiDict(request.args))


@blueprint.post("/documents")
@administrator
def add_document() -> Answer | tuple[str, int]:
    """Share something."""
    typed = request.form
    try:
        document = Document.add(
            own_program(number_in(typed, "program")),
            me(),
            now(),
            titles=_titles(typed),
            purpose=typed.get("purpose", ""),
            language=typed.get("language", ""),
            what=_sent(typed),
            attach="attach" in typed,
        )
    except Refused as refusal:
        return _list(typed, undone(refusal)), 422
    kept(Deed.DOCUMENT_SHARED, document)
    flash(_("It is shared now."))
    return redirect(url_for(".document", number=document.id), 303)


@blueprint.get("/documents/<int:number>")
@lead_or_administrator
def document(number: int) -> str:
    """Show one, with its versions."""
    return _page(number)


@blueprint.post("/documents/<int:number>")
@administrator
def describe_document(number: int) -> Answer | tuple[str, int]:
    """Say what it is called, when it helps, and whether mails bring it along."""
    typed = request.form
    attach, purpose = "attach" in typed, typed.get("purpose", "")
    return _changed(
        number,
        Deed.DOCUMENT_DESCRIBED,
        lambda one: one.describe(me(), titles=_titles(typed), purpose=purpose, attach=attach),
    )


@blueprint.post("/documents/<int:number>/version")
@administrator
def renew_document(number: int) -> Answer | tuple[str, int]:
    """Share a new version of it."""
    language = request.form.get("language", "")
    return _changed(
        number,
        Deed.DOCUMENT_RENEWED,
        lambda one: one.renew(_sent(request.form), language, me(), now()),
        language,
    )


@blueprint.post("/documents/<int:number>/<act>")
@administrator
def change_document(number: int, act: str) -> Answer | tuple[str, int]:
    """Move it in the list, retire it, or share it again."""
    return _changed(number, *(ACTS.get(act) or abort(404)))


@blueprint.get("/documents/<int:number>/<language>")
@lead_or_administrator
def document_file(number: int, language: str) -> Response:
    """Give the present file of one language, uncounted."""
    edition = here(_own(number).edition(language))
    return as_file(here(edition if not edition.link else None))


def _changed(
    number: int, deed: Deed, change: Callable[[Document], object], where: str = ""
) -> Answer | tuple[str, int]:
    one = _own(number, to_change=True)
    try:
        change(one)
    except Refused as refusal:
        return _page(number, undone(refusal), where or "settings"), 422
    kept(deed, one)
    flash(_("It is kept."))
    return redirect(url_for(".document", number=number), 303)


def _own(number: int, *, to_change: bool = False) -> Document:
    """A document of one of the viewer's programs; nobody else changes it meanwhile."""
    one = here(session().get(Document, number, with_for_update=to_change))
    return here(one if sights.found(session(), sights.programs(me()).where(Program.id == one.program_id)) else None)


def _titles(typed: Typed) -> dict[str, str]:
    return {language: typed.get(f"title_{language}", "") for language in LANGUAGES}


def _sent(typed: Typed) -> File | str:
    """The file of this request, else the address that was typed. Raises Refused."""
    file = request.files.get("file")
    if file and file.filename:
        return File(file.read(LARGEST + 1))
    if typed.get("link", "").strip():
        return typed["link"]
    raise Refused("Choose a file, or write the address of a page.")


def _list(typed: Typed, fault: str = "") -> str:
    programs = own_programs()
    asked = number_in(typed, "program")
    program = next((one for one in programs if one.id == asked), programs[0] if programs else None)
    return render_template(
        "console/documents.html",
        programs=programs,
        program=program,
        shared=shelf(session(), program) if program else [],
        typed=typed,
        fault=fault,
        **_choices(),
    )


def _page(number: int, fault: str = "", where: str = "") -> str:
    one = _own(number)
    address = post_office().desk.page(DOCUMENT, one.id)
    typed = request.form if fault else MultiDict()
    return render_template(
        "console/document.html", one=one, address=address, fault=fault, where=where, typed=typed, **_choices()
    )


def _choices() -> dict[str, object]:
    return {"purposes": list(Purpose), "title_length": TITLE_LENGTH, "link_length": LINK_LENGTH, "largest": LARGEST}
