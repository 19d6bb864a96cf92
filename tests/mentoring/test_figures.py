"""Figures: each counts what its sentence says, on both databases, for a program and for an organization."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from mentorly.mentoring.asked import Asked, Response
from mentorly.mentoring.cells import unguarded
from mentorly.mentoring.concerns import Concern
from mentorly.mentoring.concerns import Kind as ConcernKind
from mentorly.mentoring.counts import tasks_in
from mentorly.mentoring.erasing import erase
from mentorly.mentoring.figure_files import figures_as_csv, relationships_as_csv
from mentorly.mentoring.figure_tables import Audience, Figure, Row, definitions
from mentorly.mentoring.figures import figures, release_figures, scopes
from mentorly.mentoring.instruments import Role
from mentorly.mentoring.monthly import MonthlyFigures
from mentorly.mentoring.objectives import Category, Objective, Plan
from mentorly.mentoring.organizations import Organization
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.program_instruments import InstrumentText
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.releases import Release
from mentorly.mentoring.sessions import SessionLog, Way
from mentorly.mentoring.tallies import paired_questions
from mentorly.mentoring.tasks import Task
from tests.cast import MONDAY, Cast, cast_of

DAY = timedelta(days=1)
LATER = MONDAY + 100 * DAY
DOC = Path(__file__).parents[2] / "docs" / "figures.md"


@pytest.fixture
def cast(session: Session) -> Cast:
    return cast_of(session)


def join(cast: Cast, name: str, role: str, organization: Organization) -> Person:
    person = Person.register(
        cast.session, f"{name.lower()}@example.org", f"{name} Many", MONDAY, by=None, organization=organization
    )
    Participation.join(person, cast.program, role, MONDAY, by=None)
    return person


def match(cast: Cast, mentor: Person, mentee: Person, days: int = 0) -> Relationship:
    at = MONDAY + days * DAY
    return propose_match(cast.session, cast.program, mentor, mentee, at, by=cast.dave).accept(mentor, at)


def met(together: Relationship, *days: int) -> None:
    mentor = together.mentors[0]
    for day in days:
        at = MONDAY + day * DAY
        SessionLog.add(together, mentor, Way.PHONE, at, 45, "", at + timedelta(hours=2))


def shown(cast: Cast, name: str, organization: Organization | None = None, days: int = 100) -> Figure:
    told = Audience.LEADS if organization else Audience.ADMINISTRATORS
    found = figures(cast.program, organization, told, MONDAY + days * DAY)
    return next(one for one in found if one.definition.name == name)


def numbers(figure: Figure) -> list[float | None]:
    return [row.numbers["number"] for row in figure.rows]


@pytest.fixture
def three(cast: Cast) -> list[Relationship]:
    """Alice and Bob meet at once and often; Frank and Eve once, late, and part; Mia and Noah not yet."""
    frank, mia = join(cast, "Frank", "mentor", cast.prairie), join(cast, "Mia", "mentor", cast.boreal)
    noah = join(cast, "Noah", "mentee", cast.boreal)
    first, second, third = (
        match(cast, cast.alice, cast.bob),
        match(cast, frank, cast.eve, 10),
        match(cast, mia, noah, 95),
    )
    met(first, 3, 40, 70)
    met(second, 60)
    second.end(cast.dave, MONDAY + 80 * DAY)
    cast.session.flush()
    return [first, second, third]


def test_relationships_people_and_matches_are_counted_by_state(cast: Cast, three: list[Relationship]) -> None:
    assert len(three) == 3
    assert numbers(shown(cast, "relationships")) == [2, 0, 1]
    assert numbers(shown(cast, "relationships", cast.boreal)) == [2, 0, 0]
    assert numbers(shown(cast, "people")) == [2, 1, 0, 0, 2, 1, 0, 0]
    assert numbers(shown(cast, "people", cast.prairie)) == [0, 1, 0, 0, 0, 1, 0, 0]
    assert numbers(shown(cast, "first_meeting")) == [1, 1, 0, 1]
    assert numbers(shown(cast, "first_meeting", days=120)) == [1, 1, 1, 0]
    assert numbers(shown(cast, "matches")) == [1, 1, 1]
    assert numbers(shown(cast, "time_to_match", cast.boreal)) == [1, 0, 0, 1, 0]
    assert numbers(shown(cast, "time_to_match")) == [1, 1, 0, 1, 0]


def test_meetings_are_counted_by_the_months_of_the_programs_zone_beside_the_plan(
    cast: Cast, three: list[Relationship]
) -> None:
    assert three
    by_month = {row.day: (row.numbers["held"], row.numbers["plan"]) for row in shown(cast, "meetings").rows}
    assert by_month == {
        date(2027, 3, 1): (1, 2), date(2027, 4, 1): (2, 2), date(2027, 5, 1): (1, 2), date(2027, 6, 1): (0, 2),
    }  # fmt: skip
    three[0].session.execute(update(SessionLog).values(began_at=MONDAY + 31 * DAY - timedelta(hours=11)))
    march = shown(cast, "meetings").rows[0]
    assert march.numbers["held"] == 0, "four in the morning of April 1 in UTC is midnight in Toronto"


def test_tasks_are_those_of_the_relationships(cast: Cast, three: list[Relationship]) -> None:
    objective = Objective.open(three[0], cast.bob, Plan("A title", Category.SKILLS), cast.bob, MONDAY)
    made = [Task.add(objective, words, date(2027, 4, 1), cast.bob, cast.bob, MONDAY) for words in ("A", "B", "C")]
    made[0].finish(cast.bob, MONDAY)
    cast.session.flush()
    known = tasks_in(cast.session, [one.id for one in three])
    assert numbers(shown(cast, "tasks")) == [1, 2]
    assert (known[three[0].id].done, known[three[0].id].left) == (1, 2)
    assert numbers(shown(cast, "tasks", cast.prairie)) == [0, 0]


def test_mentors_who_came_back_are_the_whole_programs(cast: Cast, three: list[Relationship]) -> None:
    three[0].end(cast.dave, MONDAY + 90 * DAY, early=False)
    cast.session.flush()
    match(cast, cast.alice, join(cast, "Zoe", "mentee", cast.boreal), 95)
    Participation.join(cast.eve, cast.program, "mentor", LATER, by=None)
    match(cast, cast.eve, join(cast, "Yann", "mentee", cast.boreal), 95)
    figure = shown(cast, "repeat", cast.prairie)
    assert figure.is_whole
    assert numbers(figure) == [1, 1, 4]


def crowd(cast: Cast, organization: Organization, categories: str, name: str) -> None:
    """As many mentees as letters, each with an objective: a: skills, b: leadership."""
    mentor = join(cast, f"{name}r", "mentor", organization)
    for at, letter in enumerate(categories):
        mentee = join(cast, f"{name}e{at}", "mentee", organization)
        together = Relationship.begin(cast.program, mentor, mentee, MONDAY)
        category = {"a": Category.SKILLS, "b": Category.LEADERSHIP}[letter]
        Objective.open(together, mentee, Plan("A title", category), mentee, MONDAY)
    cast.session.flush()


def test_objectives_are_released_of_organizations_that_are_large_and_else_of_the_program(cast: Cast) -> None:
    crowd(cast, cast.boreal, "a" * 14 + "b" * 10, "large")
    crowd(cast, cast.prairie, "aabb", "small")
    assert not shown(cast, "objectives").is_told, "nobody can ask for it"
    assert release_figures(cast.program, LATER)
    own, program, prairie = (shown(cast, "objectives", one) for one in (cast.boreal, None, cast.prairie))
    assert numbers(own) == [None, 10, None, 14, None]
    assert numbers(program) == numbers(own), "what is told of no group adds nothing"
    assert prairie.is_whole
    assert not own.is_whole
    crowd(cast, cast.boreal, "abab", "four")
    assert release_figures(cast.program, LATER) == 0
    assert release_figures(cast.program, LATER + 31 * DAY) == 0
    crowd(cast, cast.boreal, "aaabbb", "six")
    assert release_figures(cast.program, LATER + 62 * DAY)
    assert numbers(shown(cast, "objectives", cast.boreal)) == [None, 15, None, 19, None]


def test_below_twenty_people_shares_stand_in_the_place_of_counts(cast: Cast) -> None:
    crowd(cast, cast.boreal, "a" * 5 + "b" * 5, "ten")
    release_figures(cast.program, LATER)
    row = shown(cast, "objectives").rows[1]
    assert (row.numbers["number"], row.is_share, row.people) == (50, True, 10)


def test_what_is_erased_later_changes_no_release(cast: Cast) -> None:
    crowd(cast, cast.boreal, "a" * 14 + "b" * 10, "large")
    release_figures(cast.program, LATER)
    before = numbers(shown(cast, "objectives"))
    cast.session.execute(update(Objective).values(category=Category.OTHER))
    assert numbers(shown(cast, "objectives")) == before
    assert release_figures(cast.program, LATER + 31 * DAY) == 0
    assert numbers(shown(cast, "objectives")) == before


def test_erasing_somebody_takes_nothing_from_what_was_counted(cast: Cast, three: list[Relationship]) -> None:
    names = ("meetings", "tasks", "relationships", "first_meeting", "matches", "time_to_match")
    objective = Objective.open(three[0], cast.bob, Plan("A title", Category.SKILLS), cast.bob, MONDAY)
    Task.add(objective, "Read", date(2027, 3, 20), cast.bob, cast.bob, MONDAY).finish(cast.bob, MONDAY)
    three[0].end(cast.dave, MONDAY + 90 * DAY)
    before = [[row.numbers for row in shown(cast, name).rows] for name in names]
    for person in (cast.bob, cast.eve):
        erase(person, cast.dave, MONDAY + 100 * DAY)
    assert [[row.numbers for row in shown(cast, name).rows] for name in names] == before
    assert sum(filter(None, numbers(shown(cast, "people")))) == 6, "who was erased has left, and is counted so"


def test_who_sees_figures_contributes_to_none(cast: Cast) -> None:
    crowd(cast, cast.boreal, "a" * 5 + "b" * 5, "ten")
    for person in cast.session.scalars(select(Person).where(Person.name.like("tene9%"))):
        Participation.join(person, cast.program, "lead", MONDAY, by=None)
    release_figures(cast.program, LATER)
    assert not shown(cast, "objectives").is_told


def concerned(cast: Cast, kinds: str) -> None:
    """As many mentees as letters raise a concern each: s: of scheduling; c: of conduct."""
    mentor = join(cast, f"Over{len(kinds)}", "mentor", cast.boreal)
    for at, letter in enumerate(kinds):
        mentee = join(cast, f"Of{len(kinds)}n{at}", "mentee", (cast.boreal, cast.prairie)[at % 2])
        together = Relationship.begin(cast.program, mentor, mentee, MONDAY)
        kind = {"s": ConcernKind.SCHEDULING, "c": ConcernKind.CONDUCT}[letter]
        Concern.raise_one(together, kind, "", mentee, MONDAY)
    cast.session.flush()


def test_concerns_are_told_by_kind_to_administrators_alone_and_of_the_program_as_a_whole(cast: Cast) -> None:
    concerned(cast, "s" * 12 + "c" * 9)
    assert not shown(cast, "concerns").is_told
    release_figures(cast.program, LATER)
    assert numbers(shown(cast, "concerns")) == [None, 12, None, 9, None, None]
    for told, organization in ((Audience.LEADS, cast.boreal), (Audience.SPONSORS, None)):
        names = {one.definition.name for one in figures(cast.program, organization, told, LATER)}
        assert names == definitions().keys() - {"concerns"}


@pytest.mark.parametrize(
    ("name", "counted", "told"),
    [
        ("relationships", [12, 9, 3], [12, None, None]),
        ("first_meeting", [16, 0, 1, 7], [16, 0, None, None]),
        ("first_meeting", [16, 8, 0, 0], [16, 8, 0, 0]),
        ("matches", [24, 0, 2], [None, 0, None]),
        ("tasks", [41, 3], [41, None]),
    ],
)
def test_sponsors_cannot_have_a_small_number_by_taking_the_others_from_the_total_of_another_figure(
    name: str, counted: list[int], told: list[int | None]
) -> None:
    definition = definitions()[name]
    made = Figure(
        definition, [Row(label, {"number": one}) for label, one in zip(definition.rows.values(), counted, strict=True)]
    )
    assert numbers(made.for_outside()) == told


def test_of_few_who_raised_a_concern_nothing_is_told(cast: Cast) -> None:
    concerned(cast, "ssss")
    release_figures(cast.program, LATER)
    assert not shown(cast, "concerns").is_told
    concerned(cast, "sssssc")
    release_figures(cast.program, LATER + 31 * DAY)
    assert not shown(cast, "concerns").is_told, "all but one are of one kind"


def test_a_concern_that_was_taken_back_is_none(cast: Cast) -> None:
    concerned(cast, "s" * 12 + "c" * 9)
    one = cast.session.scalars(select(Concern).where(Concern.kind == ConcernKind.CONDUCT)).first()
    assert one
    one.withdraw(one.raised_by, MONDAY)
    release_figures(cast.program, LATER)
    assert numbers(shown(cast, "concerns")) == [None, 12, None, 8, None, None]


def answer_twice(cast: Cast, moves: list[int]) -> None:
    """As many mentees as moves answer a question with 3 at the start, and so much more at the end."""
    session = cast.session
    question = next(one.name for one in paired_questions(cast.program, Role.MENTEE) if one.name == "own_skills")
    for name, steps in (("mentee_baseline", [0] * len(moves)), ("mentee_end", moves)):
        text_id = InstrumentText.shipped(session, MONDAY)[name].id
        for at, step in enumerate(steps):
            person = Person.of_address(session, f"pair{at}@example.org") or join(
                cast, f"Pair{at}", "mentee", cast.boreal
            )
            one = Asked(
                program_id=cast.program.id, person=person, name=name, text_id=text_id, reminds=(),
                occasion="match" if name == "mentee_baseline" else "end", asked_at=MONDAY, finished_at=MONDAY,
            )  # fmt: skip
            one.responses = [Response(question=question, number=3 + step)]
            if name == "mentee_end":
                one.responses.append(Response(question="would_recommend", number=7 + at % 3))
            session.add(one)
    session.flush()


def test_paired_change_is_told_in_words_that_a_lay_reader_understands(cast: Cast) -> None:
    answer_twice(cast, [1] * 12 + [2] + [0] * 5 + [-1] * 2)
    release_figures(cast.program, LATER)
    row = next(row for row in shown(cast, "change").rows if row.is_told)
    assert row.said["en"] == "Of 20 pairs, 13 rose, 5 stayed and 2 fell; on average +0.6 of 5 steps"
    assert row.said["fr"].endswith("en moyenne +0,6 sur 5 degrés")
    recommend = shown(cast, "recommend").rows[0]
    assert recommend.numbers == {"mean": 8.0, "answers": 20}


def test_of_few_pairs_shares_are_told_and_the_average_is_rounded_to_halves(cast: Cast) -> None:
    answer_twice(cast, [1] * 5 + [0] * 3 + [-1] * 2)
    release_figures(cast.program, LATER)
    row = next(row for row in shown(cast, "change").rows if row.is_told)
    assert row.said["en"] == "Of 10 pairs, 50% rose, 30% stayed and 20% fell; on average +0.5 of 5 steps"


def test_that_a_survey_was_answered_is_told_of_five_people_and_five_who_have_not(cast: Cast) -> None:
    answer_twice(cast, [1] * 24)
    open_ = select(Asked.id).where(Asked.name == "mentee_end").limit(4)
    session = cast.session
    session.execute(update(Asked).where(Asked.id.in_(session.scalars(open_).all())).values(finished_at=None))
    release_figures(cast.program, LATER)
    told = {row.label["en"]: row.numbers for row in shown(cast, "surveys").rows if row.is_told}
    assert told == {}, "all but four have answered one, and all the other"
    session.execute(update(Asked).where(Asked.name == "mentee_end", Asked.id % 3 == 0).values(finished_at=None))
    release_figures(cast.program, LATER + 31 * DAY)
    (row,) = (row for row in shown(cast, "surveys").rows if row.is_told)
    assert row.numbers["due"] == 24


def test_a_lead_is_shown_the_own_organizations_and_an_administrator_the_program(cast: Cast) -> None:
    assert scopes(cast.dave, cast.program) == [None]
    assert scopes(cast.carol, cast.program) == [cast.boreal]
    assert scopes(cast.alice, cast.program) == []


def test_a_file_of_figures_explains_each_number_and_comes_back_as_it_went(
    cast: Cast, three: list[Relationship]
) -> None:
    assert three
    cast.boreal.name = "=1+1"
    cast.alice.name = "@Alice"
    for text in (
        figures_as_csv(figures(cast.program, cast.boreal, Audience.LEADS, LATER), "en"),
        relationships_as_csv(cast.program, cast.carol, "fr", LATER),
    ):
        lines = list(csv.reader(io.StringIO(text, newline="")))
        assert not [cell for line in lines for cell in line if cell.startswith(("=", "@", "\t", "\r"))]
        again = io.StringIO()
        csv.writer(again, lineterminator="\r\n").writerows(lines)
        assert again.getvalue() == text
        assert len({len(line) for line in lines}) == 1
    assert [unguarded(line[0]) for line in lines] == ["mentors", "Mia Many", "@Alice"]
    sentences = {one.counts["en"] for one in definitions().values()}
    (head, *rows) = csv.reader(
        io.StringIO(figures_as_csv(figures(cast.program, None, Audience.ADMINISTRATORS, LATER), "en"))
    )
    assert head[-1] == "what it counts"
    assert {row[-1] for row in rows} == sentences


def test_a_mentors_lead_gets_the_existence_dates_and_meetings_held_alone(cast: Cast, three: list[Relationship]) -> None:
    """Rules C3: Grace leads the mentor's organization, Carol that of the mentee."""
    assert three
    grace = join(cast, "Grace", "lead", cast.prairie)
    match(cast, cast.session.scalars(select(Person).where(Person.name == "Frank Many")).one(),
          join(cast, "Ute", "mentee", cast.boreal), 20)  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(relationships_as_csv(cast.program, grace, "en", LATER))))
    other = next(row for row in rows if row["mentees"] == "Ute Many")
    assert [name for name, value in other.items() if not value] == [
        "first meeting", "meetings upcoming", "tasks complete", "tasks incomplete",
    ]  # fmt: skip
    assert len(rows) == 2


def test_questions_do_not_grow_with_people(
    cast: Cast, engine: Engine, count_queries: Callable[[Engine], AbstractContextManager[list[str]]]
) -> None:
    counts = []
    for name, many in (("few", "ab"), ("many", "ab" * 8)):
        crowd(cast, cast.boreal, many, name)
        cast.session.commit()
        with count_queries(engine) as queries:
            figures(cast.program, cast.boreal, Audience.LEADS, LATER)
        with count_queries(engine) as releasing:
            release_figures(cast.program, LATER + len(counts) * 31 * DAY)
        counts.append((len(queries), len([one for one in releasing.statements if one.startswith("SELECT")])))  # type: ignore[attr-defined]
    assert counts[0][0] == counts[1][0] <= 16
    assert counts[0][1] == counts[1][1]


def test_next_months_figures_are_prepared_once_for_those_to_whom_there_is_something_to_tell(
    cast: Cast, session: Session
) -> None:
    MonthlyFigures.prepare(session, MONDAY)
    assert session.scalars(select(MonthlyFigures)).all() == []
    match(cast, cast.alice, cast.bob)
    join(cast, "Grace", "lead", cast.prairie)
    for _ in range(2):
        MonthlyFigures.prepare(session, MONDAY + DAY)
    told = {(one.person.first_name, one.month) for one in session.scalars(select(MonthlyFigures))}
    assert told == {("Carol", date(2027, 4, 1)), ("Dave", date(2027, 4, 1))}


def test_no_release_keeps_a_person(cast: Cast) -> None:
    crowd(cast, cast.boreal, "a" * 14 + "b" * 10, "large")
    release_figures(cast.program, LATER)
    assert not [column.name for column in Release.__table__.columns if "person" in column.name]


def test_the_docs_say_of_each_figure_what_it_counts() -> None:
    text = " ".join(DOC.read_text("utf-8").split())
    for one in definitions().values():
        assert f"**{one.title['en']}.** {one.counts['en']}" in text
