"""The verdict of a drill: what should have arrived, held against what did and against what was broken when."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from tests.drill.script import ALL_KILLED, DATABASE, KILLED, MAIL_SERVER, WORKER, Mail

# A mail that was in flight at a fault arrived first within so many seconds of it.
NEAR = 5.0
PATIENCE = 120.0

# An import commits, and so lets mails fall due, so many seconds before its end at the most.
IMPORTING = 0.5

# The faults at which nobody can know whether the mail server took a mail.
DOUBTS = {(WORKER, KILLED), (WORKER, ALL_KILLED), (DATABASE, None), (MAIL_SERVER, None)}


@dataclass(frozen=True)
class Arrival:
    """A message that the mail server took, `at` seconds by the wall clock."""

    mail: Mail
    message_id: str
    at: float


@dataclass(frozen=True)
class Fault:
    """That a part was broken from `began` to `ended`, in seconds by the wall clock."""

    part: str
    way: str
    began: float
    ended: float

    @property
    def leaves_doubts(self) -> bool:
        """Whether a mail in flight at it may rightly come twice."""
        return not DOUBTS.isdisjoint({(self.part, self.way), (self.part, None)})

    def meets(self, since: float, until: float) -> bool:
        """Whether it happened between two moments."""
        return self.began < until and self.ended > since

    def distance(self, at: float) -> float:
        """How many seconds a moment is away from the time in which the part was broken."""
        return max(self.began - at, at - self.ended, 0.0)


@dataclass(frozen=True)
class Copy:
    """A further copy of a mail.

    fault: the one nearest to the copy before it, the mail server's where there are several. seconds: how far that is.
    """

    mail: Mail
    before: Arrival
    again: Arrival
    fault: Fault | None
    seconds: float

    @property
    def has_other_id(self) -> bool:
        """Whether its Message-ID differs, so that no mailbox can tell that it is a copy."""
        return self.again.message_id != self.before.message_id

    @property
    def is_excused(self) -> bool:
        """Whether it could not be avoided."""
        return not self.has_other_id and self.seconds <= NEAR


@dataclass(frozen=True)
class Late:
    """A mail that came more than two minutes after it should. seconds: how long it took beyond what is allowed."""

    mail: Mail
    seconds: float


@dataclass(frozen=True)
class Verdict:
    """What became of the mails of a drill.

    met: how many mails each fault met between being due and being taken. delays: seconds from due to taken; over: the
    same, less what is allowed.
    """

    expected: int
    arrived: int
    lost: list[Mail]
    unexpected: list[Arrival]
    copies: list[Copy]
    late: list[Late]
    met: Counter[Fault] = field(default_factory=Counter)
    delays: list[float] = field(default_factory=list)
    over: list[float] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """A sentence for each thing that failed; empty if nothing did."""
        found = [
            (len(self.lost), "{} lost: {}.", _first(self.lost)),
            (len(self.unexpected), "{} arrived that nobody expected: {}.", _first(one.mail for one in self.unexpected)),
            (len(self.copies_with_other_id), "{} came again under another Message-ID: {}.",
             _first(one.mail for one in self.copies_with_other_id)),
            (len(self.copies_without_excuse), "{} came again although nothing broke near the first: {}.",
             _first(one.mail for one in self.copies_without_excuse)),
            (len(self.late), "{} came more than two minutes late: {}.", _first(one.mail for one in self.late)),
        ]  # fmt: skip
        return [text.format(_mails(count), names) for count, text, names in found if count] + self.complaints

    @property
    def copies_with_other_id(self) -> list[Copy]:
        """The copies that no mailbox can tell."""
        return [copy for copy in self.copies if copy.has_other_id]

    @property
    def copies_without_excuse(self) -> list[Copy]:
        """The copies that no fault explains."""
        return [copy for copy in self.copies if not copy.has_other_id and not copy.is_excused]

    @property
    def slowest(self) -> float:
        """The longest that a mail took beyond what is allowed, in seconds."""
        return max(self.over, default=0.0)

    @property
    def usual(self) -> float:
        """What a mail took in the median, in seconds."""
        return median(self.delays) if self.delays else 0.0


def judge(due: Mapping[Mail, float], arrivals: Iterable[Arrival], faults: Iterable[Fault]) -> Verdict:
    """Compare. due: when each mail could first have been sent, in seconds by the wall clock."""
    faults = list(faults)
    came: dict[Mail, list[Arrival]] = defaultdict(list)
    for arrival in sorted(arrivals, key=lambda one: one.at):
        came[arrival.mail].append(arrival)
    expected = [(mail, at, came[mail][0].at) for mail, at in due.items() if mail in came]
    allowed = allowances(faults)
    over = {mail: max(0.0, first - at - allowed(at, first)) for mail, at, first in expected}
    return Verdict(
        expected=len(due),
        arrived=len(expected),
        lost=sorted(mail for mail in due if mail not in came),
        unexpected=[one for mail, all_of_it in came.items() if mail not in due for one in all_of_it],
        copies=[copy for mail, all_of_it in came.items() if mail in due for copy in _copies(all_of_it, faults)],
        late=[Late(mail, seconds) for mail, seconds in over.items() if seconds > PATIENCE],
        met=Counter(fault for _, at, first in expected for fault in faults if fault.meets(at - IMPORTING, first)),
        delays=[max(0.0, first - at) for _, at, first in expected],
        over=list(over.values()),
    )


def _copies(arrivals: list[Arrival], faults: Iterable[Fault]) -> Iterator[Copy]:
    doubtful = [fault for fault in faults if fault.leaves_doubts]
    for before, again in pairwise(arrivals):
        fault = min(doubtful, key=lambda one: (one.distance(before.at), one.part != MAIL_SERVER), default=None)
        seconds = fault.distance(before.at) if fault else float("inf")
        yield Copy(again.mail, before, again, fault, seconds)


def allowances(faults: Iterable[Fault]) -> Callable[[float, float], float]:
    """Return the function that says how many seconds a mail may rightly have waited between two moments.

    These are the seconds in which any part was broken.
    """
    spans = _spans(faults)

    def between(since: float, until: float) -> float:
        return sum(max(0.0, min(ended, until) - max(began, since)) for began, ended in spans)

    return between


def _spans(faults: Iterable[Fault]) -> list[tuple[float, float]]:
    """The times in which anything was broken, none of which overlap."""
    spans: list[tuple[float, float]] = []
    for began, ended in sorted((fault.began, fault.ended) for fault in faults):
        if spans and began <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], ended))
        else:
            spans.append((began, ended))
    return spans


def _mails(count: int) -> str:
    return f"{count} mail{'s' if count != 1 else ''}"


def _first(mails: Iterable[Mail], count: int = 5) -> str:
    names = [f"{mail.kind} to {mail.recipient}" for mail in mails]
    return ", ".join(names[:count]) + (f" and {len(names) - count} more" if len(names) > count else "")
