"""Suggestions: the pure rules of ranking.py and matching.py, asked about the people of a program."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from mentorly.mentoring.affinity import Candidate, Reason, Rule, Suggestion, objections
from mentorly.mentoring.conflicts import Conflict
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.proposing import places_taken
from mentorly.mentoring.ranking import suggest
from mentorly.mentoring.relationships import Member, Relationship


@dataclass(frozen=True)
class Suggested:
    """A mentor suggested for a mentee, and why. Nothing is proposed before a person says so."""

    mentor: Person
    mentee: Person
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Unmatched:
    """A mentee for whom the best assignment has no mentor, and why."""

    mentee: Person
    reason: Reason


@dataclass(frozen=True)
class Field:
    """Everybody who could be matched in a program now: the mentors with their places, and the mentees who are free."""

    people: dict[int, Person]
    mentors: list[Candidate]
    mentees: list[Candidate]

    def suggested(self, found: Iterable[Suggestion]) -> list[Suggested]:
        """The same with the people themselves."""
        return [Suggested(self.people[one.mentor_id], self.people[one.mentee_id], one.reasons) for one in found]


def suggestions_of(
    session: Session, program: Program, now: datetime, most: int = 3, by: Person | None = None
) -> list[Suggested]:
    """The best few mentors for every free mentee, best first. by: a lead sees the own organization's people alone."""
    field = field_of(session, program, now, by)
    found = suggest(field.mentors, field.mentees, Rule(program.organizations), _today(program, now), most)
    return field.suggested(one for each in found.values() for one in each)


def suggestions_for(
    mentee: Person, program: Program, now: datetime, most: int = 3, by: Person | None = None
) -> list[Suggested]:
    """The best few mentors for one mentee, best first; none if the mentee is not free. by: as in suggestions_of."""
    field = field_of(mentee.session, program, now, by)
    own = [candidate for candidate in field.mentees if candidate.id == mentee.id]
    found = suggest(field.mentors, own, Rule(program.organizations), _today(program, now), most)
    return field.suggested(found.get(mentee.id, []))


def best_assignment(
    session: Session, program: Program, now: datetime, by: Person | None = None
) -> tuple[list[Suggested], list[Unmatched]]:
    """One assignment for everybody who is free, the best there is, and who is left without a mentor and why."""
    from mentorly.mentoring.matching import assign  # noqa: PLC0415 - it brings scipy, which only this needs

    field = field_of(session, program, now, by)
    sizes = (program.fewest, program.most) if program.is_group else None
    found = assign(field.mentors, field.mentees, Rule(program.organizations), _today(program, now), sizes)
    left = [Unmatched(field.people[number], reason) for number, reason in found.unmatched_mentees.items()]
    return field.suggested(found.pairs), left


def objections_to(mentor: Person, mentee: Person, program: Program, now: datetime) -> tuple[Reason, ...]:
    """All that speaks against a pair that a person named: it goes through, with these warnings (rules C9)."""
    return objections_among([(mentor, mentee)], program, now)[0]


def objections_among(
    pairs: Sequence[tuple[Person, Person]], program: Program, now: datetime
) -> list[tuple[Reason, ...]]:
    """The same for several pairs, each a mentor and a mentee, by as many queries as for one."""
    if not pairs:
        return []
    everybody = _candidates(pairs[0][0].session, program, now, {person.id for pair in pairs for person in pair})
    known = {(part.role, candidate.id): candidate for part, candidate in everybody}
    found = [(known.get(("mentor", mentor.id)), known.get(("mentee", mentee.id))) for mentor, mentee in pairs]
    rule = Rule(program.organizations)
    return [objections(asked, free, rule) if asked and free else () for asked, free in found]


def field_of(session: Session, program: Program, now: datetime, by: Person | None = None) -> Field:
    """Everybody who could be matched now."""
    taken = matched_or_asked(session, program, now)
    everybody = _candidates(session, program, now)
    if by is not None and not by.is_administrator:
        led = by.led_organizations(program)
        everybody = [one for one in everybody if one[1].organization_id in led]
    return Field(
        people={part.person_id: part.person for part, _ in everybody},
        mentors=[candidate for part, candidate in everybody if part.role == "mentor"],
        mentees=[candidate for part, candidate in everybody if part.role == "mentee" and part.person_id not in taken],
    )


def matched_or_asked(session: Session, program: Program, now: datetime) -> set[int]:
    """The ids of the mentees who have a mentor, or whose mentor has been asked and may still answer."""
    matched = (
        select(Member.person_id)
        .join(Relationship)
        .where(Relationship.program_id == program.id, Relationship.is_active, Member.is_matched_mentee)
    )
    asked = select(Proposal.mentee_id).where(
        Proposal.program_id == program.id, Proposal.is_open, ~Proposal.has_lapsed(now)
    )
    return set(session.scalars(matched)) | set(session.scalars(asked))


def _candidates(
    session: Session, program: Program, now: datetime, people: Iterable[int] | None = None
) -> list[tuple[Participation, Candidate]]:
    query = (
        select(Participation)
        .where(Participation.program_id == program.id, Participation.left_at.is_(None))
        .where(Participation.role.in_(["mentor", "mentee"]))
        .options(joinedload(Participation.person).joinedload(Person.organization))
        .order_by(Participation.person_id)
    )
    if people is not None:
        query = query.where(Participation.person_id.in_(list(people)))
    taken = places_taken(session, program, now)
    apart = _pairs(session, select(Conflict.person_id, Conflict.other_id))
    earlier = select(Proposal.mentor_id, Proposal.mentee_id).where(Proposal.program_id == program.id)
    before = _pairs(session, earlier)
    first = _ended_early(session, program)
    return [
        (part, _candidate(part, taken.get(part.person_id, 0), apart, before, first)) for part in session.scalars(query)
    ]


def _candidate(
    part: Participation, taken: int, apart: dict[int, set[int]], before: dict[int, set[int]], first: set[int]
) -> Candidate:
    person = part.person
    return Candidate(
        id=person.id,
        name=person.name,
        email=person.email,
        organization_id=person.organization_id,
        manager_email=person.manager_email,
        conflicts=frozenset(apart.get(person.id, ())),
        proposed=frozenset(before.get(person.id, ())),
        language=person.language,
        timezone=person.timezone,
        fields=part.fields,
        skills=part.skills,
        wants=part.wants,
        capacity=part.places,
        taken=taken if part.role == "mentor" else 0,
        helps_with_language=part.helps_with_language,
        needs_language_help=part.needs_language_help,
        first=part.role == "mentee" and person.id in first,
    )


def _pairs(session: Session, query: Select[int, int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for left, right in session.execute(query):
        found.setdefault(left, set()).add(right)
        found.setdefault(right, set()).add(left)
    return found


def _ended_early(session: Session, program: Program) -> set[int]:
    return set(
        session.scalars(
            select(Member.person_id)
            .join(Relationship)
            .where(Relationship.program_id == program.id, Relationship.ended_early, Member.matched_as == "mentee")
        )
    )


def _today(program: Program, now: datetime) -> date:
    return now.astimezone(ZoneInfo(program.timezone)).date()
