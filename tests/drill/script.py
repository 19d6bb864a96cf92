"""What happens in a drill, and when: people come, and parts break. It follows from a seed, and from nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from math import ceil
from random import Random
from typing import TypeVar

from tests.drill.crowd import Somebody, crowd, pairs, roster

Thing = TypeVar("Thing")

WELCOME, PROPOSAL = "welcome", "match_proposed"

WORKER, SCHEDULE, REDIS, DATABASE, MAIL_SERVER = PARTS = ("worker", "schedule", "redis", "database", "mail server")

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
# In a short drill nothing may happen after which the service rightly waits for a minute.
SHORT_WAYS = WAYS | {WORKER: (KILLED, TOLD_TO_END), MAIL_SERVER: (SILENT_AFTER_DATA,)}
PUTTING_OFF = (LATER_AT_RCPT, LATER_AT_DATA)

SHORT = 60.0
TIMES_A_MINUTE = 2
FEWEST = {WORKER: 2}
LONGEST_DOWN = {WORKER: 6.0, SCHEDULE: 5.0, REDIS: 10.0, DATABASE: 8.0, MAIL_SERVER: 10.0}

# A mail that is put off twice waits for minutes; two times are far enough apart that hardly any is.
PUT_OFF_APART = 180.0

SECONDS_FOR_AN_IMPORT = 5.0
MAILS_A_SECOND = 10.0
FEWEST_MAILS = 400
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

    aims: for how many seconds it waits for a moment at which mails are arriving; 0: it strikes at once.
    """

    at: float
    part: str
    way: str
    seconds: float
    aims: float = 0.0


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
        imports = sorted(_imports(Random(f"people {seed}"), seconds, wanted), key=lambda one: one.at)
        breaks = sorted(_breaks(Random(f"breaks {seed}"), seconds), key=lambda one: one.at)
        return cls(seed, seconds, tuple(imports), tuple(breaks))

    @property
    def mails(self) -> list[Mail]:
        """All mails that are to arrive."""
        return [mail for one in self.imports for mail in one.mails]


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
    for number, those in enumerate(_shares(couples, matchings)):
        mentors = tuple(Mail(mentor.email, PROPOSAL) for mentor, _ in those)
        yield Import(seconds * (number + 0.5) / matchings, ("match",), pairs(those), mentors)


def _shares(of: list[Thing], count: int) -> Iterator[list[Thing]]:
    """Cut a list into so many parts of nearly the same size."""
    yield from (of[len(of) * one // count : len(of) * (one + 1) // count] for one in range(count))


def _breaks(random: Random, seconds: float) -> Iterator[Break]:
    """Each part at random moments, one in each stretch of time, so that a part is never broken twice at once."""
    for part in PARTS:
        times = max(FEWEST.get(part, 1), ceil(TIMES_A_MINUTE * seconds / 60))
        ways = _ways(random, part, seconds / times, is_short=seconds < SHORT)
        for number, way in zip(range(times), ways, strict=False):
            yield _break(random, part, way, seconds / times, number)


def _break(random: Random, part: str, way: str, stretch: float, number: int) -> Break:
    down = random.uniform(0, min(LONGEST_DOWN[part], stretch / 3))
    aims = random.choice((0.0, stretch / 6))
    return Break((number + random.uniform(0, 0.5)) * stretch, part, way, down, aims)


def _ways(random: Random, part: str, stretch: float, *, is_short: bool) -> Iterator[str]:
    """The ways in which a part breaks, one after the other, each as often as it is written."""
    ways = list((SHORT_WAYS if is_short else WAYS)[part])
    random.shuffle(ways)
    putting_off = cycle(PUTTING_OFF)
    apart = max(1, ceil(PUT_OFF_APART / stretch))
    for number, way in enumerate(cycle(ways)):
        is_off = part == MAIL_SERVER and not is_short and number % apart == 1
        yield next(putting_off) if is_off else way
