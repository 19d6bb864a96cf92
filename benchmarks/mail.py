"""Where the time of one mail goes: writing it, putting its bytes together, the database, handing it over."""

import smtplib
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from benchmarks import letters
from benchmarks.databases import Place, engine_of, settle
from benchmarks.measures import LESS, Figure, Report, Target, ratio
from benchmarks.seeds import Seeds
from benchmarks.sink import Sink
from mentorly.app import create_app
from mentorly.config import Settings
from mentorly.emails.carrying import Came, Outcome, Outgoing
from mentorly.emails.message import Letter, compose
from mentorly.emails.post_office import PostOffice
from mentorly.emails.writing import SAMPLE, Desk
from mentorly.jobs.post import carrier_here
from tests.emails.oracle import compose_by_library

PART = "mail"
MICRO = 1_000_000
LANGUAGES = ("en", "en", "fr")
INVITATION = "invitation"
INVITED, TOLD = "an invitation, from its text to its bytes", "a plain mail of the same text"
DEAREST = 1.5


class Taking:
    """Accepts every mail at once: what is left is our own work."""

    def carry(self, mails: Iterable[Outgoing]) -> Generator[Outcome]:
        """Accept them."""
        for _ in mails:
            yield Outcome(Came.ACCEPTED, "250 2.0.0 Ok")


@dataclass
class OneMail:
    """Measures. number: how many mails are made for one value; rounds: how many values there are."""

    report: Report
    sink: Sink
    number: int = 400
    rounds: int = 7

    def run(self, places: list[Place]) -> None:
        """Measure all."""
        self._make()
        self._invite()
        self._hand_over()
        for place in places:
            self._deliver(place)

    def _make(self) -> None:
        """Writing and composing, in turn."""
        now, desk, kind = datetime.now(UTC), Desk(letters.settings()), letters.register()[letters.KIND]
        readers = {language: letters.reader(language) for language in LANGUAGES}
        values = {
            language: {
                **kind.sample_values(reader, reader, now),
                "reader": reader,
                "takes_replies": False,
                "quotes": False,
            }
            for language, reader in readers.items()
        }
        made = [letters.welcome(language) for language in LANGUAGES]

        def write(number: int) -> object:
            language = LANGUAGES[number % 3]
            reads = readers[language]
            return kind.wordings[language].write(values[language], reads, desk.links(kind, reads, SAMPLE))

        self._time_all(
            {
                "text written (Jinja2: subject, text part, HTML part)": write,
                "letter made (text written, with values and links)": lambda n: desk.sample(
                    kind, readers[LANGUAGES[n % 3]], now
                ),
                "bytes put together by compose": lambda n: compose(made[n % 3]),
                "the same by EmailMessage": lambda n: compose_by_library(made[n % 3]),
            }
        )

    def _invite(self) -> None:
        """An invitation to a meeting, from its text to its bytes, beside a plain mail of the same text."""
        now, desk, kind = datetime.now(UTC), Desk(letters.settings()), letters.register()[INVITATION]
        readers = [letters.reader(language) for language in LANGUAGES]
        things = [kind.sample(reader, now) for reader in readers]
        values = [kind.values(thing, reader, now) for thing, reader in zip(things, readers, strict=True)]

        def write(number: int) -> Letter:
            place = number % 3
            return desk.letter(kind, readers[place], SAMPLE, f"{number:032x}", values[place], now)

        def invite(number: int) -> bytes:
            place = number % 3
            return compose(desk.with_what_goes_along(kind, things[place], readers[place], write(number), now))

        told = self._time_all({INVITED: invite, TOLD: lambda number: compose(write(number))})
        self.report.expect(
            Target(PART, f"{INVITED}, beside {TOLD}", ratio(told[INVITED], told[TOLD]), LESS, DEAREST, "times")
        )

    def _time_all(self, doings: dict[str, Callable[[int], object]]) -> dict[str, Figure]:
        values: dict[str, list[float]] = {name: [] for name in doings}
        for _ in range(self.rounds):
            for name, do in doings.items():
                began = time.perf_counter()
                for number in range(self.number):
                    do(number)
                values[name].append(MICRO * (time.perf_counter() - began) / self.number)
        return {name: self.report.add(PART, name, "µs", own) for name, own in values.items()}

    def _hand_over(self) -> None:
        """Handing over mails whose bytes are ready, over one kept connection."""
        data = [compose(letters.welcome(language)) for language in LANGUAGES]
        mails = [Outgoing(data[n % 3], "mentorly@localhost", f"person{n}@example.org") for n in range(self.number)]
        values: dict[str, list[float]] = {"ours": [], "smtplib": []}
        for _ in range(self.rounds):
            values["ours"].append(self._by_ours(mails))
            values["smtplib"].append(self._by_smtplib(mails))
        self.report.add(PART, "handed over by our carrier", "µs", values["ours"])
        self.report.add(PART, "handed over by smtplib alone", "µs", values["smtplib"])

    def _by_ours(self, mails: list[Outgoing]) -> float:
        with TemporaryDirectory(prefix="bench") as folder:
            app = create_app(Settings.load({}, instance=folder, smtp_url=self.sink.url))
            with app.app_context(), carrier_here() as carrier:
                began = time.perf_counter()
                came = [outcome.came for outcome in carrier.carry(mails)]
                seconds = time.perf_counter() - began
        if set(came) != {Came.ACCEPTED}:
            raise AssertionError(f"the sink did not accept: {came[:3]}")
        return MICRO * seconds / len(mails)

    def _by_smtplib(self, mails: list[Outgoing]) -> float:
        with smtplib.SMTP("127.0.0.1", self.sink.port) as server:
            began = time.perf_counter()
            for one in mails:
                server.sendmail(one.sender, one.recipient, one.data)
            return MICRO * (time.perf_counter() - began) / len(mails)

    def _deliver(self, place: Place) -> None:
        """A whole delivery, but for handing over; and what of it is spent in the database's driver."""
        with engine_of(place.empty("mail")) as engine:
            Seeds(engine, datetime.now(UTC)).newcomers(self.number)
            settle(engine)
        own: list[float] = []
        driver: list[float] = []
        statements: list[float] = []
        for _ in range(self.rounds):
            with engine_of(place.copy("mail_copy", "mail")) as engine, timed(engine) as spent:
                seconds = self._deliver_once(engine, spent)
            place.drop("mail_copy")
            own.append(MICRO * seconds / self.number)
            driver.append(MICRO * spent["seconds"] / self.number)
            statements.append(spent["statements"] / self.number)
        self.report.add(PART, "delivered, but for handing over", "µs", own, place.name)
        self.report.add(PART, "of it in the database's driver", "µs", driver, place.name)
        self.report.add(PART, "statements", "a mail", statements, place.name)

    def _deliver_once(self, engine: Engine, spent: dict[str, float]) -> float:
        with Session(engine, expire_on_commit=False) as session:
            office = PostOffice(session, letters.register(), letters.settings())
            office.collect(datetime.now(UTC))
            spent.update(seconds=0.0, statements=0.0)
            began = time.perf_counter()
            sent = office.deliver(lambda: datetime.now(UTC), Taking()).counts["sent"]
            seconds = time.perf_counter() - began
        if sent != self.number:
            raise AssertionError(f"{sent} of {self.number} were sent")
        return seconds


@contextmanager
def timed(engine: Engine) -> Iterator[dict[str, float]]:
    """Measure the seconds that the driver takes for statements and commits, and count the statements."""
    spent = {"seconds": 0.0, "statements": 0.0}
    dialect: Any = engine.dialect

    def watched(do: Callable[..., Any], counts: float) -> Callable[..., Any]:
        def doing(*given: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return do(*given, **named)
            finally:
                spent["seconds"] += time.perf_counter() - began
                spent["statements"] += counts

        return doing

    dialect.do_execute = watched(dialect.do_execute, 1)
    dialect.do_executemany = watched(dialect.do_executemany, 1)
    dialect.do_commit = watched(dialect.do_commit, 0)
    try:
        yield spent
    finally:
        del dialect.do_execute, dialect.do_executemany, dialect.do_commit
