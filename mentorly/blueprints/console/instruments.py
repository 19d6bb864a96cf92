"""Surveys and forms: what a program asks, which of it is used, and what became of it."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from mentorly.blueprints.console import instrument_words
from mentorly.blueprints.console.room import blueprint, here, kept, number_in, own_programs, undone
from mentorly.blueprints.guard import administrator, lead_or_administrator, me
from mentorly.extensions import now, session
from mentorly.mentoring import editing, instrument_use, sights
from mentorly.mentoring.answered import answered, figures
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Base, Refused
from mentorly.mentoring.instrument_drafts import InstrumentDraft
from mentorly.mentoring.instrument_files import MOST_SOURCE, shipped, sources
from mentorly.mentoring.instruments import Instrument
from mentorly.mentoring.program_instruments import InstrumentText, ProgramInstrument, instruments_of
from mentorly.mentoring.programs import Program
from mentorly.mentoring.sketches import Sketch


@blueprint.context_processor
def _furniture() -> dict[str, object]:
    return {"asking": instrument_words}


def program_of(number: int) -> Program:
    """One of the viewer's programs; a page that says "not here" if it is none."""
    return here(sights.found(session(), sights.programs(me()).where(Program.id == number)))


def known(program: Program, name: str) -> tuple[Instrument | None, bool, InstrumentDraft | None]:
    """An instrument, whether it is used, and its draft; a page that says "not here" if it has neither."""
    found, draft = instruments_of(program).get(name), InstrumentDraft.of(program, name)
    if found is None:
        return None, False, here(draft)
    return *found, draft


def place_of(program: Program, name: str) -> Base:
    """The row that stands for an instrument in the record of acts: its draft, else its use, else the program."""
    is_there = name in instruments_of(program)
    return InstrumentDraft.of(program, name) or (ProgramInstrument.of(program, name) if is_there else program)


@blueprint.get("/instruments")
@lead_or_administrator
def instruments() -> str:
    """Show what a program asks."""
    return _list()


@blueprint.post("/instruments/<int:number>")
@administrator
def begin_instrument(number: int) -> Response | tuple[str, int]:
    """Begin a new one, from another or from a file."""
    program, file = program_of(number), request.files.get("file")
    try:
        if "file" in request.files:
            source = editing.read_file(file.read(MOST_SOURCE + 1) if file else b"")
            draft = editing.take_file(program, "", source, "", me(), now())
        else:
            draft = editing.begin_instrument(program, request.form, request.form.get("start", ""), me(), now())
    except Refused as refusal:
        return _list(program, undone(refusal), "file" if "file" in request.files else "begin"), 422
    kept(Deed.INSTRUMENT_BEGUN, draft)
    return redirect(url_for(".edit_instrument", number=number, name=draft.name), 303)


@blueprint.get("/instruments/<int:number>/<name>")
@lead_or_administrator
def instrument(number: int, name: str) -> str:
    """Show one: whom it asks and when, its versions, and what was answered."""
    return _one(program_of(number), name)


@blueprint.post("/instruments/<int:number>/<name>/use")
@administrator
def use_instrument(number: int, name: str) -> Response | tuple[str, int]:
    """Let a program use an instrument, or not."""
    program = program_of(number)
    known(program, name)
    uses = request.form.get("use") == "yes"
    try:
        if uses:
            asked = instrument_use.use(program, name, me(), now()).asked
            flash(told(asked))
        else:
            instrument_use.stop_using(program, name, me(), now())
            flash(_("Nobody is asked any more. What was answered stays."))
    except Refused as refusal:
        return _one(program, name, undone(refusal)), 422
    kept(Deed.INSTRUMENT_PUT_TO_USE if uses else Deed.INSTRUMENT_STOPPED, place_of(program, name))
    return redirect(url_for(".instrument", number=number, name=name), 303)


@blueprint.post("/instruments/<int:number>/<name>/file")
@administrator
def take_file(number: int, name: str) -> Response | tuple[str, int]:
    """Take a file in the place of what is being made."""
    program, file = program_of(number), request.files.get("file")
    known(program, name)
    try:
        source = editing.read_file(file.read(MOST_SOURCE + 1) if file else b"")
        draft = editing.take_file(program, name, source, request.form.get("seen", ""), me(), now())
    except Refused as refusal:
        return _one(program, name, undone(refusal), "file"), 422
    kept(Deed.INSTRUMENT_EDITED, draft)
    return redirect(url_for(".edit_instrument", number=number, name=name), 303)


@blueprint.get("/instruments/<int:number>/<name>/<int:version>.toml")
@lead_or_administrator
def download_instrument(number: int, name: str, version: int) -> Response:
    """Give a version as a file: one of the program's own, or the one that comes with Mentorly."""
    program = program_of(number)
    own = InstrumentText.of_program(program, name, version)
    came = sources()[name] if name in shipped() and shipped()[name].version == version else None
    return as_file(here(own.source if own else came), f"{name}-{version}.toml")


def as_file(source: str, name: str) -> Response:
    """A text as a file to be kept."""
    answer = make_response(source.encode())
    answer.headers["Content-Type"] = "application/toml; charset=utf-8"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


def told(asked: int) -> str:
    """What came of putting something to use."""
    if not asked:
        return str(_("It is used. Nobody is asked anything new by it at the moment."))
    return str(ngettext("It is used. One person is asked.", "It is used. It is asked %(num)s times.", asked))


def _list(program: Program | None = None, fault: str = "", at: str = "") -> str:
    programs = own_programs()
    wanted = number_in(request.args, "program")
    program = program or next((one for one in programs if one.id == wanted), programs[0] if programs else None)
    found = instruments_of(program) if program else {}
    drafts = InstrumentDraft.all_of(program) if program else {}
    return render_template(
        "console/instruments.html",
        programs=programs,
        program=program,
        found=sorted(found.values(), key=lambda one: (not one[1], one[0].kind, one[0].name)),
        drafts=drafts,
        new=[draft for name, draft in drafts.items() if name not in found],
        answered=answered(program) if program and me().is_administrator else {},
        typed=request.form,
        fault=fault,
        at=at,
    )


def _one(program: Program, name: str, fault: str = "", at: str = "") -> str:
    found, is_used, draft = known(program, name)
    sketch = draft.sketch if draft else Sketch.of(here(found))
    return render_template(
        "console/instrument.html",
        program=program,
        name=name,
        instrument=found,
        is_used=is_used,
        draft=draft,
        seen=sketch.digest,
        title=sketch.head,
        versions=InstrumentText.versions(program, name),
        came_with=shipped().get(name),
        figures=figures(program, found, me()) if found and me().is_administrator else [],
        fault=fault,
        at=at,
    )
