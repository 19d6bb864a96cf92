"""Programs: the list, adding one, and their settings."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from mentorly.blueprints.console.room import (
    blueprint,
    day_typed,
    here,
    kept,
    number_in,
    number_typed,
    page_number,
    undone,
)
from mentorly.blueprints.guard import administrator, me
from mentorly.extensions import now, session
from mentorly.mentoring import sights
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.leaves import Leaf
from mentorly.mentoring.programs import (
    RETENTION_MONTHS,
    RETENTIONS,
    SILENCES,
    UNHEARD_DAYS,
    UNHEARD_MAILS,
    WORDS_MONTHS,
    Program,
    kinds,
)
from mentorly.mentoring.silence import set_silence

SETTINGS = (
    "retention_months", "words_months", "quiet_days", "nudge_days", "leads_days", "pause_days", "unheard_mails",
    "unheard_days", "unheard_told_days",
)  # fmt: skip
SILENCE = ("quiet_days", "nudge_days", "leads_days", "pause_days")
ADDING = ("", 0)

Typed = MultiDict[str, str]


@blueprint.get("/programs")
@administrator
def programs() -> str:
    """List the programs, with a form for another one."""
    return page_of_programs(MultiDict())


@blueprint.post("/programs")
@administrator
def add_program() -> Response | tuple[str, int]:
    """Add a program."""
    try:
        program = _added(request.form)
    except Refused as refusal:
        return page_of_programs(request.form, undone(refusal)), 422
    kept(Deed.PROGRAM_ADDED, program)
    flash(_("%(program)s is added.", program=program.name))
    return redirect(url_for(".programs"), 303)


@blueprint.post("/programs/<int:number>/retention")
@administrator
def keep_record(number: int) -> Response | tuple[str, int]:
    """Set how long it is kept what a program mailed."""
    return set_months(number, "retention", Deed.RETENTION_SET, Program.keep_record_for, _record_kept)


def _record_kept(program: Program) -> object:
    return ngettext(
        "What %(program)s mails is kept for one month.",
        "What %(program)s mails is kept for %(num)s months.",
        program.retention_months,
        program=program.name,
    )


@blueprint.post("/programs/<int:number>/words")
@administrator
def keep_words(number: int) -> Response | tuple[str, int]:
    """Set how long it is kept what people write."""
    return set_months(number, "words", Deed.WORDS_RETENTION_SET, Program.keep_words_for, _words_kept)


def _words_kept(program: Program) -> object:
    return ngettext(
        "What is written in %(program)s is deleted one month after a relationship ends.",
        "What is written in %(program)s is deleted %(num)s months after a relationship ends.",
        program.words_months,
        program=program.name,
    )


@blueprint.post("/programs/<int:number>/silence")
@administrator
def keep_silence(number: int) -> Response | tuple[str, int]:
    """Set after how many days without a meeting a program speaks up."""
    return set_in(number, "silence", Deed.SILENCE_SET, _keep_silence)


def _keep_silence(program: Program) -> str:
    days = {name: number_typed(request.form.get(name, "")) for name in SILENCE}
    set_silence(program, me(), now(), **days)
    return str(
        _(
            "%(program)s reminds people after %(days)s days without a meeting.",
            program=program.name,
            days=program.quiet_days,
        )
    )


def set_months(
    number: int,
    form: str,
    deed: Deed,
    keep: Callable[[Program, int | None], None],
    told: Callable[[Program], object],
) -> Response | tuple[str, int]:
    """Change for how many months a program keeps something. told: what to say of a program that does."""

    def change(program: Program) -> str:
        keep(program, number_typed(request.form.get(f"{form}_months", "")))
        return str(told(program))

    return set_in(number, form, deed, change)


def set_in(number: int, form: str, deed: Deed, change: Callable[[Program], str]) -> Response | tuple[str, int]:
    """Change a setting of a program; what is as it was before is no deed.

    form: which one of the program's forms was sent. change: does it, and gives what to say. It may raise Refused.
    """
    program = here(session().get(Program, number))
    before = _set_now(program)
    try:
        thanks = change(program)
    except Refused as refusal:
        return page_of_programs(request.form, undone(refusal), (form, number)), 422
    if _set_now(program) != before:
        kept(deed, program)
    flash(thanks)
    return redirect(url_for(".programs"), 303)


def _set_now(program: Program) -> list[object]:
    return [getattr(program, name) for name in SETTINGS]


def _added(typed: Typed) -> Program:
    starts_on, months = day_typed(typed.get("starts_on", "")), number_typed(typed.get("months", ""))
    asked = number_in(typed, "contact")
    contact = next((one.id for one in sights.administrators(session()) if one.id == asked), None)
    name, kind = typed.get("name", ""), typed.get("kind", "")
    retention, written = (number_typed(typed.get(name, "")) for name in ("retention_months", "words_months"))
    program = Program.add(
        session(), name, kind, starts_on, now(), months=months, contact_id=contact, retention_months=retention
    )
    if written is not None:
        program.keep_words_for(written)
    return program


def page_of_programs(typed: Typed, fault: str = "", form: tuple[str, int] = ADDING) -> str:
    """The list of programs, with what was typed into one of its forms, and what is wrong with it.

    form: its name with the program's number, or that of the form that adds a program.
    """
    return render_template(
        "console/programs.html",
        leaf=Leaf.read(session(), sights.programs(me()), page_number()),
        typed=typed,
        fault=fault,
        faulty=form,
        adding=ADDING,
        kinds=kinds(),
        usual_retention=RETENTION_MONTHS,
        usual_words=WORDS_MONTHS,
        retentions=RETENTIONS,
        silences=SILENCES,
        most_mails=UNHEARD_MAILS[-1],
        most_days=UNHEARD_DAYS[-1],
        administrators=sights.administrators(session()),
    )
