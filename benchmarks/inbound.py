"""Mail that comes in: smtp-source hands it over by LMTP, to our postbox and to a bare aiosmtpd that keeps files."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks.databases import Place, engine_of, settle
from benchmarks.measures import MORE, Report, Target, ratio
from benchmarks.seeds import Seeds
from benchmarks.sink import SESSIONS, tool
from mentorly.config import Settings
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.received import Received, Stage
from mentorly.emails.writing import Desk
from mentorly.jobs.leash import leash
from mentorly.jobs.postbox import postbox_is_ours
from tests.servers import Valkey, answers, free_port
from tests.stories.kit import Service, wait_for

PART = "inbound"
BARE = "aiosmtpd alone, a file and an fsync for each message"
OF_BARE = 0.3
SIZE = 8_192
WARM = 200
KEY = "a key for the bench"


@dataclass(frozen=True)
class Numbers:
    """How many messages are handed over in one round, and how many rounds there are."""

    messages: int = 4_000
    rounds: int = 5


def hand_over(port: int, recipient: str, number: int) -> float:
    """Hand messages over, over kept connections; returns the seconds until all are answered for."""
    words = ["-L", "-d", "-s", str(SESSIONS), "-m", str(number), "-l", str(SIZE), "-t", recipient, f"127.0.0.1:{port}"]
    began = time.perf_counter()
    subprocess.run([tool("smtp-source"), *words], check=True)
    return time.perf_counter() - began


def bare(number: int) -> float:
    """How many messages a second a bare aiosmtpd keeps. Raises RuntimeError if it has not all of them."""
    port = free_port()
    with TemporaryDirectory(prefix="bench") as folder:
        command = [sys.executable, "-m", "benchmarks.peers.bare_lmtp", str(port), folder]
        process = subprocess.Popen(command, preexec_fn=leash())  # noqa: PLW1509 - from the main thread
        try:
            answers(lambda: _greets(port), process)
            hand_over(port, "somebody@example.org", WARM)
            seconds = hand_over(port, "somebody@example.org", number)
        finally:
            process.kill()
            process.wait()
        _check(len(list(Path(folder).iterdir())), WARM + number)
    return number / seconds


def _greets(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        return connection.recv(4) == b"220 "
    return False


def _check(kept: int, handed: int) -> None:
    if kept != handed:
        raise RuntimeError(f"{handed} messages were handed over, and {kept} are kept")


@dataclass(frozen=True)
class Receiving:
    """Our postbox over a database, with a Redis beside it and nobody who takes in."""

    place: Place
    template: str = "asked"

    def prepare(self) -> None:
        """Have somebody written to, in a database that every run copies."""
        now = datetime.now(UTC)
        with engine_of(self.place.empty(self.template)) as engine:
            Seeds(engine, now).newcomers(1)
            with Session(engine) as session:
                sent = {"state": State.SENT, "sent_at": now, "collected_at": now, "moment": now}
                session.add(
                    Envelope(kind="welcome", thing_id=1, reader_id=1, occasion="", lane=0, mark="0" * 32, **sent)
                )
                session.commit()
            settle(engine)

    def per_second(self, number: int) -> float:
        """Hand messages over; returns how many a second were kept. Raises RuntimeError if not all are."""
        url = self.place.copy("receiving", self.template)
        try:
            with Valkey() as redis, self._postbox(url, redis) as (service, recipient):
                hand_over(service.lmtp_port, recipient, WARM)
                seconds = hand_over(service.lmtp_port, recipient, number)
            with engine_of(url) as engine, Session(engine) as session:
                kept = select(func.count()).where(Received.stage == Stage.WAITING)
                _check(session.scalar(kept) or 0, WARM + number)
        finally:
            self.place.drop("receiving")
        return number / seconds

    @contextmanager
    def _postbox(self, url: str, redis: Valkey) -> Iterator[tuple[Service, str]]:
        """Have `mentorly postbox` listening while the block runs; gives the address of who was written to as well."""
        with TemporaryDirectory(prefix="bench") as folder:
            more = {"MENTORLY_DATABASE_URL": url, "MENTORLY_REDIS_URL": redis.url, "MENTORLY_SECRET_KEY": KEY}
            service = Service(Path(folder) / "instance", more)
            service.instance.mkdir()
            settings = Settings.load(service.environment)
            process = service.start("postbox")
            try:
                wait_for(lambda: postbox_is_ours(settings), 60, "the start of the postbox")
                with engine_of(url) as engine, Session(engine) as session:
                    sent, desk = session.scalars(select(Envelope)).one(), Desk(settings)
                    recipient = desk.reply_address(desk.token(sent.id, sent.reader))
                yield service, recipient
            finally:
                process.terminate()
                process.wait(20)


@dataclass(frozen=True)
class Postboxes:
    """Ours and the bare one in turn, round after round."""

    report: Report
    places: list[Place]
    numbers: Numbers

    def run(self) -> None:
        """Hand over, compare and judge."""
        self.report.note(
            PART, f"Each message is {SIZE:,} bytes, in {SESSIONS} sessions; both answer when it is on the disk."
        )
        rates: dict[str, list[float]] = {}
        racers = self._racers()
        for _ in range(self.numbers.rounds):
            for name, receive in racers.items():
                rates.setdefault(name, []).append(receive(self.numbers.messages))
        figures = {name: self.report.add(PART, name, "mails/s", values) for name, values in rates.items()}
        for place in self.places:
            words = f"{ours(place.name)}, beside {BARE}"
            value = ratio(figures[ours(place.name)], figures[BARE])
            self.report.expect(Target(PART, words, value, MORE, OF_BARE, "times"))

    def _racers(self) -> dict[str, Callable[[int], float]]:
        racers: dict[str, Callable[[int], float]] = {BARE: bare}
        for place in self.places:
            own = Receiving(place)
            own.prepare()
            racers[ours(place.name)] = own.per_second
        return racers


def ours(place: str) -> str:
    """What we are called in the table."""
    return f"mentorly postbox, {place}"
