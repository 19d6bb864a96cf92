"""Editing a survey or form without a file: its words, its questions and their order, and putting it to use."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.console.instruments import as_file, known, place_of, program_of, told
from mentorly.blueprints.console.room import blueprint, here, kept, undone
from mentorly.blueprints.guard import administrator, me
from mentorly.blueprints.reading import said
from mentorly.extensions import now
from mentorly.mentoring import editing, instrument_use
from mentorly.mentoring.asking_anew import needs_signing, signers
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.instrument_drafts import ChangedMeanwhile, InstrumentDraft, sketch_of
from mentorly.mentoring.instrument_files import parsed
from mentorly.mentoring.instrument_questions import KINDS
from mentorly.mentoring.instrument_reading import Misread
from mentorly.mentoring.instruments import SIGNED, Kind, Opening, Role
from mentorly.mentoring.program_instruments import InstrumentText, instruments_of
from mentorly.mentoring.programs import Program
from mentorly.mentoring.sketches import Sketch, Typed, digest, is_full

SEVERAL = {"asks", "opens"}
BOXES = {"tells", "required", "effect"}


@blueprint.get("/instruments/<int:number>/<name>/edit")
@administrator
def edit_instrument(number: int, name: str) -> str:
    """Show the questions, to be ordered and changed."""
    return _questions_page(program_of(number), name)


@blueprint.get("/instruments/<int:number>/<name>/about")
@administrator
def edit_about(number: int, name: str) -> str:
    """Show what is said of the whole, to be changed."""
    return _about_page(program_of(number), name)


@blueprint.post("/instruments/<int:number>/<name>/about")
@administrator
def keep_about(number: int, name: str) -> Response | tuple[str, int]:
    """Keep what was typed of the whole."""
    program, typed = program_of(number), _typed()
    known(program, name)
    try:
        sketch = editing.write_head(program, name, typed, request.form.get("seen", ""), me(), now())
    except Refused as refusal:
        return _about_page(program, name, typed, refusal), 422
    kept(Deed.INSTRUMENT_EDITED, place_of(program, name))
    if any(fault.place is None and fault.key != "questions" for fault in sketch.faults(name)):
        return _about_page(program, name), 422
    return redirect(url_for(".edit_instrument", number=number, name=name), 303)


@blueprint.get("/instruments/<int:number>/<name>/questions/<question>")
@administrator
def edit_question(number: int, name: str, question: str) -> str:
    """Show a question, to be changed."""
    program = program_of(number)
    return _question_page(program, name, question, here(_sketch(program, name).question(question)))


@blueprint.get("/instruments/<int:number>/<name>/new-question")
@administrator
def new_question(number: int, name: str) -> str:
    """Show an empty question of a kind."""
    kind = request.args.get("kind", "")
    return _question_page(program_of(number), name, "", {"kind": kind if kind in KINDS else "scale"})


@blueprint.post("/instruments/<int:number>/<name>/new-question")
@administrator
def add_question(number: int, name: str) -> Response | tuple[str, int]:
    """Keep a new question."""
    return _kept_question(program_of(number), name, "")


@blueprint.post("/instruments/<int:number>/<name>/questions/<question>")
@administrator
def keep_question(number: int, name: str, question: str) -> Response | tuple[str, int]:
    """Keep what was typed of a question."""
    return _kept_question(program_of(number), name, question)


@blueprint.post("/instruments/<int:number>/<name>/order")
@administrator
def order_questions(number: int, name: str) -> Response | tuple[str, int]:
    """Move a question up or down, or remove it."""
    program, typed, anchor = program_of(number), request.form, "questions"
    known(program, name)
    try:
        if question := typed.get("remove"):
            gone = editing.remove_question(program, name, question, me(), now())
            flash(_("“%(question)s” is removed.", question=(gone.get("en") or gone["name"])[:80]))
        else:
            question, steps = (typed["up"], -1) if "up" in typed else (typed.get("down", ""), 1)
            editing.move_question(program, name, question, steps, me(), now())
            anchor = f"q-{question}"
    except Refused as refusal:
        return _questions_page(program, name, undone(refusal)), 422
    kept(Deed.INSTRUMENT_EDITED, place_of(program, name))
    return redirect(url_for(".edit_instrument", number=number, name=name, _anchor=anchor), 303)


@blueprint.post("/instruments/<int:number>/<name>/put-to-use")
@administrator
def put_to_use(number: int, name: str) -> Response | tuple[str, int]:
    """Make what was edited the version that the program uses."""
    program = program_of(number)
    known(program, name)
    try:
        used = instrument_use.put_to_use(program, name, request.form.get("seen", ""), me(), now())
    except Refused as refusal:
        return _questions_page(program, name, undone(refusal)), 422
    kept(Deed.INSTRUMENT_PUT_TO_USE, place_of(program, name))
    flash(told(used.asked))
    return redirect(url_for(".instrument", number=number, name=name), 303)


@blueprint.post("/instruments/<int:number>/<name>/throw-away")
@administrator
def throw_away(number: int, name: str) -> Response | tuple[str, int]:
    """Throw away what was edited and is not used."""
    program = program_of(number)
    known(program, name)
    try:
        editing.throw_away(program, name, request.form.get("seen", ""), me(), now())
    except Refused as refusal:
        return _questions_page(program, name, undone(refusal)), 422
    kept(Deed.INSTRUMENT_THROWN_AWAY, place_of(program, name))
    flash(_("What you were making is thrown away."))
    if name in instruments_of(program):
        return redirect(url_for(".instrument", number=number, name=name), 303)
    return redirect(url_for(".instruments", program=number), 303)


@blueprint.get("/instruments/<int:number>/<name>/draft.toml")
@administrator
def download_draft(number: int, name: str) -> Response:
    """Give what is being made as a file."""
    program = program_of(number)
    draft = here(InstrumentDraft.of(program, name))
    return as_file(draft.sketch.source(InstrumentText.next_number(program, name)), f"{name}-draft.toml")


def _typed() -> Typed:
    """What was typed; boxes that were shown and not ticked are empty."""
    typed = {name: words for name, words in request.form.items() if name not in {"csrf_token", "seen"}}
    shown = set(request.form.get("boxes", "").split())
    typed |= {name: request.form.get(name, "") for name in BOXES & shown}
    return typed | {name: " ".join(request.form.getlist(name)) for name in SEVERAL & shown}


def _sketch(program: Program, name: str) -> Sketch:
    known(program, name)
    return here(sketch_of(program, name))


def _kept_question(program: Program, name: str, question: str) -> Response | tuple[str, int]:
    typed = _typed()
    known(program, name)
    try:
        made = editing.write_question(program, name, question, typed, request.form.get("seen", ""), me(), now())
    except Refused as refusal:
        return _question_page(program, name, question, typed, refusal), 422
    kept(Deed.INSTRUMENT_EDITED, place_of(program, name))
    if typed.get("other") or any(fault.place is not None for fault in _faults(program, name, made)):
        return redirect(url_for(".edit_question", number=program.id, name=name, question=made), 303)
    return redirect(url_for(".edit_instrument", number=program.id, name=name, _anchor=f"q-{made}"), 303)


def _faults(program: Program, name: str, question: str | None = None) -> list[Misread]:
    """What has to be mended: all, or of one question."""
    sketch = _sketch(program, name)
    if question is None:
        return sketch.faults(name)
    places = {place for place, one in enumerate(sketch.questions) if one["name"] == question}
    return [fault for fault in sketch.faults(name) if fault.place in places]


def _questions_page(program: Program, name: str, fault: str = "") -> str:
    before, is_used, draft = known(program, name)
    sketch = here(sketch_of(program, name))
    faults = sketch.faults(name)
    after = parsed(sketch.source(1), name) if draft and not faults else None
    again = before is not None and after is not None and is_used and needs_signing(before, after)
    return render_template(
        "console/instrument_edit.html",
        program=program,
        name=name,
        draft=draft,
        sketch=sketch,
        faulty={one.place for one in faults if one.place is not None},
        faults=[said(one.fault) for one in faults if one.place is None],
        seen=sketch.digest,
        full=is_full(sketch),
        signers=signers(program, name) if again else 0,
        kinds=[
            kind for kind in KINDS if sketch.head.get("kind") != Kind.AGREEMENT or kind in {"line", "text", "heading"}
        ],
        fault=fault,
    )


def _about_page(
    program: Program, name: str, typed: Mapping[str, str] | None = None, refusal: Refused | None = None
) -> str:
    stands, fault = _told(refusal)
    sketch = _sketch(program, name)
    digest_ = digest(sketch.head)
    head = sketch.head | dict(typed or {})
    faults = Sketch(head, sketch.questions).faults(name)
    return render_template(
        "console/instrument_about.html",
        program=program,
        name=name,
        head=head,
        seen=digest_,
        stands=stands,
        fault=fault,
        faults={one.key: said(one.fault) for one in reversed(faults) if one.place is None} if _was_begun(head) else {},
        kinds=list(Kind) if name not in instruments_of(program) else [],
        openings=list(Opening),
        asked_roles=list(Role),
        is_signed=head.get("kind") in SIGNED,
    )


def _was_begun(head: Mapping[str, str]) -> bool:
    """Whether somebody has written what it is about, so that what is missing is a fault."""
    return bool(head.get("about_en") or head.get("about_fr")) or request.method == "POST"


def _question_page(
    program: Program, name: str, question: str, typed: Mapping[str, str], refusal: Refused | None = None
) -> str:
    stands, fault = _told(refusal)
    sketch = _sketch(program, name)
    before = sketch.question(question)
    shown = {**(before or {}), **typed, "name": question or "new"}
    alone = Sketch(sketch.head, [shown]).faults(name) if question or refusal else []
    return render_template(
        "console/instrument_question.html",
        program=program,
        name=name,
        question=question,
        typed=shown,
        seen=digest(before) if before else "",
        stands=stands,
        fault=fault,
        faults={one.key: said(one.fault) for one in reversed(alone) if one.place == 0},
        kinds=[
            kind for kind in KINDS if sketch.head.get("kind") != Kind.AGREEMENT or kind in {"line", "text", "heading"}
        ],
        is_self=sketch.head.get("kind") == Kind.SELF,
    )


def _told(refusal: Refused | None) -> tuple[Mapping[str, str], str]:
    """What another made of what was typed about, and the sentence about it."""
    if refusal is None:
        return {}, ""
    sentence = undone(refusal)
    return (refusal.stands or {}, sentence) if isinstance(refusal, ChangedMeanwhile) else ({}, sentence)
