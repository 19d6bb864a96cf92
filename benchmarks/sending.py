"""From due rows to accepted by a mail server: people are registered, a round is asked for, the sink counts."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from redis import Redis
from rq import Queue
from rq import Worker as Listener
from sqlalchemy import Engine, func, select

from benchmarks import letters
from benchmarks.databases import POSTGRESQL, OnPostgreSQL, Place, engine_of, settle
from benchmarks.measures import MORE, Figure, Report, Target, ratio
from benchmarks.others import LeftOut, Others
from benchmarks.seeds import Seeds
from benchmarks.sink import SESSIONS, Sink, limit
from mentorly.config import QUEUE
from mentorly.emails.envelope import Envelope, State
from tests.servers import Valkey
from tests.stories.kit import Service, wait_for

PART = "sending"
LIMIT = "smtp-source, the limit"
TEMPLATED, READY = "django-post_office, templates", "django-post_office, words ready"
TUTORIAL = "one RQ job a mail, Flask-Mail"
OF_THE_LIMIT, AIM = 0.2, 0.3
OF_POST_OFFICE, OF_TUTORIAL = 4.0, 15.0
ROUND_JOB = "mentorly.jobs.post.round_job"
PATIENCE = 300
WARM = 200


@dataclass(frozen=True)
class Sending:
    """Where our mails are sent from. people: how many are welcomed, after some that warm the workers up."""

    place: Place
    sink: Sink
    people: int
    template: str = "unwelcomed"

    def prepare(self) -> None:
        """Register people who were not welcomed yet, in a database that every run copies."""
        with engine_of(self.place.empty(self.template)) as engine:
            self.sow_first(engine)
            settle(engine)

    def sow_first(self, engine: Engine) -> None:
        """Register those who warm the workers up."""
        Seeds(engine, datetime.now(UTC)).newcomers(WARM)

    def let_fall_due(self, engine: Engine) -> None:
        """Register those who are welcomed."""
        Seeds(engine, datetime.now(UTC)).newcomers(self.people, since=WARM)

    def per_second(self, processes: int) -> float:
        """Send everything by so many workers; returns the mails a second."""
        url = self.place.copy("sending", self.template)
        try:
            with Valkey() as redis, self._workers(url, redis, processes):
                queue = Queue(QUEUE, connection=Redis.from_url(redis.url))
                self._send(queue, url, WARM, rounds=processes)
                with engine_of(url) as engine:
                    self.let_fall_due(engine)
                    settle(engine)
                seconds = self._send(queue, url, WARM + self.people)
        finally:
            self.place.drop("sending")
        return self.people / seconds

    def _send(self, queue: Queue, url: str, total: int, rounds: int = 1) -> float:
        """Ask for rounds; returns the seconds until the sink has all that are due.

        total: how many the database knows as sent after that, which is awaited too.
        """
        with engine_of(url) as engine:
            before, due = self.sink.taken, total - _sent(engine)
            began = time.perf_counter()
            for _ in range(rounds):
                queue.enqueue(ROUND_JOB, job_timeout=600)
            ended = self.sink.wait_for(before + due, PATIENCE)
            wait_for(lambda: _sent(engine) == total, 20, "the marking of what was sent")
            # A round that is still in the queue would begin with the next mails before they are counted.
            wait_for(lambda: not (queue.count or queue.started_job_registry.count), 20, "the end of the rounds")
        return ended - began

    @contextmanager
    def _workers(self, url: str, redis: Valkey, processes: int) -> Iterator[None]:
        """Have `mentorly work` running, and listening, while the block runs."""
        with TemporaryDirectory(prefix="bench") as folder:
            service = Service(
                Path(folder) / "instance",
                {"MENTORLY_DATABASE_URL": url, "MENTORLY_REDIS_URL": redis.url, "MENTORLY_SMTP_URL": self.sink.url},
            )
            service.instance.mkdir()
            parent = service.start("work", "--processes", str(processes))
            try:
                connection = Redis.from_url(redis.url)
                wait_for(lambda: len(Listener.all(connection=connection)) == processes, 60, "the start of the workers")
                yield
            finally:
                parent.terminate()
                parent.wait(20)


def _sent(engine: Engine) -> int:
    """How many mails a database knows as sent."""
    with engine.connect().execution_options(reads=True) as connection:
        return connection.scalar(select(func.count()).where(Envelope.state == State.SENT)) or 0


@dataclass(frozen=True)
class Numbers:
    """How many mails each sends in one round, and how many rounds there are."""

    ours: int = 20_000
    post_office: int = 1_500
    tutorial: int = 500
    limit: int = 20_000
    rounds: int = 5


@dataclass(frozen=True)
class Race:
    """Everybody sends to the same sink, in turn, round after round."""

    report: Report
    places: list[Place]
    sink: Sink
    numbers: Numbers

    def run(self) -> None:
        """Send, compare and judge."""
        size = letters.size()
        self.report.note(
            PART, f"Each mail of ours is {size:,} bytes, and smtp-source sends as many; {SESSIONS} sessions."
        )
        rates: dict[str, list[float]] = {}
        racers = self._racers(size)
        for _ in range(self.numbers.rounds):
            for name, send in list(racers.items()):
                try:
                    rates.setdefault(name, []).append(send())
                except LeftOut as why:
                    self.report.note(PART, f"{name} is left out: {why}.")
                    del racers[name]
        for name, values in rates.items():
            if values:
                self.report.add(PART, name, "mails/s", values)
        self._judge()

    def _racers(self, size: int) -> dict[str, Callable[[], float]]:
        racers: dict[str, Callable[[], float]] = {LIMIT: lambda: limit(self.sink, size, self.numbers.limit)}
        for place in self.places:
            own = Sending(place, self.sink, self.numbers.ours)
            own.prepare()
            for processes in (1, 2):
                racers[ours(processes, place.name)] = partial(own.per_second, processes)
            if isinstance(place, OnPostgreSQL):
                racers |= self._others(Others(place, self.sink, letters.template()))
        return racers

    def _others(self, others: Others) -> dict[str, Callable[[], float]]:
        number = self.numbers.post_office
        return {
            TEMPLATED: lambda: others.post_office(number, templated=True),
            READY: lambda: others.post_office(number, templated=False),
            TUTORIAL: lambda: others.tutorial(self.numbers.tutorial),
        }

    def _judge(self) -> None:
        own = self._figure(ours(2, POSTGRESQL))
        for name, bound, aim in (
            (LIMIT, OF_THE_LIMIT, AIM),
            (TEMPLATED, OF_POST_OFFICE, None),
            (TUTORIAL, OF_TUTORIAL, None),
        ):
            other = self._figure(name)
            if own and other:
                words = f"{own.name}, beside {name}"
                self.report.expect(Target(PART, words, ratio(own, other), MORE, bound, "times", aim))

    def _figure(self, name: str) -> Figure | None:
        return self.report.find(PART, name)


def ours(processes: int, place: str) -> str:
    """What we are called in the table."""
    return f"Mentorly, {processes} worker{'s' if processes > 1 else ''}, {place}"
