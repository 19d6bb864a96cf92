"""Collecting mails that fall due all at once, into a database that keeps a million old envelopes."""

import time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks.databases import Place, engine_of
from benchmarks.measures import LESS, Report, Target
from benchmarks.seeds import Seeds
from benchmarks.world import World, name_of
from mentorly.emails.collecting import Collection
from mentorly.emails.envelope import Envelope, State

PART = "collecting"
MOST_SECONDS = 10.0
COPY = "collecting"


def run(world: World, report: Report, most: int, times: int) -> None:
    """Collect so many mails so many times, on each make of database in turn, and judge the seconds."""
    seconds: dict[str, list[float]] = {place.name: [] for place in world.places}
    for _ in range(times):
        for place in world.places:
            seconds[place.name].append(_collect(world, place, most))
    for name, values in seconds.items():
        figure = report.add(PART, f"{most:,} newly due mails collected", "s", values, name)
        report.expect(Target(PART, f"{name}: collecting {most:,} mails", figure.median, LESS, MOST_SECONDS, "s"))


def _collect(world: World, place: Place, most: int) -> float:
    with engine_of(place.copy(COPY, name_of(max(world.sizes)))) as engine:
        expected = Seeds(engine, world.now).newly_due(world.scale, most // 5)
        with Session(engine) as session:
            began = time.perf_counter()
            collection = Collection(session, world.register, world.now)
            collection.run(world.register.values())
            seconds = time.perf_counter() - began
            collected = session.scalar(select(func.count()).where(Envelope.state == State.WAITING))
            session.rollback()
        if collected != expected or collection.faults:
            raise AssertionError(f"{collected} of {expected} were collected: {collection.faults}")
    place.drop(COPY)
    return seconds
