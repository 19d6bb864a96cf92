"""What people typed, answered and raised, counted by the database for each organization: what releases are made of.

Who sees the figures of a program (its project leads, its sponsors and the administrators) contributes to none of them.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    distinct,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.orm import aliased

from mentorly.mentoring.asked import Asked, Response
from mentorly.mentoring.concerns import Concern
from mentorly.mentoring.concerns import Kind as ConcernKind
from mentorly.mentoring.instruments import Instrument, Kind, Role
from mentorly.mentoring.objectives import Category, Objective
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.program_instruments import instruments_of
from mentorly.mentoring.programs import Program
from mentorly.mentoring.questions import Amount, Choice, Question
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.small_groups import Measure, Numbers, Shape
from mentorly.mentoring.sponsors import Sponsor

PAIRS = {Role.MENTEE: ("mentee_baseline", "mentee_end"), Role.MENTOR: ("mentor_baseline", "mentor_end")}
ROSE, STAYED, FELL = "rose", "stayed", "fell"
OBJECTIVES, SURVEY, ANSWER, CHANGE = "objectives", "survey", "answer", "change"
CONCERNS = "concerns"
OPEN = "open"
NO_CHANGE = Numbers(0, {ROSE: 0, STAYED: 0, FELL: 0})

Tally = dict[str, dict[int | None, Numbers]]


def key(*parts: str) -> str:
    """The name of a figure about people's words and answers."""
    return "/".join(parts)


def measured(program: Program) -> dict[str, Measure]:
    """What each figure of a program measures, but for the answers, which `answers_measured` tells."""
    found = {name: Measure(Shape.SEVERAL) for name in (OBJECTIVES, CONCERNS)}
    for name in surveys(program):
        found[key(SURVEY, name)] = Measure(Shape.ALL)
    for role in PAIRS:
        for question in paired_questions(program, role):
            found[key(CHANGE, role, question.name)] = Measure(Shape.PARTS)
    return found


def measure_of(question: Question) -> Measure | None:
    """What is shown of the answers to a question; None for words and days, of which nothing is."""
    if isinstance(question, Amount):
        return Measure(Shape.AMOUNT, question.least, question.most)
    return Measure(Shape.PARTS) if isinstance(question, Choice) else None


def surveys(program: Program) -> dict[str, Instrument]:
    """The surveys of a program that are used or were, by name."""
    return {name: one for name, (one, _) in instruments_of(program).items() if one.kind is Kind.SURVEY}


def paired_questions(program: Program, role: Role) -> list[Amount]:
    """The questions that a role is asked at the start and again at the end."""
    known = instruments_of(program)
    first, last = (known.get(name) for name in PAIRS[role])
    if first is None or last is None:
        return []
    asked_first = {one.name for one in first[0].answerable}
    return [one for one in last[0].answerable if isinstance(one, Amount) and one.name in asked_first]


def tallied(program: Program) -> tuple[dict[str, Measure], Tally]:
    """What each figure measures, and what is known of it by organization (None: people of none)."""
    measures, found = measured(program), _objectives(program) | _surveys(program) | _concerns(program)
    for role in PAIRS:
        found |= _changes(program, role)
    known_surveys = surveys(program)
    for name, tally in _answers(program).items():
        _, survey, question, _ = name.split("/", 3)
        known = known_surveys[survey].question(question) if survey in known_surveys else None
        measure = measure_of(known) if known else None
        if measure:
            nobody = Numbers(0, dict.fromkeys(known.options, 0) if isinstance(known, Choice) else {})
            measures[name], found[name] = measure, {number: nobody + own for number, own in tally.items()}
    return measures, {name: tally for name, tally in found.items() if name in measures}


def _contributes(program: Program) -> ColumnElement[bool]:
    """Whether a person is none of those who see the figures."""
    lead = aliased(Participation)
    leads = select(lead.person_id).where(
        lead.program_id == program.id, lead.role == "lead", lead.left_at.is_(None), lead.person_id == Person.id
    )
    told = Sponsor.program_id == program.id, Sponsor.person_id == Person.id, Sponsor.stands
    return and_(~Person.is_administrator, ~leads.exists(), ~select(Sponsor.id).where(*told).exists())


def _objectives(program: Program) -> Tally:
    """How many mentees set an objective of each category, and how many set any."""
    chosen = (
        select(Person.organization_id, Objective.mentee_id, Objective.category)
        .join(Person, Objective.mentee_id == Person.id)
        .join(Relationship, Objective.relationship_id == Relationship.id)
        .where(Relationship.program_id == program.id, _contributes(program))
        .group_by(Person.organization_id, Objective.mentee_id, Objective.category)
        .subquery()
    )
    counts = _people_by(program, chosen.c.organization_id, chosen.c.category, chosen.c.mentee_id)
    return {
        OBJECTIVES: {
            number: Numbers(own[""], {str(one): own.get(one, 0) for one in Category}) for number, own in counts.items()
        }
    }


def _people_by(
    program: Program, organization: ColumnElement[int | None], category: ColumnElement[str], person: ColumnElement[int]
) -> dict[int | None, dict[str, int]]:
    """How many people there are in each category and organization, and in any category, under ''."""
    each = select(organization, category, func.count()).group_by(organization, category)
    any_ = select(organization, literal(""), func.count(distinct(person))).group_by(organization)
    counts: dict[int | None, dict[str, int]] = {}
    for number, name, people in program.session.execute(each.union_all(any_)):
        counts.setdefault(number, {})[name] = people
    return counts


def _concerns(program: Program) -> Tally:
    """How many people raised a concern of each kind, and how many any; of the program as a whole (rules C6)."""
    raised = (
        select(cast(null(), Integer).label("organization_id"), Concern.kind, Concern.raised_by_id)
        .join(Person, Concern.raised_by_id == Person.id)
        .join(Relationship, Concern.relationship_id == Relationship.id)
        .where(Relationship.program_id == program.id, Concern.stands, _contributes(program))
        .group_by(Concern.kind, Concern.raised_by_id)
        .subquery()
    )
    counts = _people_by(program, raised.c.organization_id, raised.c.kind, raised.c.raised_by_id)
    own = counts.get(None, {})
    return {CONCERNS: {None: Numbers(own.get("", 0), {str(one): own.get(one, 0) for one in ConcernKind})}}


def _surveys(program: Program) -> Tally:
    """How many people finished each survey that they were asked, and how many still have one to finish."""
    each = (
        select(Asked.name, Asked.person_id, Person.organization_id, func.count().label("asked"))
        .add_columns(func.count(Asked.finished_at).label("finished"))
        .join(Person, Asked.person_id == Person.id)
        .where(Asked.program_id == program.id, Asked.withdrawn_at.is_(None), _contributes(program))
        .where(Asked.asked_at.is_not(None) | Asked.finished_at.is_not(None))
        .group_by(Asked.name, Asked.person_id, Person.organization_id)
        .subquery()
    )
    done = func.count(case((each.c.finished == each.c.asked, 1)))
    query = select(each.c.name, each.c.organization_id, done, func.count() - done)
    found: Tally = {}
    for name, number, people, still in program.session.execute(query.group_by(each.c.name, each.c.organization_id)):
        found.setdefault(key(SURVEY, name), {})[number] = Numbers(people, {OPEN: still})
    return found


def _first(program: Program, *conditions: Any) -> Subquery:
    """The first answer of each person to each question on each occasion; words of one's own are left out."""
    first = (
        select(Asked.name, Asked.occasion, Asked.person_id, Person.organization_id)
        .add_columns(Response.question, Response.option, Response.number)
        .add_columns(
            func.row_number()
            .over(
                partition_by=(Asked.name, Asked.occasion, Response.question, Asked.person_id),
                order_by=(Asked.finished_at, Asked.id),
            )
            .label("turn")
        )
        .join(Response, Response.asked_id == Asked.id)
        .join(Person, Asked.person_id == Person.id)
        .where(Asked.program_id == program.id, Asked.finished_at.is_not(None), Asked.withdrawn_at.is_(None))
        .where(Response.words.is_(None), _contributes(program), *conditions)
        .subquery()
    )
    return select(first).where(first.c.turn == 1).subquery()


def _answers(program: Program) -> Tally:
    """The answers to each question of each instrument on each occasion."""
    first = _first(program)
    apart: list[Any] = [first.c[name] for name in ("name", "question", "occasion", "organization_id", "option")]
    query: Select[Any] = select(*apart, func.count(), func.coalesce(func.sum(first.c.number), 0)).group_by(*apart)
    found: Tally = {}
    for name, question, occasion, number, option, people, total in program.session.execute(query):
        tally = found.setdefault(key(ANSWER, name, question, occasion), {})
        counts = {} if option is None else {option: people}
        tally[number] = tally.get(number, Numbers()) + Numbers(people, counts, int(total))
    return found


def _changes(program: Program, role: Role) -> Tally:
    """How many answered a question higher at the end than at the start, the same, or lower; and by how much in all."""
    questions = [one.name for one in paired_questions(program, role)]
    if not questions:
        return {}
    start, end = PAIRS[role]
    first = _first(program, Asked.name.in_((start, end)), Response.question.in_(questions))
    before, after = (func.max(case((first.c.name == name, first.c.number))) for name in (start, end))
    pairs = (
        select(first.c.question, first.c.organization_id, (after - before).label("rise"))
        .group_by(first.c.person_id, first.c.question, first.c.organization_id)
        .having(before.is_not(None), after.is_not(None))
        .subquery()
    )
    rise = pairs.c.rise
    way = case((rise > 0, ROSE), (rise < 0, FELL), else_=STAYED)
    query = select(pairs.c.question, pairs.c.organization_id, way, func.count(), func.sum(rise)).group_by(
        pairs.c.question, pairs.c.organization_id, way
    )
    found: Tally = {}
    for question, number, moved, people, total in program.session.execute(query):
        tally = found.setdefault(key(CHANGE, role, question), {})
        tally[number] = tally.get(number, NO_CHANGE) + Numbers(people, {moved: people}, int(total))
    return found
