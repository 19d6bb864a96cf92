"""Figures: the page of a program of 100,000 people and five years, for an administrator and a lead; and releasing."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from tempfile import TemporaryDirectory

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from benchmarks.databases import Place, engine_of, settle
from benchmarks.measures import LESS, Report, Target
from benchmarks.pages import engine_of_app, signed_in
from benchmarks.seeds import Seeds
from benchmarks.statements import captured
from mentorly.app import create_app
from mentorly.config import Settings
from mentorly.mentoring.figures import release_figures
from mentorly.mentoring.instrument_files import shipped
from mentorly.mentoring.passwords import set_password
from mentorly.mentoring.people import Person
from mentorly.mentoring.program_instruments import InstrumentText
from mentorly.mentoring.programs import Program
from mentorly.mentoring.tallies import PAIRS
from tests.doors.conftest import PASSWORD, Browser

PART = "figures"
PATH = "/console/figures"
WITHIN = 1.0
WARM_UP = 1
FIVE_YEARS = 5 * 365
ADMINISTRATOR, LEAD = 1, 2


@dataclass(frozen=True)
class Numbers:
    """How many people there are, one smaller number and one larger, and how often each page is asked for."""

    people: tuple[int, ...] = (1_000, 10_000, 100_000)
    rounds: int = 5


@dataclass(frozen=True)
class Figures:
    """The page of figures on each make of database, with few people and with many."""

    report: Report
    places: list[Place]
    numbers: Numbers

    def run(self) -> None:
        """Measure, and judge PostgreSQL by its largest."""
        for place in self.places:
            counts: set[float] = set()
            for people in self.numbers.people:
                counts.add(self._measure(place, people))
            words = f"{place.name}: queries of the page that grow with the people"
            self.report.expect(Target(PART, words, len(counts) - 1, LESS, 0))

    def _measure(self, place: Place, people: int) -> float:
        about = f"{place.name}, {people:,} people"
        url = place.empty(PART)
        with engine_of(url) as engine:
            sow(engine, people)
            began = time.perf_counter()
            with Session(engine) as session:
                made = release_figures(session.get_one(Program, 1), datetime.now(UTC))
                session.commit()
            self.report.add(PART, "releasing, once a month", "s", [time.perf_counter() - began], about)
            if not made:
                raise AssertionError("nothing is released of all these")
            settle(engine)
        for name, number in (("administrator", ADMINISTRATOR), ("lead", LEAD)):
            with _browser(url, number) as (browser, engine):
                times = [_time(browser) for _ in range(WARM_UP + self.numbers.rounds)][WARM_UP:]
                with captured(engine) as capture:
                    _time(browser)
            figure = self.report.add(
                PART, f"page of an {name}" if name[0] == "a" else f"page of a {name}", "s", times, about
            )
            words = f"{about}: page of figures for {name}"
            self.report.expect(Target(PART, words, figure.median, LESS, WITHIN, "s"))
        place.drop(PART)
        return float(len(capture.statements))


def _time(browser: Browser) -> float:
    began = time.perf_counter()
    answer = browser.get(PATH)
    seconds = time.perf_counter() - began
    if answer.status_code != 200:
        raise AssertionError(f"{PATH} answered {answer.status}")
    return seconds


@contextmanager
def _browser(url: str, number: int) -> Iterator[tuple[Browser, Engine]]:
    with engine_of(url) as engine, Session(engine) as session:
        person = session.get_one(Person, number)
        set_password(person, PASSWORD, datetime.now(UTC))
        address = person.email
        session.commit()
    with TemporaryDirectory(prefix="bench") as folder:
        app = create_app(Settings.load({}, instance=folder, database_url=url))
        app.config["RATELIMIT_ENABLED"] = False
        yield signed_in(app, address), engine_of_app(app)
        engine_of_app(app).dispose()


def sow(engine: Engine, people: int) -> None:
    """One program of five years: half its people mentors and half mentees, with all that they did, in organizations.

    The first is an administrator and the second leads the first organization.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    seeds, pairs = Seeds(engine, now), people // 2
    organizations = max(4, min(200, people // 100))
    joined = seeds.ago(f"1440 * ({FIVE_YEARS} - (n * 7) % {FIVE_YEARS - 10})")
    began = seeds.ago(f"1440 * ({FIVE_YEARS} - (n * 7) % {FIVE_YEARS - 10} - n % 9)")
    seeds.fill(
        "organization", organizations, name="'Organization ' || n", folded_name="'organization ' || n",
        weekdays="'01234'", days_off="''", added_at=seeds.ago(0),
    )  # fmt: skip
    seeds.fill(
        "program", 1, name="'Program'", folded_name="'program'", kind="'one-on-one'", starts_on=seeds.day(-FIVE_YEARS),
        ends_on=seeds.day(60), timezone="'America/Toronto'", meetings="60", fewest="1", most="1", matched_by="'lead'",
        mutual="false", organizations="'any'", answer_days="7", chase_days="4", added_at=seeds.ago(0),
    )  # fmt: skip
    seeds.fill(
        "person", people, email="'person' || n || '@example.org'", name="'Anh Nguyễn ' || n", phone="''",
        organization_id=f"1 + n % {organizations}", manager_email="''", timezone="'America/Toronto'",
        is_administrator="n = 1", registered_at=joined, welcomed_at=joined,
    )  # fmt: skip
    seeds.fill(
        "participation", people, program_id="1", person_id="n", fields="''", skills="''", wants="''", capacity="2",
        role="CASE n % 2 WHEN 0 THEN 'mentor' ELSE 'mentee' END", notes="''", joined_at=joined,
    )  # fmt: skip
    seeds.fill(
        "participation", 1, program_id="1", person_id=str(LEAD), role="'lead'", organization_id="1", fields="''",
        skills="''", wants="''", capacity="1", notes="''", joined_at=joined,
    )  # fmt: skip
    seeds.fill(
        "relationship", pairs, program_id="1", began_at=began, ends_on=seeds.day(30), revision="1",
        ended_at=f"CASE WHEN n % 3 > 0 THEN {seeds.ago('1440 * 2')} END", ended_early="n % 7 = 0",
        first_meeting_at=began,
    )  # fmt: skip
    for role, person in (("mentor", "2 * n"), ("mentee", "2 * n - 1")):
        seeds.fill(
            "member", pairs, relationship_id="n", person_id=person, matched_as=f"'{role}'",
            is_mentor=f"'{role}' = 'mentor'", is_mentee=f"'{role}' = 'mentee'", joined_at=began, told_at=began,
            mentors_told_at=began, leads_told_at=began,
        )  # fmt: skip
    _doings(seeds, pairs)
    _answers(engine, seeds, pairs, now)
    settle(engine)
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def _doings(seeds: Seeds, pairs: int) -> None:
    """Six sessions, two objectives and five tasks of each relationship."""
    day = seeds.ago(f"1440 * ({FIVE_YEARS} - (n * 13) % {FIVE_YEARS - 10})")
    seeds.fill(
        "session_log", 6 * pairs, relationship_id=f"1 + n % {pairs}", way="'phone'", began_at=day, minutes="45",
        topics="''", logged_by_id="1", logged_at=day, revision="0",
    )  # fmt: skip
    category = "CASE n % 5 WHEN 0 THEN 'skills' WHEN 1 THEN 'networking' WHEN 2 THEN 'leadership' ELSE 'other' END"
    seeds.fill(
        "objective", 2 * pairs, relationship_id=f"1 + n % {pairs}", mentee_id=f"2 * (1 + n % {pairs}) - 1",
        number=f"1 + n / ({pairs} + 1)", category=category, horizon="'short'", title="'A title'", why="''",
        support="''", barriers="''", success="''", opened_by_id="1", opened_at=day, ending="''", revision="0",
    )  # fmt: skip
    seeds.fill(
        "task", 5 * pairs, objective_id=f"1 + n % (2 * {pairs})", number="n", uid="'uid' || n", owner_id="1",
        words="'Words'", target_on=seeds.day(-1), added_by_id="1", added_at=day, changed_at=day, revision="0",
        done_at=f"CASE WHEN n % 3 > 0 THEN {day} END",
    )  # fmt: skip


def _answers(engine: Engine, seeds: Seeds, pairs: int, now: datetime) -> None:
    """The survey of the start and that of the end, with ten answers each, of each mentee."""
    with Session(engine) as session:
        texts = {name: one.id for name, one in InstrumentText.shipped(session, now).items()}
        session.commit()
    day, since = seeds.ago(f"1440 * ({FIVE_YEARS} - (n * 7) % {FIVE_YEARS - 10})"), 0
    for names in PAIRS.values():
        for name, opening in zip(names, ("match", "end"), strict=True):
            if name.startswith("mentor"):
                continue
            seeds.fill(
                "asked", pairs, program_id="1", relationship_id="n", person_id="2 * n - 1", name=f"'{name}'",
                occasion=f"'{opening}'", text_id=str(texts[name]), opens_at=day, asked_at=day, reminds="''",
                reminded="0", finished_at=f"CASE WHEN n % 10 > 0 THEN {day} END", tells="false", draft="''",
                draft_key="''", revision="1",
            )  # fmt: skip
            for question in shipped()[name].answerable[:10]:
                seeds.fill(
                    "response", pairs, asked_id=f"n + {since}", question=f"'{question.name}'",
                    number=f"1 + (n * {1 + since % 7} + n / 3) % 5",
                )  # fmt: skip
            since += pairs
