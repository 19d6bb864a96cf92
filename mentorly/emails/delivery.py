"""Delivering: envelopes are claimed, asked "still due?", written, handed to the mail server, and marked."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import Connection, CursorResult, Engine, and_, or_, select, update
from sqlalchemy.orm import Session, selectinload

from mentorly.emails.collecting import NOT_TRUE, SUPPRESSED, TOO_LATE, suppresses
from mentorly.emails.email import Email, Register
from mentorly.emails.envelope import Envelope, State, Suppression
from mentorly.emails.message import compose
from mentorly.emails.writing import Desk
from mentorly.mentoring.base import Base
from mentorly.mentoring.people import Person

BATCH = 20
LEASE = timedelta(minutes=15)
LONGEST_RUN = timedelta(seconds=120)
TOO_CLOSE = timedelta(hours=2)
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480))
LONGEST_TRYING = timedelta(days=1)
UNKNOWN_KIND = "unknown kind"
GAVE_UP = "gave up after a day"


# A poison envelope stops no other. What a worker raises to end a job is no Exception, and ends it.
POISON = (Exception,)


class Came(StrEnum):
    """What a mail server's answer means for an envelope."""

    ACCEPTED = "accepted"
    LATER = "later"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    OURS = "ours"


@dataclass(frozen=True)
class Outcome:
    """What came of handing a mail over, and the server's sentence."""

    came: Came
    words: str = ""


@dataclass(frozen=True)
class Worker:
    """Who delivers. name: unlike any other worker's. is_gone: whether the worker of a name is known to be dead."""

    name: str = ""
    is_gone: Callable[[str], bool] = bool


class Carrier(Protocol):
    """Whoever hands a finished mail to the mail server; it never raises."""

    def carry(self, data: bytes, sender: str, recipient: str) -> Outcome:
        """Hand it over. data: the whole message. sender: the envelope sender, where bounces go."""


@dataclass(frozen=True)
class Ready:
    """A mail that is written and may go."""

    envelope: Envelope
    kind: Email
    thing: Any
    data: bytes
    sender: str


class Delivery:
    """Delivers what is ready. clock: tells the moment, which is asked again for each mail."""

    def __init__(
        self,
        bind: Engine | Connection,
        register: Register,
        desk: Desk,
        carrier: Carrier,
        clock: Callable[[], datetime],
        worker: Worker,
    ) -> None:
        self.session = Session(bind, expire_on_commit=False)
        self.register = register
        self.desk = desk
        self.carrier = carrier
        self.clock = clock
        self.worker = worker
        self.counts: Counter[str] = Counter()
        self.faults: list[tuple[int, str]] = []
        self.stopped = ""
        self.is_unfinished = False

    def run(self, most_batches: int | None = None) -> Counter[str]:
        """Deliver batch after batch until nothing is ready, the time is over, or the mail server refuses us."""
        began = self.clock()
        batches = 0
        try:
            self._free_expired()
            while not self.stopped and (most_batches is None or batches < most_batches):
                claimed = self._claim()
                if not claimed:
                    break
                batches += 1
                for ready in list(self._ready(claimed)):
                    self._send(ready)
                self.session.close()
                if self.clock() - began > LONGEST_RUN:
                    self.is_unfinished = True
                    break
        finally:
            self.session.close()
        return self.counts

    def _free_expired(self) -> None:
        """Let what a dead worker held wait again: at once where its death is known, else when its lease runs out."""
        holders = select(Envelope.claimed_by).where(Envelope.state == State.SENDING).distinct()
        gone = [name for name in self.session.scalars(holders) if name and self.worker.is_gone(name)]
        self.session.execute(
            update(Envelope)
            .where(Envelope.state == State.SENDING)
            .where(or_(Envelope.claimed_until < self.clock(), Envelope.claimed_by.in_(gone)))
            .values(state=State.WAITING, claimed_until=None)
            .execution_options(synchronize_session=False)
        )
        self.session.commit()

    def _claim(self) -> dict[int, int]:
        """Claim a batch; return the fence of each envelope by its id."""
        now = self.clock()
        ready = (
            select(Envelope.id)
            .where(Envelope.state == State.WAITING, Envelope.send_at <= now)
            .where(or_(Envelope.retry_at.is_(None), Envelope.retry_at <= now))
            .order_by(Envelope.lane, Envelope.send_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        numbers = list(self.session.scalars(ready))
        claimed = self.session.execute(
            update(Envelope)
            .where(Envelope.id.in_(numbers), Envelope.state == State.WAITING)
            .values(
                state=State.SENDING, claimed_until=now + LEASE, claimed_by=self.worker.name, fence=Envelope.fence + 1
            )
            .returning(Envelope.id, Envelope.fence)
            .execution_options(synchronize_session=False)
        )
        fences = dict(claimed.all())
        self.session.commit()
        return fences

    def _ready(self, claimed: dict[int, int]) -> Iterator[Ready]:
        """Ask what is still due, and write it; nothing has left when this is committed."""
        found = self.session.scalars(
            select(Envelope)
            .where(Envelope.id.in_(claimed), Envelope.state == State.SENDING)
            .order_by(Envelope.lane, Envelope.send_at, Envelope.id)
            .options(selectinload(Envelope.reader).selectinload(Person.organization))
            .execution_options(populate_existing=True)
        ).all()
        envelopes = [envelope for envelope in found if envelope.fence == claimed[envelope.id]]
        written: list[Ready] = []
        for kind_name in dict.fromkeys(envelope.kind for envelope in envelopes):
            own = [envelope for envelope in envelopes if envelope.kind == kind_name]
            kind = self.register.get(kind_name)
            if kind is None:
                for envelope in own:
                    self._close(envelope, State.FAILED, UNKNOWN_KIND)
            else:
                written += self._written(kind, self._due(kind, own))
        self.session.commit()
        yield from written

    def _due(self, kind: Email, envelopes: Sequence[Envelope]) -> list[Envelope]:
        now = self.clock()
        query = kind.due.among({envelope.thing_id for envelope in envelopes}).params(now=now)
        true = {(row.thing_id, row.reader_id, row.occasion) for row in self.session.execute(query)}
        readers = {envelope.reader_id for envelope in envelopes}
        suppressed = self._suppressed(kind, readers)
        going = []
        for envelope in envelopes:
            try:
                if self._may_go(kind, envelope, true, suppressed, now):
                    going.append(envelope)
            except POISON as error:
                self.faults.append((envelope.id, type(error).__name__))
                self._close(envelope, State.FAILED, type(error).__name__)
        return going

    def _suppressed(self, kind: Email, readers: set[int]) -> set[int]:
        query = select(Suppression.person_id).where(Suppression.person_id.in_(readers), suppresses(kind))
        return set(self.session.scalars(query))

    def _may_go(
        self, kind: Email, envelope: Envelope, true: set[tuple[int, int, str]], suppressed: set[int], now: datetime
    ) -> bool:
        send_at = kind.timing.send_at(envelope.moment, envelope.reader.rhythm)
        if (envelope.thing_id, envelope.reader_id, envelope.occasion) not in true:
            self._close(envelope, State.WITHDRAWN, NOT_TRUE)
        elif kind.comes_before and now > envelope.moment - TOO_CLOSE:
            self._close(envelope, State.WITHDRAWN, TOO_LATE)
        elif envelope.reader_id in suppressed:
            self._close(envelope, State.SUPPRESSED, SUPPRESSED)
        elif envelope.again == 0 and kind.fresh_for is not None and send_at <= now - kind.fresh_for:
            self._close(envelope, State.MISSED, TOO_LATE)
        elif envelope.again == 0 and send_at > now:
            self._mark(envelope, {"state": State.WAITING, "send_at": send_at, "claimed_until": None})
        else:
            return True
        return False

    def _written(self, kind: Email, envelopes: Sequence[Envelope]) -> Iterator[Ready]:
        first_marks = self._threads(kind, envelopes)
        for envelope in envelopes:
            first = first_marks.get((envelope.thing_id, envelope.reader_id), "")
            try:
                with self.session.begin_nested():
                    ready = self._write(kind, envelope, first)
            except POISON as error:
                self.faults.append((envelope.id, type(error).__name__))
                self._close(envelope, State.FAILED, type(error).__name__)
            else:
                yield ready

    def _write(self, kind: Email, envelope: Envelope, answers_to: str) -> Ready:
        now = self.clock()
        reader = envelope.reader
        thing = self.session.get_one(kind.due.thing, envelope.thing_id)
        password = self.desk.tokens.password(envelope.id, reader.generation)
        values = {**kind.values(thing, reader, now), **kind.sending(thing, reader, password, now)}
        token = self.desk.token(envelope.id, reader)
        letter = self.desk.letter(kind, reader, token, envelope.mark, values, now, answers_to)
        return Ready(envelope, kind, thing, compose(letter), self.desk.reply_address(token))

    def _threads(self, kind: Email, envelopes: Sequence[Envelope]) -> dict[tuple[int, int], str]:
        """The mark of the first mail of each thread, by thing and reader."""
        if not kind.thread:
            return {}
        rows = self.session.execute(
            select(Envelope.thing_id, Envelope.reader_id, Envelope.mark)
            .where(
                Envelope.kind.in_(self.register.of_thread(kind.thread)),
                Envelope.thing_id.in_({envelope.thing_id for envelope in envelopes}),
                Envelope.reader_id.in_({envelope.reader_id for envelope in envelopes}),
                Envelope.state == State.SENT,
            )
            .order_by(Envelope.id.desc())
        )
        return {(thing_id, reader_id): mark for thing_id, reader_id, mark in rows}

    def _send(self, ready: Ready) -> None:
        envelope = ready.envelope
        if self.stopped or not self._keep(envelope):
            self._release(envelope)
            return
        outcome = self.carrier.carry(ready.data, ready.sender, envelope.reader.email)
        now = self.clock()
        change = self._change(ready.kind, envelope, outcome, now)
        if self._mark(envelope, change):
            self._tell_thing(ready, outcome.came, now)
        self.session.commit()
        if outcome.came is Came.OURS:
            self.stopped = outcome.words

    def _tell_thing(self, ready: Ready, came: Came, now: datetime) -> None:
        """Let the thing keep what became of the mail; a fault in that undoes no mark, or the mail would go again."""
        tell = {Came.ACCEPTED: ready.kind.sent, Came.UNCERTAIN: ready.kind.sent, Came.REFUSED: ready.kind.not_sent}.get(
            came
        )
        if tell is None:
            return
        thing: Base = ready.thing
        try:
            with self.session.begin_nested():
                self.session.refresh(thing)
                tell(thing, ready.envelope.reader, now)
        except POISON as error:
            self.faults.append((ready.envelope.id, type(error).__name__))

    def _change(self, kind: Email, envelope: Envelope, outcome: Outcome, now: datetime) -> dict[str, Any]:
        said = {"server_said": outcome.words[:500], "claimed_until": None}
        if outcome.came is Came.ACCEPTED:
            return said | {"state": State.SENT, "sent_at": now}
        if outcome.came is Came.REFUSED:
            return said | {"state": State.REFUSED}
        if outcome.came is Came.UNCERTAIN and (envelope.tries or not kind.worse_missed):
            return said | {"state": State.UNCERTAIN}
        if outcome.came is Came.OURS:
            return said | {"state": State.WAITING}
        return said | self._later(envelope, now)

    def _later(self, envelope: Envelope, now: datetime) -> dict[str, Any]:
        if now - (envelope.send_at or now) > LONGEST_TRYING and envelope.tries >= len(WAITS):
            return {"state": State.FAILED, "why_not": GAVE_UP}
        wait = WAITS[min(envelope.tries, len(WAITS) - 1)] * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, keeps no secret
        return {"state": State.WAITING, "retry_at": now + wait, "tries": envelope.tries + 1}

    def _keep(self, envelope: Envelope) -> bool:
        """Renew the lease; false if another worker has taken the envelope since."""
        now = self.clock()
        if envelope.claimed_until and envelope.claimed_until - now > LEASE * 0.8:
            return True
        kept = self._mark(envelope, {"claimed_until": now + LEASE})
        self.session.commit()
        return kept

    def _mark(self, envelope: Envelope, change: dict[str, Any]) -> bool:
        done: CursorResult[Any] = self.session.execute(  # type: ignore[assignment]
            update(Envelope)
            .where(and_(Envelope.id == envelope.id, Envelope.fence == envelope.fence, Envelope.state == State.SENDING))
            .values(**change)
            .execution_options(synchronize_session=False)
        )
        if done.rowcount and change.get("state", State.WAITING) != State.WAITING:
            self.counts[change["state"]] += 1
        return bool(done.rowcount)

    def _close(self, envelope: Envelope, state: State, why_not: str) -> None:
        self._mark(envelope, {"state": state, "why_not": why_not, "claimed_until": None})

    def _release(self, envelope: Envelope) -> None:
        self._mark(envelope, {"state": State.WAITING, "claimed_until": None})
        self.session.commit()
