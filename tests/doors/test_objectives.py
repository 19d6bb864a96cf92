"""The pages of objectives: opened, worked on and closed by a mentee and the mentors, and by nobody else."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from mentorly.extensions import db
from mentorly.mentoring.notes import Note
from mentorly.mentoring.objectives import Category, Horizon, Objective, Plan
from mentorly.mentoring.people import Person
from mentorly.mentoring.planning import part
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.tasks import Task
from tests.cast import Cast
from tests.doors.conftest import Browser, words
from tests.doors.test_meetings import Open, browser_of, together

__all__ = ["browser_of", "together"]
DAY = timedelta(days=1)


@pytest.fixture
def due() -> date:
    """A day in a week."""
    return (datetime.now(UTC) + 7 * DAY).date()


@pytest.fixture
def objective(cast: Cast, together: Relationship) -> Objective:
    """Bob's."""
    plan = Plan("A wider network", Category.NETWORKING, why="To find work")
    one = Objective.open(together, cast.bob, plan, cast.bob, datetime.now(UTC))
    cast.session.commit()
    return one


@pytest.fixture
def task(cast: Cast, objective: Objective, due: date) -> Task:
    """Alice gave it to Bob."""
    task = Task.add(objective, "Call three people", due, cast.bob, cast.alice, datetime.now(UTC))
    cast.session.commit()
    return task


def test_words_that_nobody_can_take_are_given_back_and_a_password_never_is(
    browser_of: Open, cast: Cast, task: Task
) -> None:
    """The session has ended, the task was removed meanwhile, or the form was open for too long."""
    bob = browser_of(cast.bob)
    page = bob.get(f"/task/{task.id}").text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    said = {"csrf_token": found[1], "remark": "I called <b>Mia</b> today"}
    task.remove(cast.alice, datetime.now(UTC))
    cast.session.commit()
    token = said.pop("csrf_token")
    for form, status in (({**said, "csrf_token": token}, 404), (said, 400)):
        answer = bob.client.post(f"/task/{task.id}/remark", data=form)
        assert answer.status_code == status
        assert "Here it is, so that you can copy it: I called <b>Mia</b> today" in words(answer)
    bob.fill("/home", "/sign-out")
    out = bob.client.post(f"/task/{task.id}/remark", data={**said, "csrf_token": signed_out_token(bob)})
    assert (out.status_code, "I called <b>Mia</b> today" in words(out)) == (401, True)
    secret = bob.client.post("/sign-in", data={"email": "b@x.example.org", "password": "a horse in the rain"})
    assert (secret.status_code, "horse" in secret.text) == (400, False)


def signed_out_token(browser: Browser) -> str:
    """What the form of a page carries that anybody may open."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/sign-in").text)
    assert found
    return found[1]


def fresh(cast: Cast, thing: Objective | Task | Note) -> None:
    """The thing as it is now; nothing is left being read."""
    cast.session.refresh(thing)
    cast.session.commit()


def test_an_objective_is_opened_given_a_task_and_done(
    browser_of: Open, cast: Cast, together: Relationship, due: date
) -> None:
    alice, bob = browser_of(cast.alice), browser_of(cast.bob)
    overview = f"/objectives/{together.id}"
    assert overview in bob.get("/home").text
    assert overview in bob.get(f"/meetings/{together.id}").text
    page = bob.get(f"{overview}/open?start=networking-1")
    assert "You and Alice Gagnon see this." in words(page)
    assert (
        "Know ten people in my field whom I can call with a question"
        in page.text.partition('<form method="post" class')[2]
    )
    answer = bob.fill(
        f"{overview}/open", title="A wider network", category="networking", horizon="long", why="To find work"
    )
    one = cast.session.scalars(select(Objective)).one()
    assert (answer.location, one.plan) == (
        f"/objective/{one.id}",
        Plan("A wider network", Category.NETWORKING, Horizon.LONG, "To find work"),
    )
    path = f"/objective/{one.id}"
    answer = alice.fill(
        path, f"{path}/task", words="Call three people", target_on=due.isoformat(), owner=str(cast.bob.id)
    )
    assert "Bob Tremblay hears of it by mail." in words(alice.get(answer.location))
    task = cast.session.scalars(select(Task)).one()
    assert (task.owner, task.target_on, task.given_by) == (cast.bob, due, cast.alice)
    page = bob.get(overview)
    assert "0 of 1 tasks done" in words(page)
    assert "Call three people" in words(page)
    assert bob.fill(overview, f"/task/{task.id}/done").status_code == 303
    assert '<progress max="1" value="1" aria-labelledby="overall">' in bob.get(overview).text
    assert f"/task/{task.id}/undo" not in alice.get(f"/task/{task.id}").text, "Bob alone takes it back"
    bob.fill(f"/task/{task.id}", f"/task/{task.id}/undo")
    fresh(cast, task)
    assert task.is_open
    bob.fill(f"/task/{task.id}", f"/task/{task.id}/remark", remark="I called one")
    assert "I called one" in words(alice.get(f"/task/{task.id}"))
    alice.fill(path, f"{path}/reach")
    assert "Reached or dropped A wider network reached" in words(bob.get(overview))
    bob.fill(path, f"{path}/reopen")
    fresh(cast, one)
    assert one.is_open


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    browser_of: Open, cast: Cast, together: Relationship, task: Task
) -> None:
    bob, path = browser_of(cast.bob), f"/objective/{task.objective_id}"
    answer = bob.fill(f"/objectives/{together.id}/open", why="To find work", category="networking")
    assert answer.status_code == 422
    assert '<p class="fault" id="q-title-fault">Please answer this question.</p>' in answer.text
    assert "To find work</textarea>" in answer.text
    assert 'value="networking" checked' in answer.text
    answer = bob.fill(path, f"{path}/task", words="Call Luc", target_on="2020-01-01")
    assert answer.status_code == 422
    assert '<p class="fault" id="q-target_on-fault">The day of a task is today or later.</p>' in answer.text
    assert "Call Luc</textarea>" in answer.text
    answer = bob.fill(f"/task/{task.id}", f"/task/{task.id}/change", words=" ", target_on=task.target_on.isoformat())
    assert (answer.status_code, "Please answer this question." in answer.text) == (422, True)
    answer = bob.fill(
        f"/objectives/{together.id}", f"/objectives/{together.id}/notes", note="x" * 5001, audience="shared"
    )
    assert answer.status_code == 422
    assert "x" * 5001 in answer.text
    assert 'value="shared" checked' in answer.text
    assert browser_of(cast.alice).fill(f"/task/{task.id}", f"/task/{task.id}/done").status_code == 422


def test_three_open_objectives_are_the_most(browser_of: Open, cast: Cast, together: Relationship) -> None:
    bob, path = browser_of(cast.bob), f"/objectives/{together.id}/open"
    page = bob.get(path)
    for title in ("One", "Two", "Three"):
        assert bob.fill(path, title=title, category="other", horizon="short").status_code == 303
    assert path not in bob.get(f"/objectives/{together.id}").text
    answer = bob.fill(path, title="Four", category="other", horizon="short")
    assert answer.status_code == 422
    assert "Three objectives are open already. Close one before you open another." in answer.text
    assert 'value="Four"' in answer.text
    assert page.status_code == 200


def test_a_private_note_is_seen_by_its_author_alone(browser_of: Open, cast: Cast, together: Relationship) -> None:
    alice, bob, path = browser_of(cast.alice), browser_of(cast.bob), f"/objectives/{together.id}"
    page = words(bob.get(path))
    assert "Only you see this" in page
    assert "You and Alice Gagnon see this" in page
    bob.fill(path, f"{path}/notes", note="What I fear")
    note = cast.session.scalars(select(Note)).one()
    assert not note.is_shared, "silence is private"
    assert "What I fear" in words(bob.get(path))
    assert "What I fear" not in words(alice.get(path))
    assert alice.get(f"/note/{note.id}").status_code == 404
    bob.fill(f"/note/{note.id}", f"/note/{note.id}/change", note="What I hope", audience="shared")
    assert "What I hope" in words(alice.get(path))
    assert alice.fill(f"/note/{note.id}", f"/note/{note.id}/remove").status_code == 422
    assert bob.fill(f"/note/{note.id}", f"/note/{note.id}/remove").status_code == 303
    assert cast.session.scalars(select(Note)).all() == []


def test_others_find_nothing_here(browser_of: Open, cast: Cast, together: Relationship, task: Task) -> None:
    note = Note.write(together, cast.bob, "Well begun", cast.alice, datetime.now(UTC), is_shared=True)
    cast.session.commit()
    paths = (f"/objectives/{together.id}", f"/objectives/{together.id}/open", f"/objective/{task.objective_id}")
    for person in (cast.carol, cast.dave, cast.eve):
        browser = browser_of(person)
        for path in (*paths, f"/task/{task.id}", f"/note/{note.id}"):
            assert browser.get(path).status_code == 404, (person.name, path)
        for path in (f"/task/{task.id}/done", f"/objective/{task.objective_id}/drop", f"/note/{note.id}/remove"):
            assert browser.fill("/home", path).status_code == 404, (person.name, path)
    assert browser_of(cast.bob).get(f"/objectives/{together.id}?whose={cast.alice.id}").status_code == 404
    assert browser_of().get(paths[0]).status_code == 303
    for number in (2**31, 10**30):
        assert browser_of(cast.bob).get(f"/task/{number}").status_code == 404


def test_in_a_group_the_mentor_chooses_whose(browser_of: Open, cast: Cast, together: Relationship, due: date) -> None:
    cast.program.most = cast.program.most + 5
    now = datetime.now(UTC)
    finn = Person.register(cast.session, "finn@boreal.example.org", "Finn Roy", now, by=None, organization=cast.boreal)
    together.join(finn, "mentee", now)
    cast.session.flush()
    theirs = Objective.open(together, finn, Plan("Speak up"), finn, now)
    cast.session.commit()
    alice, path = browser_of(cast.alice), f"/objectives/{together.id}"
    page = alice.get(f"{path}?whose={finn.id}")
    assert "Objectives of Finn Roy" in words(page)
    assert "Bob Tremblay" in words(page)
    alice.fill(f"{path}/open?whose={finn.id}", title="Ask questions", category="other", horizon="short")
    assert {one.title for one in cast.session.scalars(select(Objective).where(Objective.mentee_id == finn.id))} == {
        "Speak up", "Ask questions",
    }  # fmt: skip
    bob = browser_of(cast.bob)
    assert "Finn Roy" not in words(bob.get(path))
    assert bob.get(f"{path}?whose={finn.id}").status_code == 404
    assert bob.get(f"/objective/{theirs.id}").status_code == 404


def test_after_the_end_everything_can_be_read(browser_of: Open, cast: Cast, together: Relationship, task: Task) -> None:
    part(together, cast.carol, datetime.now(UTC))
    cast.session.commit()
    bob = browser_of(cast.bob)
    page = words(bob.get(f"/objectives/{together.id}"))
    assert "Nothing new can be begun" in page
    assert "Open an objective" not in page
    assert bob.fill(f"/task/{task.id}", f"/task/{task.id}/done").status_code == 303
    path = f"/objective/{task.objective_id}"
    answer = bob.fill("/profile", f"{path}/task", words="More", target_on=task.target_on.isoformat())
    assert answer.status_code == 422
    assert "This relationship has ended" in answer.text


def test_the_pages_ask_as_much_for_thirty_tasks_as_for_one(
    app: Flask, browser_of: Open, cast: Cast, together: Relationship, task: Task,
    count_queries: Callable[[Engine], AbstractContextManager[list[str]]],
) -> None:  # fmt: skip
    browser, now = browser_of(cast.bob), datetime.now(UTC)
    with app.app_context():
        engine = db.engine

    def costs() -> list[int]:
        counted = []
        for path in (f"/objectives/{together.id}", f"/objective/{task.objective_id}", f"/task/{task.id}"):
            with count_queries(engine) as queries:
                page = browser.get(path)
            assert page.status_code == 200
            assert len(page.data) < 60_000
            counted.append(len(queries))
        return counted

    task.remark(cast.alice, "Well begun", now)
    cast.session.commit()
    few = costs()
    for number in range(29):
        Task.add(task.objective, f"Task {number}", task.target_on, cast.bob, cast.alice, now)
        task.remark(cast.bob if number % 2 else cast.alice, f"Remark {number}", now)
        Note.write(together, cast.bob, f"Note {number}", cast.alice, now, is_shared=True)
    for title in ("Two", "Three"):
        Objective.open(together, cast.bob, Plan(title), cast.bob, now)
    cast.session.commit()
    assert costs() == few
    assert max(few) <= 14, few


def test_the_lead_and_the_administrator_see_how_many_tasks_there_are(
    browser_of: Open, cast: Cast, together: Relationship, task: Task
) -> None:
    Task.add(task.objective, "Write to Luc", task.target_on, cast.bob, cast.bob, datetime.now(UTC)).finish(
        cast.bob, datetime.now(UTC)
    )
    cast.session.commit()
    for person in (cast.carol, cast.dave):
        for path in ("/console/relationships", f"/console/relationships/{together.id}"):
            page = words(browser_of(person).get(path))
            assert re.search(r"Tasks:? 1 complete, 1 open", page), path
            assert "Call three people" not in page
    assert "1 complete, 1 open" in words(browser_of(cast.bob).get("/who-sees"))
