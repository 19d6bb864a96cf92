"""When who is asked what: the dates of a relationship and of a program, kept with what is asked (rules A1)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, selectinload

from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import insert_by
from mentorly.mentoring.instruments import Instrument, Kind, Opening, Role
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.program_instruments import InstrumentText, texts_in_use
from mentorly.mentoring.programs import Program, months_later
from mentorly.mentoring.relationships import Member, Relationship, leads_of

AT_ONCE = 2000
# Who hears that a relationship ended early is not asked on the same morning how it was.
AFTER_EARLY_END = timedelta(days=3)
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


def move_asking(together: Relationship) -> None:
    """Let what has not opened follow the dates of its relationship."""
    for asked in _unasked(together):
        opening = Opening(asked.occasion.split()[0])
        if opening is not Opening.FIRST_MEETING:
            asked.opens_at = opens_at(together, asked.text.instrument, asked.occasion, asked.person_id)


def put_off_asking(together: Relationship, since: datetime, days: int) -> None:
    """Let what was asked before a pause be reminded of as many days later, and what has not opened follow its dates."""
    move_asking(together)
    reminded = select(Asked).where(Asked.relationship_id == together.id, Asked.is_open, Asked.remind_at > since)
    for asked in together.session.scalars(reminded):
        asked.remind_at = _days_later(asked.remind_at, days, together)
    for member in together.present:
        if member.unfinished_at and member.unfinished_at > since:
            member.unfinished_at = _days_later(member.unfinished_at, days, together)


def close_asking(together: Relationship, now: datetime) -> None:
    """Let nothing more be asked of an ended relationship but what its end asks for (rules C10).

    That opens now; after an early end a few days later.
    """
    opens = now + AFTER_EARLY_END if together.ended_early else now
    for asked in _unasked(together):
        opening = Opening(asked.occasion.split()[0])
        if opening is Opening.END:
            asked.opens_at = min(asked.opens_at or opens, opens)
        elif opening is Opening.ENDED:
            asked.opens_at = opens_at(together, asked.text.instrument, asked.occasion, asked.person_id)
        else:
            asked.withdrawn_at = now
    for member in together.present:
        member.unfinished_at = None
    session = together.session
    session.execute(update(Asked).where(Asked.relationship_id == together.id, Asked.is_open).values(remind_at=None))


def stop_asking(together: Relationship, person: Person, now: datetime) -> None:
    """Withdraw what somebody is asked who is in the relationship no more."""
    for member in together.members:
        if member.person_id == person.id:
            member.unfinished_at = None
    together.session.execute(
        update(Asked)
        .where(Asked.relationship_id == together.id, Asked.person_id == person.id, Asked.is_open)
        .values(withdrawn_at=now, remind_at=None)
    )


def open_after_first_meeting(together: Relationship, now: datetime) -> None:
    """Open what follows the first meeting."""
    for asked in _unasked(together):
        if asked.opens_at is None and asked.occasion == Opening.FIRST_MEETING:
            asked.opens_at = now + timedelta(days=asked.text.instrument.days)


def lock_until_first_meeting(together: Relationship) -> None:
    """Lock what follows the first meeting again, as far as nobody was asked, since that did not take place."""
    for asked in _unasked(together):
        if asked.occasion == Opening.FIRST_MEETING:
            asked.opens_at = None


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


def opens_at(together: Relationship, instrument: Instrument, occasion: str, person_id: int) -> datetime | None:
    """When an instrument opens for one of a relationship; None: not known yet."""
    opening, _, months = occasion.partition(" ")
    zone = ZoneInfo(together.program.timezone)
    match Opening(opening):
        case Opening.MATCH:
            joined = [member.joined_at for member in together.present if member.person_id == person_id]
            return max(joined, default=together.began_at) + timedelta(days=instrument.days)
        case Opening.MIDWAY:
            day = together.midway_on
        case Opening.END:
            day = together.ends_on
        case Opening.ENDED:
            ended = together.day(together.ended_at) if together.ended_at else together.ends_on
            day = months_later(ended, int(months.partition(" ")[0] or 0))
        case _:
            return None
    return _midnight(day + timedelta(days=instrument.days), zone)


def occasions(instrument: Instrument) -> Iterator[str]:
    """What names each of the times at which an instrument is asked."""
    for opening in instrument.opens:
        if opening is Opening.ENDED:
            yield from (f"{opening} {months}" for months in instrument.months)
        elif opening is not Opening.OWN:
            yield str(opening)


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
    opens = _midnight(program.ends_on + timedelta(days=text.instrument.days), ZoneInfo(program.timezone))
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


def _unasked(together: Relationship) -> list[Asked]:
    query = select(Asked).where(Asked.relationship_id == together.id, Asked.is_open, Asked.asked_at.is_(None))
    return list(together.session.scalars(query.options(selectinload(Asked.text)).order_by(Asked.id)))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _days_later(moment: datetime | None, days: int, together: Relationship) -> datetime | None:
    """The same time of so many days later, in the program's zone."""
    local = moment.astimezone(ZoneInfo(together.program.timezone)) if moment else None
    return local + timedelta(days=days) if local else None
