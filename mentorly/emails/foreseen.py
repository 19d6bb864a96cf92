"""Foreseen mails, and what mornings make of them: the same steps as gathering.py, without writing (rules A4, A9)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from mentorly.emails.email import LANES, MORNING, Email
from mentorly.emails.lanes import CLOCK_LANES
from mentorly.emails.one_a_day import next_day
from mentorly.mentoring.people import Person

TOO_CLOSE = timedelta(hours=2)


@dataclass(frozen=True)
class Upcoming:
    """A mail that is going to be sent if nothing changes. send_at: never before the moment of asking.

    fold: the reader's date, as text, of the digest that carries it; '' if it goes by itself. is_begun: a mail server
    had it in hand before.
    """

    kind: Email
    thing_id: int
    reader: Person
    occasion: str
    moment: datetime
    send_at: datetime
    lane: int = 0
    fold: str = ""
    is_begun: bool = False

    @property
    def key(self) -> tuple[str, int, int, str]:
        """What makes it one mail."""
        return self.kind.name, self.thing_id, self.reader.id, self.occasion


@dataclass(frozen=True)
class Mornings:
    """Arranges the foreseen mails of the clock: one mail a day to each reader.

    digest: the kind that carries others. spent: days that have had their mail already, by reader. until: how far to
    look. is_true: whether a mail will still be true at a moment.
    """

    digest: Email
    spent: Mapping[int, Collection[date]]
    until: datetime
    is_true: Callable[[Upcoming, datetime], bool]

    def arranged(self, found: Iterable[Upcoming]) -> Iterator[Upcoming]:
        """The mails as they will leave, digests and what these carry among them."""
        by_reader: dict[int, list[Upcoming]] = {}
        for one in found:
            if one.lane in CLOCK_LANES:
                by_reader.setdefault(one.reader.id, []).append(one)
            elif self.is_true(one, one.send_at):
                yield one
        for own in by_reader.values():
            yield from self._of_reader(own)

    def _of_reader(self, own: list[Upcoming]) -> Iterator[Upcoming]:
        rhythm, begun = own[0].reader.rhythm, [one for one in own if one.is_begun]
        spent = {*self.spent.get(own[0].reader.id, ()), *(rhythm.day(one.send_at) for one in begun)}
        busy_until = max((one.send_at for one in begun), default=None)
        for fold in {one.fold for one in begun}:
            yield from self._mail([one for one in begun if one.fold == fold], begun[0].send_at, fold)
        waiting = [one for one in own if not one.is_begun]
        while waiting:
            at = rhythm.out_of_quiet(min(one.send_at for one in waiting))
            if at > self.until:
                return
            ready = [one for one in waiting if one.send_at <= at and self._may_go(one, at)]
            waiting = [one for one in waiting if one.send_at > at]
            if rhythm.day(at) in spent or (busy_until is not None and at <= busy_until):
                waiting += [replace(one, send_at=next_day(rhythm, at)) for one in ready]
            elif ready:
                spent.add(rhythm.day(at))
                yield from self._mail(ready, at, self._fold(ready, rhythm.day(at)))

    def _may_go(self, one: Upcoming, at: datetime) -> bool:
        return not (one.kind.comes_before and at > one.moment - TOO_CLOSE) and self.is_true(one, at)

    @staticmethod
    def _fold(ready: list[Upcoming], day: date) -> str:
        """The day of the digest that carries these: of one that waits already, or today's."""
        known = next((one.fold for one in ready if one.fold), day.isoformat())
        return known if len(ready) > 1 else ""

    def _mail(self, ones: list[Upcoming], at: datetime, fold: str) -> Iterator[Upcoming]:
        for one in ones:
            yield replace(one, send_at=at, fold=fold)
        if fold:
            lane = LANES.index(MORNING)
            yield Upcoming(self.digest, 0, ones[0].reader, fold, at, at, lane)
