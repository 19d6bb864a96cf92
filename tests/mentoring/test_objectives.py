"""Objectives, tasks and notes: who may do what to them, what becomes of them, and how far they are."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mentorly.mentoring.base import Refused
from mentorly.mentoring.counts import tasks_in
from mentorly.mentoring.notes import Note, notes_of
from mentorly.mentoring.objectives import TITLE_LENGTH, Category, Ending, Horizon, Objective, Plan, mentees_for
from mentorly.mentoring.own_objectives import OwnObjectives, note_of, objective_of, task_of
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import part
from mentorly.mentoring.progress import Progress
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.starting import starting_sentence, starting_sentences
from mentorly.mentoring.tasks import Task
from tests.cast import Cast, cast_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FRIDAY = date(2027, 3, 12)


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


@pytest.fixture
def together(cast: Cast, now: datetime) -> Relationship:
    return cast.propose(now).accept(cast.alice, now)


@pytest.fixture
def objective(cast: Cast, together: Relationship, now: datetime) -> Objective:
    return Objective.open(together, cast.bob, Plan("A wider network", Category.NETWORKING), cast.bob, now)


@pytest.fixture
def task(cast: Cast, objective: Objective, now: datetime) -> Task:
    """Alice gives it to Bob, who is to do it by Friday of next week."""
    return Task.add(objective, "Call three people", FRIDAY, cast.bob, cast.alice, now)


def test_an_objective_keeps_its_plan_and_what_became_of_it(cast: Cast, together: Relationship, now: datetime) -> None:
    plan = Plan("  A wider   network ", Category.NETWORKING, Horizon.LONG, "Work", "Time", "Shyness", "Ten people\n")
    one = Objective.open(together, cast.bob, plan, cast.alice, now)
    assert one.plan == plan._replace(title="A wider network", success="Ten people")
    one.change(plan._replace(title="Ten people"), cast.bob, now)
    one.close(Ending.REACHED, cast.alice, now + DAY)
    assert (one.title, one.is_open, one.ending, one.closed_by, one.revision) == (
        "Ten people", False, "reached", cast.alice, 2,
    )  # fmt: skip
    with pytest.raises(Refused, match="closed already"):
        one.close(Ending.DROPPED, cast.bob, now)
    with pytest.raises(Refused, match="Open it again first"):
        one.change(plan, cast.bob, now)
    one.reopen(cast.bob, now + 2 * DAY)
    assert (one.is_open, one.ending) == (True, "")


def test_three_objectives_are_open_at_once_at_most(cast: Cast, together: Relationship, now: datetime) -> None:
    first, *_ = [Objective.open(together, cast.bob, Plan(title), cast.bob, now) for title in ("One", "Two", "Three")]
    with pytest.raises(Refused, match="Three objectives are open already"):
        Objective.open(together, cast.bob, Plan("Four"), cast.alice, now)
    first.close(Ending.DROPPED, cast.bob, now)
    assert Objective.open(together, cast.bob, Plan("Four"), cast.alice, now).number == 4
    with pytest.raises(Refused, match="Three objectives"):
        first.reopen(cast.bob, now)


def test_what_is_sent_twice_by_a_double_press_is_kept_once(cast: Cast, together: Relationship, now: datetime) -> None:
    bob = cast.bob
    one, again = (Objective.open(together, bob, Plan(" One ", why="Work"), bob, now) for _ in range(2))
    assert one is again
    assert Objective.open(together, bob, Plan("One"), bob, now) is not one
    task, again = (Task.add(one, "Call Mia ", FRIDAY, bob, cast.alice, now) for _ in range(2))
    assert task is again
    task.finish(bob, now)
    assert Task.add(one, "Call Mia", FRIDAY, bob, cast.alice, now) is not task, "said anew once it is done"
    note, again = (Note.write(together, bob, "A note", bob, now, is_shared=False) for _ in range(2))
    assert note is again
    assert Note.write(together, bob, "A note", bob, now, is_shared=True) is not note


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda cast, one, now: one.change(Plan("x"), cast.carol, now), "a mentee and their mentors"),
        (lambda cast, one, now: one.change(Plan(" "), cast.bob, now), "needs a title"),
        (lambda cast, one, now: one.change(Plan("x" * 201), cast.bob, now), "at most 200 characters"),
        (lambda cast, one, now: Task.add(one, "x", FRIDAY, cast.bob, cast.dave, now), "a mentee and their mentors"),
        (
            lambda cast, one, now: Task.add(one, "x", FRIDAY, cast.carol, cast.bob, now),
            "the mentee or one of the mentors",
        ),
        (lambda cast, one, now: Task.add(one, " ", FRIDAY, cast.bob, cast.bob, now), "a few words"),
        (lambda cast, one, now: Task.add(one, "x", date(2027, 2, 28), cast.bob, cast.bob, now), "today or later"),
        (lambda cast, one, now: Task.add(one, "x", date(2028, 1, 1), cast.bob, cast.bob, now), "ends on 2027-09-01"),
    ],
)
def test_what_is_not_possible_is_refused_with_a_sentence(
    cast: Cast,
    objective: Objective,
    now: datetime,
    change: Callable[[Cast, Objective, datetime], object],
    sentence: str,
) -> None:
    with pytest.raises(Refused, match=sentence):
        change(cast, objective, now)


def test_only_its_owner_finishes_a_task_and_takes_that_back(cast: Cast, task: Task, now: datetime) -> None:
    with pytest.raises(Refused, match="Only Bob Tremblay says whether this task is done"):
        task.finish(cast.alice, now)
    task.finish(cast.bob, now + HOUR)
    task.finish(cast.bob, now + 2 * HOUR)
    assert (task.done_at, task.revision) == (now + HOUR, 1), "said twice, it is done since the first time"
    with pytest.raises(Refused, match="so it stays"):
        task.remove(cast.alice, now)
    with pytest.raises(Refused, match="Take that back before"):
        task.change("x", FRIDAY, cast.bob, cast.alice, now)
    task.unfinish(cast.bob, now + 3 * HOUR)
    assert task.is_open
    task.remove(cast.alice, now)
    with pytest.raises(Refused, match="has been removed"):
        task.finish(cast.bob, now)
    task.put_back(cast.alice, now)
    task.finish(cast.bob, now)


def test_who_is_given_a_task_or_another_day_by_another_is_to_hear_of_it(
    cast: Cast, objective: Objective, task: Task, now: datetime
) -> None:
    assert (task.given_at, task.given_by, task.is_changed) == (now, cast.alice, False)
    own = Task.add(objective, "Write to Luc", FRIDAY, cast.bob, cast.bob, now)
    assert (own.given_at, own.number) == (None, 2)
    task.change("Call four people", FRIDAY, cast.bob, cast.alice, now + HOUR)
    assert task.given_at == now, "other words alone are no news"
    task.change("Call four people", FRIDAY + DAY, cast.bob, cast.alice, now + HOUR)
    assert (task.given_at, task.is_changed) == (now + HOUR, True)
    own.change("Write to Luc", FRIDAY, cast.alice, cast.bob, now + HOUR)
    assert (own.given_at, own.given_by) == (now + HOUR, cast.bob)


def test_a_task_is_announced_again_only_if_that_morning_is_to_come(
    cast: Cast, objective: Objective, task: Task, now: datetime
) -> None:
    assert task.reminds_on == FRIDAY
    near = Task.add(objective, "Soon", date(2027, 3, 3), cast.bob, cast.alice, now)
    assert near.reminds_on is None, "two working days before is this morning, which is over"
    assert Task.add(objective, "Later", date(2027, 3, 4), cast.bob, cast.alice, now).reminds_on == date(2027, 3, 4)


def test_remarks_are_said_by_either_and_taken_back_by_their_author(cast: Cast, task: Task, now: datetime) -> None:
    first = task.remark(cast.bob, "I called one", now)
    assert task.remark(cast.bob, " I called one ", now) is first, "a form that is sent twice says it once"
    task.remark(cast.alice, "Well done", now)
    with pytest.raises(Refused, match="Only Bob Tremblay takes this back"):
        first.take_back(cast.alice, now)
    task.unsay(cast.bob, 0, now)
    assert (first.words, [one.words for one in task.said]) == ("", ["Well done"])
    with pytest.raises(Refused, match="nothing to take back"):
        task.unsay(cast.bob, 0, now)


def test_after_the_end_nothing_new_begins_and_what_was_asked_is_answered_for_thirty_days(
    cast: Cast, together: Relationship, objective: Objective, task: Task, now: datetime
) -> None:
    part(together, cast.carol, now)
    for begin in (
        lambda: Objective.open(together, cast.bob, Plan("x"), cast.bob, now),
        lambda: Task.add(objective, "x", FRIDAY, cast.bob, cast.alice, now),
        lambda: task.change("x", FRIDAY, cast.bob, cast.alice, now),
        lambda: Note.write(together, cast.bob, "x", cast.bob, now, is_shared=False),
    ):
        with pytest.raises(Refused, match="has ended"):
            begin()
    task.finish(cast.bob, now + 29 * DAY)
    task.remark(cast.alice, "Well done", now + 29 * DAY)
    objective.close(Ending.REACHED, cast.bob, now + 29 * DAY)
    for late in (task.unfinish, task.finish):
        with pytest.raises(Refused, match="more than 30 days ago"):
            late(cast.bob, now + 30 * DAY)


def test_a_note_is_its_authors_until_it_is_shared(cast: Cast, together: Relationship, now: datetime) -> None:
    note = Note.write(together, cast.bob, "What I fear", cast.bob, now, is_shared=False)
    own, others = (cast.session.scalars(notes_of(one, together, cast.bob)).all() for one in (cast.bob, cast.alice))
    assert (own, others, note_of(cast.alice, note.id)) == ([note], [], None)
    with pytest.raises(Refused, match="Only Bob Tremblay changes"):
        note.change("x", cast.alice, now, is_shared=True)
    note.change("What I hope", cast.bob, now, is_shared=True)
    assert note_of(cast.alice, note.id) is note
    with pytest.raises(Refused, match="cannot be made private"):
        note.change("What I hope", cast.bob, now, is_shared=False)
    note.remove(cast.bob, now)
    assert cast.session.scalars(notes_of(cast.bob, together, cast.bob)).all() == []


def test_in_a_group_they_belong_to_one_mentee_and_are_seen_by_that_one_and_the_mentors(
    session: Session, now: datetime
) -> None:
    cast = cast_of(session, now, kind="group")
    together = cast.propose(now).accept(cast.alice, now)
    other = Person.register(session, "finn@boreal.example.org", "Finn Roy", now, by=None, organization=cast.boreal)
    Participation.join(other, cast.program, "mentee", now, by=None)
    propose_match(session, cast.program, cast.alice, other, now, by=cast.carol).accept(cast.alice, now)
    session.commit()
    session.refresh(together)
    one = Objective.open(together, cast.bob, Plan("A wider network"), cast.alice, now)
    task = Task.add(one, "Call three people", FRIDAY, cast.bob, cast.alice, now)
    note = Note.write(together, cast.bob, "Well begun", cast.alice, now, is_shared=True)
    assert mentees_for(cast.alice, together) == [cast.bob, other]
    assert mentees_for(other, together) == [other]
    for person, sees in ((cast.alice, True), (cast.bob, True), (other, False), (cast.carol, False), (cast.dave, False)):
        found = (objective_of(person, one.id), task_of(person, task.id), note_of(person, note.id))
        assert [bool(thing) for thing in found] == [sees] * 3, person.name
    with pytest.raises(Refused, match="a mentee and their mentors"):
        task.remark(other, "x", now)
    mine = Objective.open(together, other, Plan("Speak up"), other, now)
    assert (mine.number, Task.add(mine, "x", FRIDAY, other, other, now).number) == (1, 1), "numbers are a mentee's own"


def test_progress_is_the_share_of_tasks_that_are_complete(
    cast: Cast, together: Relationship, objective: Objective, task: Task, now: datetime, engine: Engine,
    count_queries: Callable[[Engine], object],
) -> None:  # fmt: skip
    second, third, gone = (Task.add(objective, words, FRIDAY, cast.bob, cast.bob, now) for words in "abc")
    task.finish(cast.bob, now)
    gone.remove(cast.bob, now)
    other = Objective.open(together, cast.bob, Plan("Other"), cast.bob, now)
    left = Task.add(other, "x", FRIDAY, cast.alice, cast.bob, now)
    cast.session.flush()
    own = OwnObjectives.of(together, cast.bob)
    assert (own.progress(objective), own.progress(objective).share) == (Progress(1, 2), 33)
    assert (own.overall, tasks_in(cast.session, [together.id])) == (Progress(1, 3), {together.id: Progress(1, 3)})
    other.close(Ending.DROPPED, cast.bob, now)
    cast.session.flush()
    own = OwnObjectives.of(together, cast.bob)
    assert (own.overall, tasks_in(cast.session, [together.id])) == (Progress(1, 2), {together.id: Progress(1, 2)})
    assert (own.open, own.closed, own.tasks_of(objective)[:2], own.tasks_of(other)) == (
        [objective], [other], [second, third], [left],
    )  # fmt: skip
    assert Progress().share == 0
    with count_queries(engine) as queries:  # type: ignore[attr-defined]
        assert len(tasks_in(cast.session, [together.id, *range(100, 199)])) == 100
    assert len(queries) == 1


def test_each_category_offers_sentences_to_begin_with_in_both_languages() -> None:
    for category, sentences in starting_sentences().items():
        assert len(sentences) >= 3, category
        assert all(len(words) <= TITLE_LENGTH for one in sentences for words in one.values())
        assert {tuple(one) for one in sentences} == {("en", "fr")}
    assert set(starting_sentences()) == set(Category)
    assert starting_sentence("leadership", "1", "fr").startswith("Me faire connaître")
    assert starting_sentence("leadership", "9", "fr") == starting_sentence("x", "1", "en") == ""
