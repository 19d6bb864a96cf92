"""Pages: how long the server takes for each and how many queries it asks, with few people and with many."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from tempfile import TemporaryDirectory

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from benchmarks import letters
from benchmarks.databases import Place, engine_of, settle
from benchmarks.measures import LESS, Report, Target
from benchmarks.seeds import Scale, Seeds
from benchmarks.statements import captured
from mentorly.app import create_app
from mentorly.config import Settings
from mentorly.extensions import db
from mentorly.mentoring.passwords import set_password
from mentorly.mentoring.people import Person
from tests.doors.conftest import PASSWORD, Browser

PART = "pages"
PATHS = ("/home", "/console", "/console/people", "/console/matching", "/console/deliveries", "/console/upcoming")
WARM_UP = 2


@dataclass(frozen=True)
class Pages:
    """The pages that an administrator sees. shrinks: by how much the program of 20,000 people is made smaller."""

    report: Report
    shrinks: tuple[int, ...] = (200, 2)
    rounds: int = 9

    def run(self, places: list[Place]) -> None:
        """Measure each page, and expect as many queries with many people as with few."""
        for place in places:
            counts: dict[str, list[float]] = {}
            for shrink in self.shrinks:
                scale = Scale().shrunk(shrink)
                for path, number in self._measure(place, scale).items():
                    counts.setdefault(path, []).append(number)
            grown = [path for path, numbers in counts.items() if max(numbers) > min(numbers)]
            words = f"{place.name}: pages whose queries grow with the people{': ' if grown else ''}{', '.join(grown)}"
            self.report.expect(Target(PART, words, len(grown), LESS, 0))

    def _measure(self, place: Place, scale: Scale) -> dict[str, float]:
        about = f"{place.name}, {scale.people:,} people"
        found: dict[str, float] = {}
        with _browser(place, scale) as (browser, engine):
            for path in PATHS:
                times = [self._time(browser, path) for _ in range(WARM_UP + self.rounds)][WARM_UP:]
                with captured(engine) as capture:
                    self._time(browser, path)
                found[path] = len(capture.statements)
                self.report.add(PART, path, "ms", times, about)
                self.report.add(PART, path, "queries", [found[path]], about)
        return found

    @staticmethod
    def _time(browser: Browser, path: str) -> float:
        began = time.perf_counter()
        answer = browser.get(path)
        milliseconds = 1000 * (time.perf_counter() - began)
        if answer.status_code != 200:
            raise AssertionError(f"{path} answered {answer.status}")
        return milliseconds


@contextmanager
def _browser(place: Place, scale: Scale) -> Iterator[tuple[Browser, Engine]]:
    """An administrator's browser on a service with so many people, and the engine that the service uses."""
    url, now = place.empty("pages"), datetime.now(UTC)
    with engine_of(url) as engine:
        _sow(engine, scale, now)
        with Session(engine) as session:
            administrator = session.get_one(Person, 1)
            set_password(administrator, PASSWORD, now)
            address = administrator.email
            session.commit()
    with TemporaryDirectory(prefix="bench") as folder:
        app = create_app(Settings.load({}, instance=folder, database_url=url))
        app.config["RATELIMIT_ENABLED"] = False
        yield signed_in(app, address), engine_of_app(app)
        engine_of_app(app).dispose()
    place.drop("pages")


def _sow(engine: Engine, scale: Scale, now: datetime) -> None:
    seeds, register = Seeds(engine, now.replace(microsecond=0)), letters.register()
    seeds.sow(scale)
    seeds.remember(register)
    seeds.old_envelopes(10 * scale.people, 0, scale.people, list(register))
    seeds.send_by_hand(register)
    settle(engine)


def engine_of_app(app: Flask) -> Engine:
    """The engine that the service uses."""
    with app.app_context():
        return db.engine


def signed_in(app: Flask, address: str) -> Browser:
    """The browser of somebody who has signed in."""
    browser = Browser(app.test_client())
    answer = browser.fill("/sign-in", email=address, password=PASSWORD)
    if answer.status_code != 303:
        raise AssertionError(f"signing in answered {answer.status}")
    return browser
