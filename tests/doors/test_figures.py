"""The page of figures and its files: who may open them, what each sees, and that nobody gets at others' numbers."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from markupsafe import Markup
from sqlalchemy.orm import Session

from mentorly.blueprints.console.charts import NARROW, WIDE
from mentorly.extensions import db, limiter
from mentorly.jobs.upkeep import upkeep_job
from mentorly.mentoring.figure_tables import definitions
from mentorly.mentoring.monthly import MonthlyFigures
from mentorly.mentoring.objectives import Category, Objective, Plan
from mentorly.mentoring.passwords import set_password
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.relationships import Relationship
from tests.cast import Cast, cast_of
from tests.doors.signing import sign_in

PASSWORD = "a horse in the rain"
DAY = timedelta(days=1)


@pytest.fixture
def cast(app: Flask) -> Iterator[Cast]:
    """Alice has twelve mentees in Boréal, six of whom want skills and six to lead."""
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as session:
        now = datetime.now(UTC)
        cast = cast_of(session, now - 30 * DAY)
        cast.program.starts_on, cast.program.ends_on = (now - 40 * DAY).date(), (now + 100 * DAY).date()
        for person in (cast.alice, cast.carol, cast.dave):
            set_password(person, PASSWORD, now)
        for number in range(12):
            one = Person.register(session, f"{number}@x.org", "=1+1", now, by=None, organization=cast.boreal)
            Participation.join(one, cast.program, "mentee", now, by=None)
            together = Relationship.begin(cast.program, cast.alice, one, now)
            category = Category.SKILLS if number % 2 else Category.LEADERSHIP
            Objective.open(together, one, Plan("A title", category), one, now)
        session.commit()
        yield cast


def page(app: Flask, person: Person, path: str) -> tuple[int, str]:
    person.session.commit()
    browser = app.test_client()
    limiter.reset()
    sign_in(browser, person.email, PASSWORD)
    answer = browser.get(path)
    return answer.status_code, re.sub(r'name="csrf_token" value="[^"]+"', "", answer.data.decode())


def test_the_daily_upkeep_releases_and_the_page_shows(app: Flask, cast: Cast) -> None:
    status, before = page(app, cast.dave, "/console/figures")
    assert status == 200
    assert "fewer than 5 answers" in before
    cast.session.commit()
    with app.app_context():
        upkeep_job()
        upkeep_job()
    _, after = page(app, cast.dave, "/console/figures")
    assert re.search(r"Leadership</th>\s*<td>50%", after)
    assert cast.session.query(MonthlyFigures).count() == 2
    for one in definitions().values():
        assert one.counts["en"] in after.replace("&#39;", "'")


def test_a_long_label_has_two_lines_and_is_never_cut_inside_a_character() -> None:
    said = Markup("Personnes mentorées en attente d&#39;un jumelage")
    assert WIDE.lines(said) == ["Personnes mentorées en attente", "d'un jumelage"]
    assert WIDE.lines("mot " * 40)[1].endswith("mot…")
    for definition in definitions().values():
        for row in definition.rows.values():
            for layout in (WIDE, NARROW):
                assert not layout.lines(row["fr"])[-1].endswith("…"), row["fr"]


def test_pictures_are_drawn_without_script_or_style_and_stand_beside_a_table(app: Flask, cast: Cast) -> None:
    _, text = page(app, cast.carol, "/console/figures")
    assert text.count('<svg class="chart wide"') >= 5
    assert text.count("<table>") == text.count('<svg class="chart wide"') == text.count('<svg class="chart narrow"')
    assert "<script" not in text
    assert "style=" not in text
    assert "A title" not in text


def test_a_lead_sees_no_program_and_no_organization_but_their_own(app: Flask, cast: Cast) -> None:
    own = page(app, cast.carol, "/console/figures")
    other = page(app, cast.carol, f"/console/figures?organization={cast.prairie.id}&program=99")
    assert "Boréal Robotique" in own[1]
    assert other == own
    for path in ("figures/99.csv", "figures/99/people.csv", "relationships/99.csv", "figures/1/nothing.csv"):
        assert page(app, cast.carol, f"/console/{path}")[0] == 404


def test_the_same_guard_stands_at_the_page_and_at_the_files(app: Flask, cast: Cast) -> None:
    for path in ("figures", "figures/1.csv", "figures/1/people.csv", "relationships/1.csv"):
        assert page(app, cast.alice, f"/console/{path}")[0] == 403
        assert page(app, cast.carol, f"/console/{path}")[0] == 200
        assert page(app, cast.dave, f"/console/{path}")[0] == 200


def test_files_hold_no_formula(app: Flask, cast: Cast) -> None:
    _, text = page(app, cast.dave, "/console/relationships/1.csv")
    assert "'=1+1" in text
    assert not re.search(r'(^|,|\n)"?=', text)
