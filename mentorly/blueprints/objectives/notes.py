"""Notes: private to their author or shared, written on the page of the objectives."""

from collections.abc import Mapping

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.forms import typed_in
from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.meetings.room import Faulty, answers, keep, own_relationship, sentences
from mentorly.blueprints.objectives.asking import NOTE, audience
from mentorly.blueprints.objectives.overview import note_questions, overview_page
from mentorly.blueprints.objectives.room import blueprint, others_of, own_note, whose
from mentorly.extensions import now
from mentorly.mentoring.base import Refused
from mentorly.mentoring.notes import Note

Answer = Response | str | tuple[str, int]
ASKED = (NOTE, audience({"en": "", "fr": ""}))


@blueprint.post("/objectives/<int:number>/notes")
@signed_in
def add_note(number: int) -> Answer:
    """Write a note."""
    together = own_relationship(number, to_change=True)
    mentee = whose(together)
    try:
        given = answers(ASKED)
        Note.write(together, mentee, given["note"], me(), now(), is_shared=given["audience"] == "shared")
    except Faulty as faulty:
        sentences(faulty.faults)
        return overview_page(own_relationship(number), whose(own_relationship(number)), faulty.faults), 422
    except Refused as refusal:
        told = sentences({"": refusal})
        return overview_page(own_relationship(number), whose(own_relationship(number)), {}, told[""]), 422
    keep()
    flash(_("The note is kept."))
    return redirect(url_for(".overview", number=number, whose=mentee.id, _anchor="notes"), 303)


@blueprint.get("/note/<int:number>")
@signed_in
def note(number: int) -> str:
    """Show a note, which its author may change."""
    return _page(own_note(number))


@blueprint.post("/note/<int:number>/<act>")
@signed_in
def change_note(number: int, act: str) -> Answer:
    """Change or remove one's note."""
    one = own_note(number, to_change=True)
    if act not in {"change", "remove"}:
        abort(404)
    back = url_for(".overview", number=one.relationship_id, whose=one.mentee_id, _anchor="notes")
    try:
        thanks = _change(one) if act == "change" else _remove(one)
    except Faulty as faulty:
        sentences(faulty.faults)
        return _page(own_note(number), faulty.faults), 422
    except Refused as refusal:
        told = sentences({"": refusal})
        return _page(own_note(number), {}, told[""]), 422
    keep()
    flash(str(thanks))
    return redirect(back, 303)


def _change(one: Note) -> object:
    given = answers(ASKED)
    one.change(given["note"], me(), now(), is_shared=given["audience"] == "shared")
    return _("The note is changed.")


def _remove(one: Note) -> object:
    one.remove(me(), now())
    return _("The note is removed.")


def _page(one: Note, faults: Mapping[str, Refused] | None = None, refusal: str = "") -> str:
    others = others_of(one.relationship, one.mentee)
    written = {"note": one.words, "audience": "shared" if one.is_shared else "private"}
    return render_template(
        "objectives/note.html",
        one=one,
        together=one.relationship,
        mentee=one.mentee,
        others=others,
        questions=note_questions(others, typed_in() or written, faults or {}, is_shared=one.is_shared),
        clock=now(),
        faulty=bool(faults),
        refusal=refusal,
    )
