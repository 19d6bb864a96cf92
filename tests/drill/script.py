"""What happens in a drill, and when: people come, and parts break. It follows from a seed, and from nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from math import ceil
from random import Random
from typing import TypeVar

from tests.drill.crowd import crowd, pairs, roster

Thing = TypeVar("Thing")

WELCOME, PROPOSAL = "welcome", "match_proposed"

PARTS = ("worker", "schedule", "redis", "database", "mail server")
WORKER, SCHEDULE, REDIS, DATABASE, MAIL_SERVER = PARTS

KILLED = "killed"
ALL_KILLED = "all killed"
TOLD_TO_END = "told to end"
ASLEEP = "put to sleep"
SHUT_DOWN = "shut down at once"
SILENT_AFTER_DATA = "hangs up after the message"
SILENT_AT_MAIL = "hangs up at MAIL"
LATER_AT_RCPT = "puts off at RCPT"
LATER_AT_DATA = "puts off at DATA"

WAYS: dict[str, tuple[str, ...]] = {
    WORKER: (KILLED, KILLED, KILLED, TOLD_TO_END, ASLEEP, ALL_KILLED),
    SCHEDULE: (KILLED,),
    REDIS: (KILLED,),
    DATABASE: (KILLED, SHUT_DOWN),
    MAIL_SERVER: (KILLED, SILENT_AFTER_DATA, KILLED, SILENT_AFTER_DATA, SILENT_AT_MAIL),
}
# In a short drill nothing may happen after which a mail that did not arrive rightly waits for a minute: mails are not
# put off, and the mail server breaks while none is in flight.
SHORT_WAYS = WAYS | {WORKER: (KILLED, TOLD_TO_END), MAIL_SERVER: (KILLED, SILENT_AFTER_DATA)}
PUTTING_OFF = (LATER_AT_RCPT, LATER_AT_DATA)

SHORT = 60.0
TIMES_A_MINUTE = 2
FEWEST = {WORKER: 2}
# When a break strikes: most wait a little for mails to be in flight, the others strike whatever happens.
AT_ONCE, IN_THE_FLOW, IN_A_PAUSE = "at once", "while mails arrive", "while none arrive"
SHARE_AT_ONCE = 0.25
LONGEST_AIM = 4.0
LONGEST_DOWN = {WORKER: 6.0, SCHEDULE: 5.0, REDIS: 10.0, DATABASE: 8.0, MAIL_SERVER: 10.0}

# A mail that is put off three times waits for minutes; the times are far enough apart that hardly any is.
PUT_OFF_APART = 180.0

SECONDS_FOR_AN_IMPORT = 4.0
MAILS_A_SECOND = 10.0
FEWEST_MAILS = 500
PROPOSALS_AMONG_MAILS = 0.1
ROSTERS_FOR_A_MATCHING = 4


@dataclass(frozen=True, order=True)
class Mail:
    """One mail that somebody is to get: no reader gets two of a kind."""

    recipient: str
    kind: str


@dataclass(frozen=True)
class Import:
    """A file that is imported `at` so many seconds after the start, and the mails that it causes."""

    at: float
    command: tuple[str, ...]
    text: str
    mails: tuple[Mail, ...]


@dataclass(frozen=True)
class Break:
    """That a part breaks: `at` so many seconds after the start, in what way, for how many seconds.

    aim: which moment it waits for, though not for long.
    """

    at: float
    part: str
    way: str
    seconds: float
    aim: str = AT_ONCE


@dataclass(frozen=True)
class Script:
    """A drill as it is written. seconds: how long parts break; afterwards all are mended and the mails awaited."""

    seed: int
    seconds: float
    imports: tuple[Import, ...]
    breaks: tuple[Break, ...]

    @classmethod
    def write(cls, seed: int, seconds: float, mails: int | None = None) -> "Script":
        """Write the script of a seed. mails: how many fall due; by default in proportion to the seconds."""
        wanted = mails or max(FEWEST_MAILS, round(MAILS_A_SECOND * seconds))
        imports = sorted(_imports(dice("people", seed), seconds, wanted), key=lambda one: one.at)
        breaks = sorted(_breaks(dice("breaks", seed), seconds), key=lambda one: one.at)
        return cls(seed, seconds, tuple(imports), tuple(breaks))

    @property
    def mails(self) -> list[Mail]:
        """All mails that are to arrive."""
        return [mail for one in self.imports for mail in one.mails]


def dice(what: str, seed: int) -> Random:
    """Return what decides about one thing in the drill of a seed, so that a change in another changes nothing here."""
    return Random(f"{what} {seed}")  # noqa: S311 - nothing here is a secret


def _imports(random: Random, seconds: float, mails: int) -> Iterator[Import]:
    """Rosters over the whole time, and now and then a file of matches among those who are in one already.

    A short drill has its last roster after all is mended: its bell wakes those who would wait for the next minute.
    """
    rosters = max(4, round(seconds / SECONDS_FOR_AN_IMPORT))
    matchings = max(1, rosters // ROSTERS_FOR_A_MATCHING)
    proposals = round(mails * PROPOSALS_AMONG_MAILS)
    people = list(islice(crowd(random), mails - proposals))
    last = seconds if seconds < SHORT else seconds * (rosters - 1) / rosters
    for number, those in enumerate(_shares(people, rosters)):
        at = last * number / (rosters - 1)
        yield Import(at, ("roster",), roster(those), tuple(Mail(one.email, WELCOME) for one in those))
    couples = list(zip(people[0::2], people[1::2], strict=False))[:proposals]
    for number, share in enumerate(_shares(couples, matchings)):
        mentors = tuple(Mail(mentor.email, PROPOSAL) for mentor, _ in share)
        yield Import(seconds * (number + 0.5) / matchings, ("match",), pairs(share), mentors)


def _shares(of: list[Thing], count: int) -> Iterator[list[Thing]]:
    """Cut a list into so many parts of nearly the same size."""
    yield from (of[len(of) * one // count : len(of) * (one + 1) // count] for one in range(count))


def _breaks(random: Random, seconds: float) -> Iterator[Break]:
    """Every part in turn, each at a random moment of its share of the time.

    A short drill begins with the mail server, as the service leaves it alone for a while after a fault.
    """
    is_short = seconds < SHORT
    times = {part: max(FEWEST.get(part, 1), ceil(TIMES_A_MINUTE * seconds / 60)) for part in PARTS}
    ways = {part: _ways(random, part, seconds / times[part], is_short=is_short) for part in PARTS}
    turns = [part for turn in range(max(times.values())) for part in random.sample(PARTS, 5) if turn < times[part]]
    if is_short:
        turns.sort(key=lambda part: part != MAIL_SERVER)
    share = seconds / len(turns)
    for number, part in enumerate(turns):
        down = random.uniform(0, min(LONGEST_DOWN[part], seconds / 6))
        aim = AT_ONCE if random.random() < SHARE_AT_ONCE else IN_THE_FLOW
        if is_short and part == MAIL_SERVER:
            aim = IN_A_PAUSE
        yield Break((number + random.random()) * share, part, next(ways[part]), down, aim)


def _ways(random: Random, part: str, stretch: float, *, is_short: bool) -> Iterator[str]:
    """The ways in which a part breaks, one after the other, each as often as it is written."""
    ways = list((SHORT_WAYS if is_short else WAYS)[part])
    random.shuffle(ways)
    putting_off = cycle(PUTTING_OFF)
    apart = max(1, ceil(PUT_OFF_APART / stretch))
    for number, way in enumerate(cycle(ways)):
        is_off = part == MAIL_SERVER and not is_short and number % apart == 1
        yield next(putting_off) if is_off else way
