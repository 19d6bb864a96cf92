"""Planning who is asked what: kept with when it opens, once for each occasion (rules A1)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, selectinload

from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import insert_by
from mentorly.mentoring.instruments import Instrument, Kind, Opening, Role
from mentorly.mentoring.openings import midnight, occasions, opens_at
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.program_instruments import InstrumentText, texts_in_use
from mentorly.mentoring.programs import Program
from mentorly.mentoring.relationships import Member, Relationship, leads_of

AT_ONCE = 2000
Texts = Mapping[str, InstrumentText]


def ask_members(together: Relationship, now: datetime) -> None:
    """Plan what the members of a relationship, and the project leads over it, are asked; what is planned stays."""
    texts = texts_in_use(together.program, now)
    known = set(
        together.session.execute(
            select(Asked.person_id, Asked.name, Asked.occasion).where(Asked.relationship_id == together.id)
        )
    )
    before = _asked_once(together.program, texts, [member.person_id for member in together.present])
    rows = [
        row
        for row in _of_members(together, texts.values(), now)
        if (row["person_id"], row["name"], row["occasion"]) not in known
        and not (_is_once(texts[row["name"]], row["occasion"]) and (row["person_id"], row["name"]) in before)
    ]
    _insert(together.session, [*rows, *_of_leads(together, texts.values(), now)])


def ask_everybody(program: Program, text: InstrumentText, now: datetime) -> int:
    """Plan an instrument for all who are in a program's active relationships; returns how many were asked anew."""
    session = program.session
    known = set(
        session.execute(
            select(Asked.relationship_id, Asked.person_id, Asked.occasion).where(
                Asked.program_id == program.id, Asked.name == text.name
            )
        )
    )
    active = session.scalars(
        select(Relationship)
        .where(Relationship.program_id == program.id, Relationship.is_active)
        .options(selectinload(Relationship.members).joinedload(Member.person))
    ).all()
    rows: list[dict[str, Any]] = []
    before = {person for person, _ in _asked_once(program, [text.name])}
    for together in active:
        for row in _of_members(together, [text], now):
            is_once = _is_once(text, row["occasion"])
            if (row["relationship_id"], row["person_id"], row["occasion"]) in known:
                continue
            if not (is_once and row["person_id"] in before):
                rows.append(row)
            before |= {row["person_id"]} if is_once else set()
    asked = {person for _, person, _ in known}
    rows += [row for row in _of_leading(program, text, now) if row["person_id"] not in asked]
    _insert(session, rows)
    return len(rows)


def open_for(person: Person, together: Relationship, name: str, now: datetime, occasion: str = "") -> Asked:
    """What somebody takes up by themself, such as a reflection after a meeting; made if there is none.

    Raises KeyError if the program does not use it, and Refused once the relationship can only be read.
    """
    together.check_open(now)
    kept = f"{Opening.OWN} {occasion}".strip()
    query = select(Asked).where(
        Asked.relationship_id == together.id,
        Asked.person_id == person.id,
        Asked.name == name,
        Asked.occasion == kept,
    )
    found = together.session.scalar(query)
    if found is None:
        text = texts_in_use(together.program, now)[name]
        found = Asked(**_row(together, text, person, kept, now), draft="", draft_key="", revision=0, reminded=0)
        found.asked_at = now
        together.session.add(found)
        together.session.flush()
    return found


def _of_members(together: Relationship, texts: Iterable[InstrumentText], now: datetime) -> Iterator[dict[str, Any]]:
    for text in texts:
        for member in together.present:
            asked = (member.is_mentee and Role.MENTEE in text.instrument.asks) or (
                member.is_mentor and Role.MENTOR in text.instrument.asks
            )
            for occasion in occasions(text.instrument) if asked else ():
                opening = opens_at(together, text.instrument, occasion, member.person_id)
                yield _row(together, text, member.person, occasion, max(opening, now) if opening else None)


def _is_once(text: InstrumentText, occasion: str) -> bool:
    """Whether somebody in several relationships of a program is asked once: about themself, as they begin."""
    return text.instrument.kind in {Kind.CODE, Kind.SURVEY} and occasion == Opening.MATCH


def _asked_once(program: Program, names: Iterable[str], people: Collection[int] | None = None) -> set[tuple[int, str]]:
    """Who, of some people or of all, was asked what as they began, and has finished it or still can: person, name."""
    query = (
        select(Asked.person_id, Asked.name)
        .join(Relationship, Relationship.id == Asked.relationship_id)
        .where(Asked.program_id == program.id, Asked.name.in_(list(names)), Asked.occasion == Opening.MATCH)
        .where(Asked.finished_at.is_not(None) | (Asked.withdrawn_at.is_(None) & Relationship.is_active))
    )
    if people is not None:
        query = query.where(Asked.person_id.in_(people))
    return {(person, name) for person, name in program.session.execute(query)}


def _of_leads(together: Relationship, texts: Iterable[InstrumentText], now: datetime) -> Iterator[dict[str, Any]]:
    program = together.program
    for text in texts:
        for lead in leads_of(together) if _asks_leads(text.instrument) else ():
            known = select(Asked.id).where(
                Asked.program_id == program.id,
                Asked.relationship_id.is_(None),
                Asked.person_id == lead.id,
                Asked.name == text.name,
            )
            if together.session.scalar(known.limit(1)) is None:
                yield _lead_row(program, text, lead.id, now)


def _of_leading(program: Program, text: InstrumentText, now: datetime) -> Iterator[dict[str, Any]]:
    """What all are asked who lead an organization with a mentee in an active relationship."""
    led = exists().where(
        Member.relationship_id == Relationship.id,
        Member.is_matched_mentee,
        Member.person_id == Person.id,
        Person.organization_id == Participation.organization_id,
        Relationship.program_id == program.id,
        Relationship.is_active,
    )
    query = select(Participation.person_id).where(
        Participation.program_id == program.id, Participation.role == "lead", Participation.left_at.is_(None), led
    )
    for person_id in program.session.scalars(query.distinct()) if _asks_leads(text.instrument) else ():
        yield _lead_row(program, text, person_id, now)


def _asks_leads(instrument: Instrument) -> bool:
    return Role.LEAD in instrument.asks and bool(set(instrument.opens) & {Opening.END, Opening.ENDED})


def _lead_row(program: Program, text: InstrumentText, person_id: int, now: datetime) -> dict[str, Any]:
    opens = midnight(program.ends_on + timedelta(days=text.instrument.days), ZoneInfo(program.timezone))
    return _planned(program.id, None, text, person_id, str(Opening.END), max(opens, now))


def _row(
    together: Relationship, text: InstrumentText, person: Person, occasion: str, opens: datetime | None
) -> dict[str, Any]:
    return _planned(together.program_id, together.id, text, person.id, occasion, opens)


def _planned(
    program_id: int,
    together_id: int | None,
    text: InstrumentText,
    person_id: int,
    occasion: str,
    opens: datetime | None,
) -> dict[str, Any]:
    instrument = text.instrument
    return {
        "program_id": program_id,
        "relationship_id": together_id,
        "person_id": person_id,
        "name": text.name,
        "occasion": occasion,
        "text_id": text.id,
        "opens_at": opens,
        "reminds": tuple(map(str, instrument.reminds)),
        "tells": instrument.tells,
    }


def _insert(session: Session, rows: list[dict[str, Any]]) -> None:
    """Keep them; what is planned twice at the same moment, such as what a lead is asked once, is planned once."""
    session.flush()
    planning = insert_by(session.get_bind().dialect.name, Asked).on_conflict_do_nothing()
    for start in range(0, len(rows), AT_ONCE):
        session.execute(planning, rows[start : start + AT_ONCE])
