"""Gathering: what waits for one reader on a morning goes as one mail; one such mail a day is the most (rules A4)."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from mentorly.clock import Rhythm
from mentorly.emails.awaited import awaited
from mentorly.emails.claims import TABLE, Claimed, Claims, free
from mentorly.emails.contents import Contents, read_digests
from mentorly.emails.digests import Digest
from mentorly.emails.email import Register
from mentorly.emails.envelope import State
from mentorly.emails.folding import Bundle, Folding, release
from mentorly.emails.lanes import CLOCK_LANES
from mentorly.emails.lines import Saying
from mentorly.emails.one_a_day import lately, next_day, under_way
from mentorly.mentoring.people import Person

NOTHING_TO_SAY = "nothing to say"

Close = Callable[[Claimed, State, str, datetime], None]
Fail = Callable[[Claimed, Exception, datetime], None]


class Gathering:
    """Makes one mail of what waits for one reader. One batch's; whoever readies the batch commits.

    close: closes an envelope that will not go, as (envelope, state, why not). fail: closes one that is at fault.
    """

    def __init__(
        self, session: Session, register: Register, claims: Claims, now: datetime, close: Close, fail: Fail
    ) -> None:
        self.session = session
        self.register = register
        self.claims = claims
        self.now = now
        self.close = close
        self.fail = fail
        self.folding = Folding(session, claims, now)
        self.rhythms: dict[int, Rhythm] = {}
        self.readers: Mapping[int, Person] = {}
        self.opening: list[Claimed] = []
        self.home: dict[int, int] = {}
        self.bundles: list[Bundle] = []
        self.digests: list[Digest] = []

    def opened(self, claimed: Sequence[Claimed], readers: Mapping[int, Person]) -> list[Claimed]:
        """Take what claimed digests carry out of them again, to be asked and folded anew.

        To readers who have quiet hours now goes nothing that the clock started: all of that waits.
        """
        self.readers = readers
        clock = [one for one in claimed if one.lane in CLOCK_LANES]
        waits = {reader: until for reader in {one.reader_id for one in clock} if (until := self._quiet_until(reader))}
        self._wait((one.id, {"ready_at": waits[one.reader_id]}) for one in clock if one.reader_id in waits)
        staying = [one for one in claimed if one.lane not in CLOCK_LANES or one.reader_id not in waits]
        self.opening = [one for one in staying if one.lane in CLOCK_LANES and self._carries(one)]
        carried = self.folding.unfold([one.id for one in self.opening]) if self.opening else {}
        self.home = {number: digest for number, (_, digest) in carried.items()}
        aside = {one.id for one in self.opening}
        return [one for one in staying if one.id not in aside] + [one for one, _ in carried.values()]

    def gathered(self, going: Sequence[Claimed]) -> list[Claimed]:
        """Return what goes of these now: of what the clock started, one mail to each reader."""
        clock: dict[int, list[Claimed]] = {}
        for one in (*going, *self.opening):
            if one.lane in CLOCK_LANES:
                clock.setdefault(one.reader_id, []).append(one)
        rest = [one for one in going if one.lane not in CLOCK_LANES]
        if not clock:
            return rest
        busy = self._busy(list(clock), [one.id for own in clock.values() for one in own])
        alone = [one for reader, own in clock.items() for one in self._sorted_out(reader, own, busy)]
        return rest + alone + self._bundled()

    def release_but(self, written: Collection[int]) -> None:
        """Let wait again what those digests carry that could not be written."""
        lost = [bundle.digest.id for bundle in self.bundles if bundle.digest and bundle.digest.id not in written]
        if lost:
            release(self.session, lost)

    def _sorted_out(self, reader: int, own: Sequence[Claimed], busy: Mapping[int, bool]) -> list[Claimed]:
        """Bundle what goes together to one reader; return what goes by itself: what was begun, as it was begun."""
        begun = [one for one in own if is_begun(one)]
        kept = {one.id: Bundle(reader, [], one, is_sealed=True) for one in begun if self._carries(one)}
        fresh = next((one for one in own if self._carries(one) and one.id not in kept), None)
        loose = []
        for one in own:
            if self.home.get(one.id) in kept:
                kept[self.home[one.id]].carried.append(one)
            elif one not in begun and not self._carries(one):
                loose.append(one)
        self.bundles += kept.values()
        if fresh or not (begun or reader in busy):
            self.bundles.append(Bundle(reader, loose, fresh))
        else:
            self._hold(loose, has_gone=bool(begun) or busy[reader])
        return [one for one in begun if one.id not in kept]

    def _bundled(self) -> list[Claimed]:
        """Fold what goes together into a digest; return the digests, and what is left alone."""
        several = [bundle for bundle in self.bundles if len(bundle.carried) > 1 or bundle.digest]
        said = self._said(several)
        for bundle in several:
            bundle.carried = sorted((one for one in bundle.carried if one.id in said), key=self._asking_first)
        folded = [bundle for bundle in several if len(bundle.carried) > (not bundle.is_sealed)]
        self._make([bundle for bundle in folded if bundle.digest is None])
        alone = [one for bundle in self.bundles if bundle not in folded for one in bundle.carried]
        for bundle in several:
            if bundle.digest and bundle not in folded:
                self.close(bundle.digest, State.WITHDRAWN, NOTHING_TO_SAY, self.now)
        done = [bundle for bundle in folded if bundle.digest]
        self._fold(done, said)
        return alone + [bundle.digest for bundle in done if bundle.digest]

    def _said(self, bundles: Sequence[Bundle]) -> dict[int, str]:
        saying = Saying(self.session, self.register, self.readers, self._fail)
        return saying.said((one, self.now) for bundle in bundles for one in bundle.carried)

    def _fail(self, envelope: Claimed, fault: Exception) -> None:
        self.fail(envelope, fault, self.now)

    def _asking_first(self, one: Claimed) -> tuple[bool, int]:
        return not self.register[one.kind].buttons, one.id

    def _make(self, bundles: Sequence[Bundle]) -> None:
        if bundles:
            kind = next(kind for kind in self.register.values() if kind.carries)
            self.folding.make(kind, bundles, {one.reader: self._rhythm(one.reader).day(self.now) for one in bundles})
            self._hold([one for bundle in bundles if not bundle.digest for one in bundle.carried], has_gone=True)

    def _fold(self, bundles: Sequence[Bundle], said: Mapping[int, str]) -> None:
        if not bundles:
            return
        waiting = awaited(self.session, self.register, {bundle.reader for bundle in bundles}, self.now)
        for bundle in bundles:
            told = {(self.register[one.kind].thread or one.kind, one.thing_id) for one in bundle.carried}
            asked = waiting.get(bundle.reader, ())
            waiting[bundle.reader] = [one for one in asked if one.subject(self.register) not in told]
        self.folding.write_lines([bundle for bundle in bundles if not bundle.is_sealed], waiting)
        self.folding.fold(bundles)
        self.digests = read_digests(self.session, [bundle.digest.thing_id for bundle in bundles if bundle.digest])
        contents = Contents(self.session, self.register, self.now, said, waiting).read(self.digests)
        for digest in self.digests:
            digest.contents = contents[digest.id]

    def _busy(self, readers: Collection[int], but: Collection[int]) -> dict[int, bool]:
        """Readers who have had the one mail of their day, or will; whether it has gone, or only failed."""
        busy: dict[int, bool] = {}
        for reader, closed_at, has_gone in lately(self.session, self.register, readers, self.now):
            if self._rhythm(reader).day(closed_at) == self._rhythm(reader).day(self.now):
                busy[reader] = busy.get(reader, False) or has_gone
        return busy | dict.fromkeys(under_way(self.session, self.register, readers, but), True)

    def _hold(self, ones: Sequence[Claimed], *, has_gone: bool) -> None:
        """Let these wait for the next working morning. What only a failed digest holds up grows older meanwhile."""
        changes = []
        for one in ones:
            morning = next_day(self._rhythm(one.reader_id), self.now)
            changes.append((one.id, {"ready_at": morning, **({"send_at": morning} if has_gone else {})}))
        self._wait(changes)

    def _wait(self, changes: Iterable[tuple[int, Mapping[str, datetime]]]) -> None:
        alike: dict[tuple[tuple[str, datetime], ...], list[int]] = {}
        for number, values in changes:
            alike.setdefault(tuple(sorted(values.items())), []).append(number)
        for same, numbers in alike.items():
            self.session.execute(update(TABLE).where(self.claims.ours(numbers)).values({**free(), **dict(same)}))

    def _quiet_until(self, reader: int) -> datetime | None:
        until = self._rhythm(reader).out_of_quiet(self.now)
        return until if until > self.now else None

    def _rhythm(self, reader: int) -> Rhythm:
        if reader not in self.rhythms:
            try:
                self.rhythms[reader] = self.readers[reader].rhythm
            except (ValueError, LookupError):
                self.rhythms[reader] = Rhythm("UTC")  # what cannot be read fails the reader's envelopes, and no others
        return self.rhythms[reader]

    def _carries(self, one: Claimed) -> bool:
        kind = self.register.get(one.kind)
        return kind is not None and kind.carries


def is_begun(one: Claimed) -> bool:
    """Whether it was in a mail server's hands before: it goes on as it was, and is the one mail of its reader's day."""
    return bool(one.tries or one.doubts or one.crashes)
