"""What a person wrote, and what others let them read: objectives, notes, answers, agreements, reports and concerns."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from mentorly.mentoring.agreements import AgreementText, Section, Signature
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import Refused, sentence
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.concerns import Concern
from mentorly.mentoring.drafts import draft_for
from mentorly.mentoring.notes import Note
from mentorly.mentoring.objectives import Objective
from mentorly.mentoring.own_record import Code, Reader, Row
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Choice, Question, Text
from mentorly.mentoring.relationships import Member
from mentorly.mentoring.reports import ProgressReport
from mentorly.mentoring.tasks import Task, TaskRemark


def _inside(person: Person, *conditions: ColumnElement[bool]) -> Select[int]:
    """The numbers of the relationships that somebody is in now."""
    return select(Member.relationship_id).where(Member.person_id == person.id, Member.is_present, *conditions)


def _seen(person: Person, of: type[Objective] | type[Note]) -> ColumnElement[bool]:
    """What somebody sees of objectives or shared notes: their own, and those of their mentees (rules A11)."""
    return or_(of.mentee_id == person.id, of.relationship_id.in_(_inside(person, Member.is_mentor.is_(True))))


def _objectives(person: Person) -> Iterator[Row]:
    own = select(Objective).where(or_(_seen(person, Objective), Objective.opened_by_id == person.id))
    for one in person.session.scalars(own.options(joinedload(Objective.mentee)).order_by(Objective.id)):
        yield {
            "mentee": one.mentee.name,
            "category": Code(one.category),
            "title": one.title,
            "why": one.why,
            "horizon": Code(one.horizon),
            "support": one.support,
            "barriers": one.barriers,
            "success": one.success,
            "opened": one.opened_at,
            "closed": one.closed_at,
            "ending": Code(one.ending),
        }


def _tasks(person: Person) -> Iterator[Row]:
    standing = and_(Task.removed_at.is_(None), or_(_seen(person, Objective), Task.owner_id == person.id))
    own = select(Task).join(Task.objective).where(or_(standing, Task.added_by_id == person.id))
    loads = (
        joinedload(Task.owner),
        joinedload(Task.added_by),
        selectinload(Task.remarks).joinedload(TaskRemark.author),
    )
    for one in person.session.scalars(own.options(*loads).order_by(Task.id)):
        yield {
            "task": one.words,
            "for": one.owner.name,
            "added_by": one.added_by.name,
            "added": one.added_at,
            "due_on": one.target_on,
            "done": one.done_at,
            "removed": one.removed_at,
            "remarks": [f"{said.author.name}: {said.words}" for said in one.remarks if said.stands],
        }


def _notes(person: Person) -> Iterator[Row]:
    shared = and_(Note.is_shared, _seen(person, Note))
    own = select(Note).where(or_(Note.author_id == person.id, shared)).options(joinedload(Note.author))
    for one in person.session.scalars(own.order_by(Note.id)):
        yield {"by": one.author.name, "note": one.words, "shared": one.is_shared, "written": one.written_at,
               "changed": one.changed_at}  # fmt: skip


def _answers(person: Person) -> Iterator[Row]:
    loads = (joinedload(Asked.text), joinedload(Asked.program), selectinload(Asked.responses))
    own = select(Asked).where(Asked.person_id == person.id).options(*loads).order_by(Asked.id)
    begun = or_(Asked.asked_at.is_not(None), Asked.finished_at.is_not(None), Asked.draft != "")
    for one in person.session.scalars(own.where(begun)).unique():
        asked = one.instrument.answerable
        yield {
            "title": one.instrument.title[person.language],
            "program": one.program.name,
            "asked": one.asked_at,
            "finished": one.finished_at,
            "shared": one.shared_at,
            "answers": _told(asked, one.typed, person.language),
            "begun": _told(asked, draft_for(one, None), person.language),
            "answers_in_codes": _codes(asked, one.typed),
            "begun_in_codes": _codes(asked, draft_for(one, None)),
        }


def _told(questions: Any, typed: Mapping[str, str], language: str) -> list[str]:
    """Each question with what was typed to it."""
    given = ((one, typed.get(one.name, "")) for one in questions)
    return [f"{one.label[language]} — {_chosen(one, words, language)}" for one, words in given if words]


def _codes(questions: Any, typed: Mapping[str, str]) -> dict[str, str]:
    """What was chosen or counted, by the names that software knows."""
    return {one.name: typed[one.name] for one in questions if typed.get(one.name) and not isinstance(one, Text)}


def _chosen(question: Question, words: str, language: str) -> str:
    return question.options.get(words, {}).get(language, words) if isinstance(question, Choice) else words


def _agreements(person: Person) -> Iterator[Row]:
    own = select(AgreementText).options(joinedload(AgreementText.text), joinedload(AgreementText.written_by))
    own = own.where(or_(AgreementText.relationship_id.in_(_inside(person)), AgreementText.written_by_id == person.id))
    for one in person.session.scalars(own.order_by(AgreementText.id)):
        yield {
            "title": one.text.instrument.title[person.language],
            "version": one.number,
            "written": one.written_at,
            "by": one.written_by.name if one.written_by else "",
            "text": list(map(_part, one.sections(person.language))),
        }


def _part(one: Section) -> str:
    return f"{one.heading} — {one.words}" if one.heading else one.words


def _signatures(person: Person) -> Iterator[Row]:
    for one in person.session.scalars(select(Signature).where(Signature.person_id == person.id).order_by(Signature.id)):
        yield {
            "title": one.title,
            "name": one.name,
            "address": one.address,
            "signed": one.signed_at,
            "text": list(map(_part, one.sections)),
            "fingerprint": one.digest,
        }


def _reports(person: Person) -> Iterator[Row]:
    """Those that they wrote. Reports about them, and whether there are any, are for others (rules C2, C4)."""
    own = select(ProgressReport).where(ProgressReport.author_id == person.id)
    for one in person.session.scalars(own.order_by(ProgressReport.id)):
        words = ""
        with suppress(Refused):
            words = one.words_for(person)
        yield {
            "tone": Code(one.tone),
            "urgent": one.is_urgent,
            "written": one.written_at,
            "sent": one.sent_at,
            "thrown_away": one.discarded_at,
            "words": words,
        }


def _concerns(person: Person) -> Iterator[Row]:
    for one in person.session.scalars(select(Concern).where(Concern.raised_by_id == person.id).order_by(Concern.id)):
        words = ""
        with suppress(Refused):
            words = one.words_for(person)
        yield {"about": Code(one.kind), "raised": one.raised_at, "taken_back": one.withdrawn_at, "words": words}


def _calls(person: Person) -> Iterator[Row]:
    own = select(CallForHelp).where(CallForHelp.caller_id == person.id).order_by(CallForHelp.id)
    for one in person.session.scalars(own):
        yield {"called": one.called_at, "settled": one.settled_at, "taken_back": one.withdrawn_at, "words": one.words}


WORDS: tuple[tuple[str, str, Reader], ...] = (
    ("objectives", sentence("Objectives"), _objectives),
    ("tasks", sentence("Tasks"), _tasks),
    ("notes", sentence("Notes"), _notes),
    ("answers", sentence("Surveys and forms"), _answers),
    ("agreements", sentence("Agreements"), _agreements),
    ("signatures", sentence("What you have signed"), _signatures),
    ("reports", sentence("Progress reports that you wrote"), _reports),
    ("concerns", sentence("Concerns that you raised"), _concerns),
    ("calls", sentence("Calls for help"), _calls),
)
