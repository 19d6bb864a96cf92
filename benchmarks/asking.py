"""A survey that many are asked in one morning: asked, collected, delivered beside welcomes, answered, and counted."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.orm import Session, joinedload

from benchmarks.databases import Place, engine_of, settle
from benchmarks.measures import LESS, MORE, Report, Target, ratio
from benchmarks.seeds import Seeds
from benchmarks.sending import WARM, Sending
from benchmarks.sink import Sink
from mentorly.emails.collecting import Collection
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.scanning import find_mails
from mentorly.mentoring.answered import figures
from mentorly.mentoring.asked import Asked, Response
from mentorly.mentoring.editing import read_file, take_file
from mentorly.mentoring.figures import release_figures
from mentorly.mentoring.instrument_use import put_to_use
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program

PART = "asking"
TEMPLATE, COPY = "paired", "asking"
SURVEY = b"""
kind = "survey"
asks = ["mentee"]
opens = ["match"]
reminds = [3, 7]
title = { en = "How it goes", fr = "Comment cela va" }
about = { en = "Two questions.", fr = "Deux questions." }
seen = { en = "Only you see your answers.", fr = "Personne d'autre ne voit vos r\xc3\xa9ponses." }
[[questions]]
name = "well"
kind = "scale"
required = true
en = "How well does it go?"
fr = "Est-ce que tout va bien?"
[[questions]]
name = "again"
kind = "yes_no"
en = "Would you do it again?"
fr = "Le referiez-vous?"
"""
OF_WELCOMES = 0.5
ASKED_WITHIN, COUNTED_WITHIN = 5.0, 1.0


@dataclass(frozen=True)
class Surveys(Sending):
    """Mails that ask a survey, sent as welcomes are."""

    template: str = TEMPLATE

    def sow_first(self, engine: Engine) -> None:
        """Register those who warm the workers up, and the pairs."""
        super().sow_first(engine)
        seeds = Seeds(engine, datetime.now(UTC))
        told = seeds.ago(8 * 24 * 60)
        seeds.fill(
            "person", 2 * self.people, email="'asked' || n || '@organization' || (n % 97) || '.example.org'",
            name="'Asked ' || n", organization_id="1 + n % 20", phone="''", manager_email="''",
            language="CASE WHEN n % 3 = 0 THEN 'fr' ELSE 'en' END", timezone="'America/Toronto'",
            registered_at=told, welcomed_at=told,
        )  # fmt: skip
        seeds.fill(
            "relationship", self.people, program_id="1", began_at=told, ends_on=seeds.day(180), revision="1",
            first_meeting_at=told, first_meeting_set_at=told, first_meeting_told_at=told,
        )  # fmt: skip
        for role, person in (("mentor", f"{WARM} + 2 * n - 1"), ("mentee", f"{WARM} + 2 * n")):
            seeds.fill(
                "member", self.people, relationship_id="n", person_id=person, matched_as=f"'{role}'",
                is_mentor=f"'{role}' = 'mentor'", is_mentee=f"'{role}' = 'mentee'", joined_at=told, told_at=told,
                mentors_told_at=told, leads_told_at=told,
            )  # fmt: skip

    def let_fall_due(self, engine: Engine) -> None:
        """Ask all mentees, as of some mornings ago, so that no mail waits for its reader's morning."""
        with Session(engine) as session:
            ask(session)
            session.execute(update(Asked).values(opens_at=datetime.now(UTC) - timedelta(days=7)))
            session.commit()


def ask(session: Session) -> None:
    """Put the survey to use."""
    program, by, now = session.get_one(Program, 1), session.get_one(Person, 1), datetime.now(UTC)
    draft = take_file(program, "", read_file(SURVEY), "", by, now)
    put_to_use(program, draft.name, draft.sketch.digest, by, now)


@dataclass(frozen=True)
class Numbers:
    """How many are asked, how many of them answer one by one, and how many rounds there are."""

    people: int = 10_000
    answers: int = 1_000
    rounds: int = 3


@dataclass(frozen=True)
class Asking:
    """All of it, on each make of database in turn."""

    report: Report
    places: list[Place]
    sink: Sink
    numbers: Numbers

    @property
    def people(self) -> int:
        """How many are asked."""
        return self.numbers.people

    def run(self) -> None:
        """Measure and judge."""
        for place in self.places:
            surveys = Surveys(place, self.sink, self.people)
            surveys.prepare()
            self._count(place)
            self._race(place, surveys)

    def _race(self, place: Place, surveys: Surveys) -> None:
        welcomes = Sending(place, self.sink, self.people, template="welcomed")
        welcomes.prepare()
        rates: dict[str, list[float]] = {"surveys": [], "welcomes": []}
        for _ in range(self.numbers.rounds):
            rates["surveys"].append(surveys.per_second(2))
            rates["welcomes"].append(welcomes.per_second(2))
        own, usual = (
            self.report.add(PART, f"{name} collected and delivered, 2 workers", "mails/s", values, place.name)
            for name, values in rates.items()
        )
        words = f"{place.name}: surveys beside welcomes"
        self.report.expect(Target(PART, words, ratio(own, usual), MORE, OF_WELCOMES, "times", 1.0))

    def _count(self, place: Place) -> None:
        figures_: dict[str, list[float]] = {}
        for _ in range(self.numbers.rounds):
            with engine_of(place.copy(COPY, TEMPLATE)) as engine:
                for name, value in self._once(engine).items():
                    figures_.setdefault(name, []).append(value)
            place.drop(COPY)
        for name, values in figures_.items():
            unit = "answers/s" if "stored" in name else "s"
            figure = self.report.add(PART, name, unit, values, place.name)
            bound = {self._asked: ASKED_WITHIN, self._counted: COUNTED_WITHIN}.get(name)
            if bound:
                self.report.expect(Target(PART, f"{place.name}: {name}", figure.median, LESS, bound, "s"))

    @property
    def _asked(self) -> str:
        return f"{self.people:,} mentees asked by a new survey"

    @property
    def _counted(self) -> str:
        return f"figures of {self.people:,} answers"

    def _once(self, engine: Engine) -> dict[str, float]:
        now, register = datetime.now(UTC), find_mails()
        Seeds(engine, now).remember(register)
        found: dict[str, float] = {}
        with Session(engine) as session:
            began = time.perf_counter()
            ask(session)
            session.commit()
            found[self._asked] = time.perf_counter() - began
            settle(engine)
            began = time.perf_counter()
            collection = Collection(session, register, datetime.now(UTC))
            collection.run(register.values())
            session.commit()
            found[f"{self.people:,} surveys collected"] = time.perf_counter() - began
            waiting = session.scalar(select(func.count()).where(Envelope.state == State.WAITING))
            if waiting != self.people or collection.faults:
                raise AssertionError(f"{waiting} of {self.people} were collected: {collection.faults}")
            found["answers stored, one by one"] = self._answer(session)
            self._fill_up(session)
            settle(engine)
            program, viewer = session.get_one(Program, 1), session.get_one(Person, 1)
            began = time.perf_counter()
            release_figures(program, datetime.now(UTC))
            (shown,) = figures(program, session.scalars(select(Asked)).first().instrument, viewer)  # type: ignore[union-attr]
            found[self._counted] = time.perf_counter() - began
            if shown.figures[0].number != self.people:
                raise AssertionError(f"{shown.figures[0].number} answers are counted")
        return found

    def _answer(self, session: Session) -> float:
        """Answer some, each in a transaction of its own as a page does; returns how many a second."""
        numbers = session.scalars(select(Asked.id).order_by(Asked.id).limit(self.numbers.answers)).all()
        began = time.perf_counter()
        for number in numbers:
            session.expunge_all()
            one = session.get_one(Asked, number, options=[joinedload(Asked.person), joinedload(Asked.text)])
            one.answer(one.person, {"well": 1 + number % 5, "again": "yes" if number % 3 else "no"}, datetime.now(UTC))
            session.commit()
        return len(numbers) / (time.perf_counter() - began)

    def _fill_up(self, session: Session) -> None:
        """Let all others have answered too."""
        left = session.scalars(select(Asked.id).where(Asked.finished_at.is_(None))).all()
        answers = [
            answer
            for number in left
            for answer in (
                {"asked_id": number, "question": "well", "number": 1 + number % 5, "option": None},
                {"asked_id": number, "question": "again", "number": None, "option": "yes" if number % 3 else "no"},
            )
        ]
        if answers:
            session.execute(insert(Response), answers)
        session.execute(update(Asked).where(Asked.finished_at.is_(None)).values(finished_at=datetime.now(UTC)))
        session.commit()
