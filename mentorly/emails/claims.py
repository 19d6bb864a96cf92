"""Claims: a worker takes envelopes for itself, keeps them while it works, and gives back what it did not send."""

import secrets
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, CursorResult, Table, and_, func, literal_column, or_, select, text, update
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, PendingRollbackError
from sqlalchemy.orm import Session

from mentorly.emails.email import LANES, NOW
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.mornings import ready_mornings
from mentorly.mentoring.arrays import is_among

TABLE = cast("Table", Envelope.__table__)
LEASE = timedelta(minutes=10)
# The machine's clock may be put right by an hour while a worker lives.
CLOCK_JUMP = timedelta(minutes=90)
MOST_CRASHES = 3
# Written out, so that both databases see which small index serves.
WAITING: ColumnElement[str] = literal_column("'waiting'")
ZERO: ColumnElement[int] = literal_column("0")
# What a database says that is away, or busy: no envelope is to blame for it.
DATABASE_AWAY = (OperationalError, InterfaceError, InternalError, PendingRollbackError)
# A claim that PostgreSQL loses in a crash is nobody's then, and whoever held it hands nothing over.
IN_TIME = text("SET LOCAL synchronous_commit TO off")
CRASHED = "in the hands of workers that died"


class Watch:
    """Sees which holders of claims have moved nothing for a whole lease, by a clock that never jumps.

    seconds: that clock. A holder's sign changes whenever it claims, renews or marks.
    """

    def __init__(self, seconds: Callable[[], float] = float) -> None:
        self._seconds = seconds
        self._seen: dict[str, tuple[Hashable, float]] = {}

    def still(self, signs: dict[str, Hashable]) -> set[str]:
        """Return the holders whose sign has been the same for a lease."""
        now = self._seconds()
        self._seen = {
            holder: self._seen[holder] if self._seen.get(holder, (None, 0.0))[0] == sign else (sign, now)
            for holder, sign in signs.items()
        }
        return {holder for holder, (_, since) in self._seen.items() if now - since > LEASE.total_seconds()}


def _nobody_is_gone(_name: str) -> bool:
    return False


def _never_mind(_seconds: float) -> None:
    """Wait for nothing."""


@dataclass(frozen=True)
class Worker:
    """Who delivers.

    name: unlike any other worker's. is_gone: whether the worker of a name is known to be dead. is_told: whether this
    one was told to end. watch: lives as long as the process. pause: waits for some seconds. ask_hands: asks for one
    more worker, because there is more to do than one batch, and tells whether that could be asked.
    """

    name: str = ""
    is_gone: Callable[[str], bool] = _nobody_is_gone
    is_told: Callable[[], bool] = bool
    watch: Watch = field(default_factory=Watch)
    pause: Callable[[float], object] = _never_mind
    ask_hands: Callable[[], object] = bool


class Claimed(NamedTuple):
    """What a worker needs to know of an envelope that it claimed."""

    id: int
    kind: str
    thing_id: int
    reader_id: int
    occasion: str
    again: int
    moment: datetime
    mark: str
    tries: int
    tried_since: datetime | None
    doubts: int
    crashes: int
    lane: int
    send_at: datetime | None
    collected_at: datetime


class Claims:
    """The claims of one worker's run. clock: tells the moment. fence: another random number for each batch.

    may_be_crashed: whether any may wait that was in the hands of a worker that died. Whoever lets such wait again
    looks for them in the same run, so once there is none, a run need not look again.
    """

    def __init__(self, session: Session, worker: Worker, clock: Callable[[], datetime]) -> None:
        self.session = session
        self.worker = worker
        self.clock = clock
        self.fence = 0
        self.may_be_crashed = True

    def free(self, leave: Callable[[Sequence["Claimed"]], object] = len) -> int:
        """Let wait again what dead workers held; return how many envelopes are now left to a person. Commits.

        A worker's death is known, or it has not moved for a lease. What this worker itself holds is from a run of its
        own that broke off, which is no crash. leave: does what there is to do about those that are left to a person.
        """
        now = self.clock()
        signs = self._signs()
        still = self.worker.watch.still(signs)
        dead = {name for name in signs if name and name != self.worker.name and self.worker.is_gone(name)} | still
        if not signs:
            self.session.rollback()
            return 0
        if self.worker.name:
            self._change(and_(Envelope.state == State.SENDING, Envelope.claimed_by == self.worker.name), free())
        lost = and_(
            Envelope.state == State.SENDING,
            or_(Envelope.claimed_by.in_(dead), Envelope.claimed_until < now - CLOCK_JUMP),
        )
        handed = Envelope.handed_at.is_not(None)
        left = self.session.execute(
            update(TABLE)
            .where(and_(lost, handed, Envelope.crashes >= MOST_CRASHES))
            .values(state=State.UNCERTAIN, why_not=CRASHED, closed_at=now)
            .returning(*(TABLE.c[name] for name in Claimed._fields))
        )
        alone = [Claimed._make(row) for row in left]
        self._change(and_(lost, handed), {"crashes": Envelope.crashes + 1, **free()})
        self._change(lost, free())
        leave(alone)
        self.session.commit()
        return len(alone)

    def are_out(self) -> bool:
        """Whether any worker holds any envelope."""
        return bool(self._signs())

    def _signs(self) -> dict[str, Hashable]:
        rows = self.session.execute(
            select(
                Envelope.claimed_by, func.count(), func.max(Envelope.claimed_until), func.max(Envelope.fence),
                func.min(Envelope.id),
            )
            .where(Envelope.state == State.SENDING)
            .group_by(Envelope.claimed_by)
        )  # fmt: skip
        return {row[0]: tuple(row[1:]) for row in rows}

    def take(self, most: int) -> list[Claimed]:
        """Claim up to so many of those that are ready: first what people did, then what the clock started. Commits.

        One that was in the hands of a worker that died comes alone: if it takes workers down, it takes no other along.
        """
        now = self.clock()
        numbers = list(self.session.scalars(self._once_crashed(now))) if self.may_be_crashed else []
        if not numbers:
            self.may_be_crashed = False
            numbers += self.session.scalars(self._ready(LANES.index(NOW), now, most))
            if len(numbers) < most:
                numbers += ready_mornings(self.session, now, most - len(numbers))
        if not numbers:
            self.session.rollback()
            return []
        self.fence = secrets.randbits(62)
        if self.session.get_bind().dialect.name == "postgresql":
            self.session.execute(IN_TIME)
        rows = self.session.execute(
            update(TABLE)
            .where(_is(State.WAITING, numbers))
            .values(
                state=State.SENDING,
                claimed_until=now + LEASE,
                claimed_by=self.worker.name,
                handed_at=None,
                fence=self.fence,
            )
            .returning(*(TABLE.c[name] for name in Claimed._fields))
        )
        claimed = {row.id: Claimed(*row) for row in rows}
        self.session.commit()
        return [claimed[number] for number in numbers if number in claimed]

    @staticmethod
    def _once_crashed(now: datetime) -> Any:
        return (
            select(Envelope.id)
            .where(Envelope.state == WAITING, Envelope.crashes > ZERO, Envelope.ready_at <= now)
            .order_by(Envelope.ready_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )

    @staticmethod
    def _ready(lane: int, now: datetime, most: int) -> Any:
        return (
            select(Envelope.id)
            .where(Envelope.state == WAITING, Envelope.lane == lane, Envelope.ready_at <= now)
            .where(Envelope.crashes == ZERO)
            .order_by(Envelope.ready_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )

    def hand(self, numbers: Collection[int]) -> bool:
        """Note that these are about to be handed over; whether all of them are still ours."""
        return self._change(self.ours(numbers), {"handed_at": self.clock()}) == len(numbers)

    def renew(self, numbers: Collection[int]) -> bool:
        """Renew the lease; whether all of them are still ours. Commits."""
        kept = self._change(self.ours(numbers), {"claimed_until": self.clock() + LEASE})
        self.session.commit()
        return kept == len(numbers)

    def give_back(self, numbers: Collection[int]) -> None:
        """Let wait again what was not handed over."""
        if numbers:
            self._change(self.ours(numbers), free())

    def put_off(self, number: int, ready_at: datetime) -> None:
        """Let one wait until a later moment. Commits."""
        self._change(self.ours([number]), {**free(), "ready_at": ready_at})
        self.session.commit()

    def ours(self, numbers: Collection[int]) -> Any:
        """The condition that picks those of these envelopes that nobody has taken over since they were claimed."""
        return and_(_is(State.SENDING, numbers), TABLE.c.fence == self.fence)

    def _change(self, which: Any, values: dict[str, Any]) -> int:
        done: CursorResult[Any] = self.session.execute(  # type: ignore[assignment]  # an UPDATE gives a CursorResult
            update(TABLE).where(which).values(**values)
        )
        return done.rowcount


def _is(state: State, numbers: Collection[int]) -> ColumnElement[bool]:
    """Whether an envelope is one of these and in a state.

    The state is hidden from the planner, or it would read all of that state by a small index and compare each with
    every number.
    """
    return and_(is_among(TABLE.c.id, numbers), TABLE.c.state.concat("") == state)


def free() -> dict[str, Any]:
    """What makes a claimed envelope wait again."""
    return {"state": State.WAITING, "claimed_until": None, "claimed_by": "", "handed_at": None}
