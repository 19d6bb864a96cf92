"""A survey or form as those see it who are asked: its page, and the mail that brings it."""

from dataclasses import replace
from typing import Any

from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from mentorly.blueprints.console.instruments import known, program_of
from mentorly.blueprints.console.mails import LETTER_HEADERS
from mentorly.blueprints.console.room import blueprint, here
from mentorly.blueprints.forms import Asked
from mentorly.blueprints.guard import lead_or_administrator, me
from mentorly.blueprints.reading import language
from mentorly.emails.asking.asked_values import sample_asked
from mentorly.emails.matching.asking_mentor import sample_person, sample_program
from mentorly.emails.message import Letter
from mentorly.extensions import house, now, post_office
from mentorly.mentoring.filling_in import questions_of
from mentorly.mentoring.instrument_files import parsed
from mentorly.mentoring.instruments import Instrument, Opening
from mentorly.mentoring.particulars import LANGUAGES
from mentorly.mentoring.people import Person
from mentorly.mentoring.program_instruments import InstrumentText
from mentorly.mentoring.programs import Program
from mentorly.mentoring.questions import Choice, Question
from mentorly.mentoring.sketches import Sketch


@blueprint.get("/instruments/<int:number>/<name>/preview")
@lead_or_administrator
def preview_instrument(number: int, name: str) -> str:
    """Show the page and the mail, in a form that goes nowhere."""
    program = program_of(number)
    source = _source(program, name)
    shown = parsed(source, name) if source else None
    sample = sample_asked(_reader(), now(), name, source) if source else None
    return render_template(
        "console/instrument_preview.html",
        program=program,
        name=name,
        instrument=shown,
        questions=[Asked(_said(one), insists=False) for one in questions_of(sample)] if sample else [],
        letter=_letter(program, name, source) if shown and _is_mailed(shown) else None,
        shown=_language(),
        languages=LANGUAGES,
    )


@blueprint.get("/instruments/<int:number>/<name>/letter")
@lead_or_administrator
def instrument_letter(number: int, name: str) -> Response:
    """Show the mail alone, for the frame it is shown in."""
    program = program_of(number)
    answer = make_response(_letter(program, name, here(_source(program, name) or None)).html)
    answer.headers.update(LETTER_HEADERS)
    return answer


def _source(program: Program, name: str) -> str:
    """The TOML of what is being made, else of what is used; '' if something of it has to be mended."""
    instrument, _, draft = known(program, name)
    sketch = draft.sketch if draft else Sketch.of(here(instrument))
    return "" if sketch.faults(name) else sketch.source(InstrumentText.next_number(program, name))


def _letter(program: Program, name: str, source: str) -> Letter:
    reader = _reader()
    asked = sample_asked(reader, now(), name, source)
    asked.program.name = program.name
    return post_office().preview(house().register["instrument_asked"], reader, now(), asked)


def _reader() -> Person:
    reader = sample_person("Camille Lavoie", sample_program(), "mentee")
    reader.language, reader.timezone, reader.quotes = _language(), me().timezone, True
    return reader


def _language() -> str:
    asked = request.args.get("language", "")
    return asked if asked in LANGUAGES else language()


def _is_mailed(instrument: Instrument) -> bool:
    return set(instrument.opens) != {Opening.OWN}


def _said(question: Question) -> Question:
    """A question that says the same in every language: what it says in the one that is shown."""
    shown = _language()
    words: dict[str, Any] = {
        key: dict.fromkeys(LANGUAGES, texts[shown])
        for key in ("label", "hint", "low", "high")
        if (texts := getattr(question, key, None))
    }
    if isinstance(question, Choice):
        words["options"] = {name: dict.fromkeys(LANGUAGES, texts[shown]) for name, texts in question.options.items()}
    return replace(question, **words)
