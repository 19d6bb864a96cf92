"""The dashboard in the inbox: what a digest tells beside its lines, each section read for many readers at once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from mentorly.mentoring.arrays import is_among
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship

Entries = Mapping[int, Sequence[Mapping[str, Any]]]


def first_meetings(session: Session, readers: Sequence[Person], now: datetime) -> Entries:
    """The first meetings that are to come, by reader: `at`, and `others` by name."""
    numbers = {person.id for person in readers}
    rows = session.execute(
        select(Member.person_id, Relationship)
        .join(Relationship, Relationship.id == Member.relationship_id)
        .where(is_among(Member.person_id, sorted(numbers)), Member.is_present, Relationship.is_active)
        .where(Relationship.first_meeting_at > now)
        .order_by(Relationship.first_meeting_at, Relationship.id)
        .options(selectinload(Relationship.members).selectinload(Member.person))
    ).all()
    found: dict[int, list[Mapping[str, Any]]] = {number: [] for number in numbers}
    for number, together in rows:
        others = [member.person.name for member in together.present if member.person_id != number]
        found[number].append({"at": together.first_meeting_at, "others": others})
    return found


# By the name under which the digest's text speaks of it.
SECTIONS: Mapping[str, Callable[[Session, Sequence[Person], datetime], Entries]] = {"meetings": first_meetings}


def dashboard(session: Session, readers: Sequence[Person], now: datetime) -> dict[int, dict[str, Any]]:
    """All sections, by reader."""
    read = {name: section(session, readers, now) for name, section in SECTIONS.items()}
    return {person.id: {name: entries[person.id] for name, entries in read.items()} for person in readers}
