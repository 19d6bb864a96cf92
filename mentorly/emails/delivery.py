"""Delivering: batch after batch is claimed, written, handed to the mail server, and settled."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from itertools import chain, repeat

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from mentorly.emails.carrying import STOPS, Came, Carrier, Outgoing
from mentorly.emails.claims import DATABASE_AWAY, LEASE, Claims, Worker
from mentorly.emails.email import Register
from mentorly.emails.envelope import State
from mentorly.emails.pacing import Pacing
from mentorly.emails.readying import Readying
from mentorly.emails.settling import Done, Ready, Settling
from mentorly.emails.standing import FIRST_WAIT, Standing
from mentorly.emails.writing import Desk

# A batch is what goes in a moment; a statement serves as many as may be.
BATCH, LARGEST_BATCH = 50, 400
MOMENT = timedelta(seconds=0.25)
# What the server has answered for is kept after so many, and at the latest after so long: it is what a killed worker
# would send again.
LONGEST_UNSETTLED, MOST_UNSETTLED = timedelta(seconds=1), 200
LONGEST_RUN = timedelta(seconds=120)
ENDS_BATCH = STOPS | {Came.UNCERTAIN}
DATABASE_WAITS = (0.2, 0.5, 1.0)


class Delivery:
    """Delivers what is ready. clock: tells the moment, which is asked again for each mail.

    counts: envelopes by the state that they reached. faults: as (envelope's number, fault's name). stopped: why the
    queue stands still, in the mail server's words. is_unfinished: whether there was more to do than there was time.
    """

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
        desk.seal.give_to(self.session)
        self.carrier = carrier
        self.clock = clock
        self.worker = worker
        self.claims = Claims(self.session, worker, clock)
        self.readying = Readying(self.session, register, desk, self.claims)
        self.settling = Settling(self.session, self.claims)
        self.pacing = Pacing(desk.settings.smtp_rate, desk.settings.smtp_rate_per_domain)
        self.left_over = 0
        self.stopped = ""
        self.is_stopped = False
        self.is_unfinished = False
        self.renewed_at = self.latest = clock()
        self.size = BATCH
        self.may_ask = True
        self.second_tries = 3

    @property
    def counts(self) -> Counter[str]:
        """Envelopes by the state that they reached."""
        return self.settling.counts + Counter(self.readying.ended) + Counter({State.UNCERTAIN: self.left_over})

    @property
    def faults(self) -> list[tuple[int, str]]:
        """The faults of single envelopes: number and the fault's name."""
        return self.readying.faults + self.settling.faults

    def run(self, most_batches: int | None = None, *, at_once: bool = False) -> Counter[str]:
        """Deliver batch after batch until nothing is ready, the time is over, or the mail server refuses us.

        While the queue stands still, one mail tries now and then whether the mail server takes mails again; at_once:
        without waiting for that.
        """
        began = self.clock()
        batches = 0
        try:
            self.left_over = self.claims.free(lambda left: self.settling.leave(left, self.readying.register, began))
            if not (self._may_try(began) or at_once):
                return self.counts
            while (most_batches is None or batches < most_batches) and (self._batch() or self._tries_again()):
                batches += 1
                if self.clock() - began > LONGEST_RUN:
                    self.is_unfinished = True
                    break
            self._note_end()
        finally:
            self.session.close()
        return self.counts

    def _may_try(self, now: datetime) -> bool:
        standing = Standing.of(self.session)
        self.session.rollback()
        self.is_stopped = standing.stopped_since is not None
        self.stopped = standing.server_said
        return not standing.holds(now)

    def _tries_again(self) -> bool:
        """Whether to go on, a little later, after a fault in the middle of good work: it may soon be mended."""
        if not (self.is_stopped and self.settling.counts[State.SENT] and self.second_tries) or self.worker.is_told():
            return False
        self.second_tries -= 1
        self.worker.pause(FIRST_WAIT.total_seconds())
        return True

    def _note_end(self) -> None:
        """A worker that was told to end leaves its work to the others at once, not with the next round."""
        self.is_unfinished = self.is_unfinished or self.worker.is_told()

    def _batch(self) -> bool:
        """Deliver one batch, of a single mail while the queue stands still; whether there may be another."""
        claimed = [] if self.worker.is_told() else self.claims.take(1 if self.is_stopped else self.size)
        if not claimed:
            self._forget_stop()
            return False
        began = self.renewed_at = self.latest = self.clock()
        is_full = len(claimed) >= self.size
        if is_full and self.may_ask:
            self.may_ask = bool(self.worker.ask_hands())
        has_tried = self._hand_over(self.readying.ready(claimed, began))
        self.session.close()
        if is_full:
            self._fit(self.clock() - began)
        return not (self.worker.is_told() or (self.is_stopped and has_tried))

    def _fit(self, took: timedelta) -> None:
        """Take more at once next time if a batch went in less than a moment, and fewer if it took several."""
        if took < MOMENT:
            self.size = min(2 * self.size, LARGEST_BATCH)
        elif took > 4 * MOMENT:
            self.size = max(self.size // 2, BATCH)

    def _forget_stop(self) -> None:
        """With nothing left to send, nothing stands still: the next mail finds out how the mail server is."""
        if self.is_stopped and not self.worker.is_told() and not self.claims.are_out():
            Standing.go_on(self.session)
            self.session.commit()
            self.is_stopped, self.stopped = False, ""

    def _hand_over(self, written: Sequence[Ready]) -> bool:
        """Hand a batch over; what was not handed over waits again. Whether the mail server had its say."""
        waiting, pulled, done = deque(written), deque[Ready](), list[Done]()
        has_tried = False
        try:
            with closing(self.carrier.carry(self._going(waiting, pulled))) as outcomes:
                for outcome in outcomes:
                    has_tried = True
                    self.latest = self.clock()
                    done.append(Done(pulled.popleft(), outcome, self.latest))
                    if outcome.came in ENDS_BATCH:
                        break
                    if len(done) >= MOST_UNSETTLED or abs(self.latest - done[0].at) >= LONGEST_UNSETTLED:
                        self._settle(done)
                        done = []
        finally:
            self._settle(done, [*pulled, *waiting])
        return has_tried

    def _going(self, waiting: deque[Ready], pulled: deque[Ready]) -> Iterator[Outgoing]:
        """The mails of a batch one by one, while they are ours, the database answers, and this worker may go on."""
        while waiting and not self.worker.is_told():
            try:
                if self._is_old() and not self._keep([*pulled, *waiting]):
                    return
                may_go = self._takes_turn(waiting[0])
            except DATABASE_AWAY:
                self.session.rollback()
                return
            ready = waiting.popleft()
            if may_go:
                pulled.append(ready)
                yield Outgoing(ready.data, ready.sender, ready.recipient)

    def _is_old(self) -> bool:
        """Whether the lease wants renewing, by the moment of the latest outcome; also after the clock was put back."""
        return not timedelta() <= self.latest - self.renewed_at < LEASE / 5

    def _keep(self, held: Sequence[Ready]) -> bool:
        """Renew the lease; false if another worker has taken over since."""
        self.renewed_at = self.latest = self.clock()
        return self.claims.renew([ready.number for ready in held])

    def _takes_turn(self, ready: Ready) -> bool:
        """Wait for the mail's turn, where a pace is set; false if that is too far off, and the mail waits instead."""
        if not self.pacing.is_set:
            return True
        now = self.clock()
        turn, is_near = self.pacing.turn(self.session, ready.recipient, now)
        if is_near:
            self.worker.pause(max(0.0, (turn - now).total_seconds()))
        else:
            self.claims.put_off(ready.number, turn)
        return is_near

    def _settle(self, done: Sequence[Done], left: Sequence[Ready] = ()) -> None:
        """Keep what came of these, however long the database is away: the mails have left, and must not go twice."""
        for wait in chain(DATABASE_WAITS, repeat(DATABASE_WAITS[-1])):
            try:
                self.claims.give_back([ready.number for ready in left])
                self.settling.settle(done)
                self._note_standing(done)
            except DATABASE_AWAY:
                with suppress(*DATABASE_AWAY):
                    self.session.rollback()
                self.worker.pause(wait)
            else:
                return

    def _note_standing(self, done: Sequence[Done]) -> None:
        """Keep whether the mail server takes mails.

        One that hangs up after a mail is left alone too, or mail after mail would be in doubt.
        """
        for one in done:
            if one.outcome.came is Came.UNCERTAIN and self.worker.is_told():
                continue
            if one.outcome.came in ENDS_BATCH:
                Standing.stop(self.session, one.outcome, one.at)
                self.is_stopped, self.stopped = True, one.outcome.words
            elif self.is_stopped:
                Standing.go_on(self.session)
                self.is_stopped, self.stopped = False, ""
        self.session.commit()
