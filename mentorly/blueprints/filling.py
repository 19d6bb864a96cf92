"""The form of an instrument: what it shows, and what comes back with it beside the answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mentorly.blueprints.forms import Asked as Field
from mentorly.blueprints.forms import asked as fields
from mentorly.blueprints.forms import typed_in
from mentorly.blueprints.reading import language, timezone
from mentorly.emails import spoken
from mentorly.emails.answering import Unclear
from mentorly.extensions import now
from mentorly.mentoring import drafts
from mentorly.mentoring.agreements import AgreementText, Section
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import Refused
from mentorly.mentoring.filling_in import SIGN, Begun, left_over, questions_of
from mentorly.mentoring.questions import Choice, Day, Heading, Question, Text

# No question can have such a name.
LATER, QUIETLY, AGAIN = "save-later", "quietly", "put-in-place"
VERSION, DRAFT, BASE = "shown-version", "shown-draft", "shown-base"
OURS = {LATER, AGAIN, VERSION, DRAFT, BASE}
LONG = 8


@dataclass(frozen=True)
class Part:
    """A part of a form. heading: '' for the first one without. fields: what it asks."""

    heading: str
    fields: list[Field] = field(default_factory=list)


@dataclass(frozen=True)
class Filling:
    """An instrument as a form shows it.

    begun: what stood in it when it was opened. typed: what came back with it; None: it is opened. refusal: why it was
    not taken. faults: the refusal of each answer, by its question. insists: whether the browser holds back a form
    without what is required. again: what was answered before stands, and this can be put in its place.
    """

    asked: Asked
    begun: Begun
    typed: Mapping[str, str] | None = None
    faults: Mapping[str, Refused] = field(default_factory=dict)
    refusal: str = ""
    insists: bool = True
    again: bool = False
    signs: bool = True

    @cached_property
    def fields(self) -> list[Field]:
        """All that is asked, with the headings."""
        typed = self.begun.typed if self.typed is None else self.typed
        return [replace(one, insists=self.insists) for one in fields(questions_of(self.asked), typed, self.faults)]

    @cached_property
    def parts(self) -> list[Part]:
        """The questions below their headings; a signature stands for itself."""
        return parts_of([one for one in self.fields if one.name != SIGN.name])

    @property
    def signature(self) -> Field | None:
        """The field to sign in."""
        return next((one for one in self.fields if self.signs and one.name == SIGN.name), None)

    @property
    def faulty(self) -> list[Field]:
        """What needs another look."""
        return [one for one in self.fields if one.fault]

    @property
    def number(self) -> int:
        """How many questions there are."""
        return sum(len(part.fields) for part in self.parts)

    @property
    def headed(self) -> int:
        """How many parts have a heading."""
        return sum(bool(part.heading) for part in self.parts)

    @property
    def unheaded(self) -> int:
        """How many parts have none: the first, or none."""
        return len(self.parts) - self.headed

    @property
    def unsigned(self) -> "Filling":
        """The same without the field to sign in, for a page that has another one."""
        return replace(self, signs=False)

    @property
    def is_long(self) -> bool:
        """Whether it helps to be told how far one has come."""
        return self.number > LONG

    @property
    def shown_draft(self) -> str:
        """Which draft the form was opened with, or was sent with."""
        if self.typed is not None:
            return request.form.get(DRAFT, "")
        return self.asked.draft_mark if self.begun.is_draft else ""

    @property
    def shown_base(self) -> str:
        """The number of the agreement's text that the form was opened with, or was sent with."""
        if self.typed is not None:
            return request.form.get(BASE, "")
        return str(self.begun.base.id) if self.begun.base else ""

    @property
    def left_over(self) -> list[str]:
        """What was typed to questions that are not asked any more."""
        return left_over(self.asked, self.begun.typed if self.typed is None else self.typed)

    @property
    def fixed(self) -> list[str]:
        """The paragraphs of what is signed besides the answers."""
        return paragraphs(self.asked.instrument.text.get(language(), ""))


def parts_of(shown: Sequence[Field]) -> list[Part]:
    """The questions of a form below their headings."""
    found = [Part("")]
    for one in shown:
        if isinstance(one.question, Heading):
            found.append(Part(one.label))
        else:
            found[-1].fields.append(one)
    return [part for part in found if part.fields]


def checked(questions: Iterable[Question], typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, understood, by the names of the questions. Raises Unclear."""
    given: dict[str, Any] = {}
    faults: dict[str, Refused] = {}
    for question in questions:
        try:
            given[question.name] = question.check(typed.get(question.name, ""), ZoneInfo(timezone()))
        except Refused as refusal:
            faults[question.name] = refusal
    if faults:
        raise Unclear(faults)
    return given


def words_typed() -> dict[str, str]:
    """What was typed into the questions of an instrument."""
    return {name: words for name, words in typed_in().items() if name not in OURS}


def paragraphs(words: str) -> list[str]:
    """The paragraphs of a text."""
    return [one.strip() for one in words.replace("\r\n", "\n").split("\n\n") if one.strip()]


def wants_later() -> bool:
    """Whether the form is to be kept for later."""
    return LATER in request.form


def is_quiet() -> bool:
    """Whether the page asks by itself, and goes on being shown."""
    return request.form.get(LATER) == QUIETLY


def keep_draft(row: Asked, key: str, base: AgreementText | None = None) -> None:
    """Keep what was typed for later. key: the browser's, '' of who is signed in. Raises Refused."""
    row.check_shown(request.form.get(VERSION, ""))
    shown, number = request.form.get(DRAFT, ""), base.id if base else None
    drafts.keep_draft(row, row.person, words_typed(), key, now(), shown=shown, base=number)


def quietly_kept(row: Asked, refusal: str = "") -> ResponseReturnValue:
    """Tell the page that asked by itself what became of it."""
    if refusal:
        return jsonify(said=refusal), 409
    hour = spoken.hour(row.draft_at or now(), language(), timezone())
    return jsonify(draft=row.draft_mark, said=_("Kept for later at %(time)s.", time=hour))


@dataclass(frozen=True)
class Answered:
    """An answer as a page shows it. heading: what begins with it. label: what was asked. words: the paragraphs."""

    heading: str
    label: str
    words: list[str]


def answers_of(asked: Asked, typed: Mapping[str, str]) -> list[Answered]:
    """What was asked and what was answered, in the reader's words; what was left out is left out."""
    found, heading = [], ""
    for question in asked.instrument.questions:
        if isinstance(question, Heading):
            heading = question.label[language()]
        elif words := _words(question, typed.get(question.name, "")):
            found.append(Answered(heading, question.label[language()], words))
            heading = ""
    return found


def _words(question: Question, typed: str) -> list[str]:
    if isinstance(question, Choice):
        return [question.options[typed][language()]] if typed in question.options else []
    if isinstance(question, Day) and typed:
        day = question.check(typed, ZoneInfo(timezone()))
        return [spoken.dated(day, language(), timezone())] if day else []
    return paragraphs(typed) if isinstance(question, Text) else [typed] if typed else []


def sections_shown(sections: list[Section]) -> list[tuple[str, list[str]]]:
    """What is signed: each heading with the paragraphs below it."""
    return [(one.heading, paragraphs(one.words)) for one in sections]
