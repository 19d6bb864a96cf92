"""What the mails about instruments have in common."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.matching.asking_mentor import sample_person, sample_program
from mentorly.emails.matching.match_values import sample_match
from mentorly.mentoring.agreements import AgreementText, Section, Signature
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.instrument_files import parsed, sources
from mentorly.mentoring.instruments import Role
from mentorly.mentoring.people import Person
from mentorly.mentoring.program_instruments import InstrumentText
from mentorly.mentoring.relationships import Member, Relationship

MEMBERS = selectinload(Relationship.members).selectinload(Member.person)
ASKED = (
    selectinload(Asked.text),
    selectinload(Asked.program),
    selectinload(Asked.relationship).options(MEMBERS),
)
AGREED = (
    selectinload(AgreementText.text),
    selectinload(AgreementText.relationship).options(MEMBERS, selectinload(Relationship.program)),
    selectinload(AgreementText.written_by),
    selectinload(AgreementText.signatures).options(selectinload(Signature.person), selectinload(Signature.text)),
)


def asked_values(asked: Asked, reader: Person) -> dict[str, Any]:
    """What is asked, by the words of the instrument; nothing that anybody typed into it."""
    instrument, language = asked.instrument, reader.language
    together = asked.relationship
    return {
        "asked_id": asked.id,
        "title": instrument.title[language],
        "about": instrument.about[language],
        "seen": instrument.seen[language],
        "minutes": instrument.minutes,
        "is_signed": instrument.is_signed,
        "is_short": instrument.is_short,
        "has_draft": asked.draft_at is not None,
        "questions": [one.label[language] for one in instrument.answerable] if instrument.is_short else [],
        "others": [person.name for person in others_in(together, reader)] if together else [],
        "program": asked.program.name,
    }


def others_in(together: Relationship, reader: Person) -> list[Person]:
    """Who else is in a relationship now."""
    return [member.person for member in together.present if member.person_id != reader.id]


def shown(sections: list[Section]) -> list[Mapping[str, str]]:
    """What is signed, as a letter shows it."""
    return [{"heading": one.heading, "words": one.words} for one in sections]


def sample_asked(reader: Person, now: datetime, name: str = "mentee_baseline", source: str = "") -> Asked:
    """An invented survey that a person is asked, in no session. source: its TOML, if it is none of Mentorly's own."""
    program, source = sample_program(), source or sources()[name]
    text = InstrumentText(id=1, name=name, number=parsed(source, name).version, source=source, digest="")
    together = sample_match(now, mentee=reader).relationship
    is_led = text.instrument.asks == (Role.LEAD,)
    return Asked(
        id=1, program=program, relationship=None if is_led else together, person=reader, person_id=reader.id, name=name,
        occasion="match", text=text, opens_at=now, asked_at=now, reminds=("3", "7"), reminded=0, tells=True, draft="",
        draft_key="", revision=0, call_at=now,
    )  # fmt: skip


def sample_agreement(reader: Person, now: datetime) -> AgreementText:
    """An invented agreement of the reader's, in no session."""
    asked = sample_asked(reader, now, "mentorship_agreement")
    together = asked.relationship
    questions = parsed(asked.text.source, asked.name).answerable
    words = {question.name: said for question, said in zip(questions, SAID[reader.language], strict=False)}
    return AgreementText(
        id=1, relationship=together, name=asked.name, number=1, text=asked.text, written_at=now, completed_at=now,
        written_by=sample_person("Alice Martin", asked.program, "mentor"), words=json.dumps(words), signatures=[],
    )  # fmt: skip


SAID = {
    "en": ["To lead a first project", "To speak in meetings"],
    "fr": ["Diriger un premier projet", "Prendre la parole en réunion"],
}
