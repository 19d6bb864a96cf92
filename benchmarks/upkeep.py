"""Upkeep: the daily look at who leaves mail after mail unanswered, and erasing somebody, beside a million envelopes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from benchmarks.databases import Place, engine_of
from benchmarks.measures import LESS, Report, Target
from benchmarks.world import World, name_of
from mentorly.emails.erasing import erase
from mentorly.emails.unanswered import Unanswered
from mentorly.mentoring.people import Person

PART, COPY = "upkeep", "upkeep"
LOOK, ERASING = "the daily look at who answers", "erasing somebody"
LOOKED_WITHIN, ERASED_WITHIN = 10.0, 0.5
ERASED = 5


@dataclass(frozen=True)
class Upkeep:
    """Both, on each make of database with the most envelopes."""

    world: World
    report: Report
    erased: int = ERASED
    times: dict[str, list[float]] = field(default_factory=dict)

    def run(self) -> None:
        """Measure and judge."""
        for place in self.world.places:
            self.times.clear()
            self._measure(place)
            for name, bound in ((LOOK, LOOKED_WITHIN), (ERASING, ERASED_WITHIN)):
                about = f"{place.name}, {self.world.scale.people:,} people, {max(self.world.sizes):,} old envelopes"
                figure = self.report.add(PART, name, "s", self.times[name], about)
                self.report.expect(Target(PART, f"{about}: {name}", figure.median, LESS, bound, "s"))

    def _measure(self, place: Place) -> None:
        now = self.world.now
        with engine_of(place.copy(COPY, name_of(max(self.world.sizes)))) as engine, Session(engine) as session:
            for _ in range(2):
                with self._timed(LOOK):
                    for _batch in Unanswered(session, self.world.register, now).batches():
                        session.commit()
                    session.commit()
            for turn in range(self.erased):
                session.expunge_all()
                person = Person.find(session, 100 + 2 * turn + turn % 2)
                with self._timed(ERASING):
                    erase(person, None, now)
                    session.commit()
        place.drop(COPY)

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.times.setdefault(name, []).append(time.perf_counter() - began)
