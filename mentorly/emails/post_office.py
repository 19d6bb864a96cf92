"""The post office: everything that is asked of the mails.

It is the one that commits, since what has left cannot be taken back.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mentorly.config import Settings
from mentorly.emails import answering, erasing
from mentorly.emails.bringing_forward import bring_forward
from mentorly.emails.carrying import Carrier
from mentorly.emails.claims import Worker
from mentorly.emails.collecting import Collection
from mentorly.emails.delivery import Delivery
from mentorly.emails.email import NOW, Email, Register
from mentorly.emails.envelope import Answer, Envelope, SampleRequest, State
from mentorly.emails.forecast import Forecast
from mentorly.emails.foreseen import Upcoming
from mentorly.emails.letterbox import Letterbox
from mentorly.emails.message import Letter
from mentorly.emails.numbered_lines import open_line
from mentorly.emails.reception import Reception
from mentorly.emails.sending_again import send_again
from mentorly.emails.standing import Standing
from mentorly.emails.tally import Tally
from mentorly.emails.undelivered import Undelivered
from mentorly.emails.unsubscribing import Unsubscription, open_unsubscription
from mentorly.emails.writing import Desk
from mentorly.mentoring.base import Refused
from mentorly.mentoring.particulars import checked_language
from mentorly.mentoring.people import Person
from mentorly.mentoring.sponsors import ask_anew
from mentorly.mentoring.unreached import Unreached

ANONYMOUS = Worker()
COUNTED = ("collected", "sent", "folded", "withdrawn", "missed", "suppressed", "refused")


class PostOffice:
    """Collects what is due, delivers it, foresees it, and takes the answers."""

    def __init__(self, session: Session, register: Register, settings: Settings) -> None:
        self.session = session
        self.register = register
        self.desk = Desk.of(settings)
        self.desk.seal.give_to(session)

    @property
    def reception(self) -> Reception:
        """Where received mail is taken in."""
        return Reception(self.session, self.register, self.desk)

    @property
    def letterbox(self) -> Letterbox:
        """Where received mail is kept."""
        return self.reception.letterbox

    def collect(self, now: datetime, *, bell: bool = False) -> dict[str, int]:
        """Put into envelopes what has fallen due; bell: the lane of what people just did alone. Commits."""
        kinds = [kind for kind in self.register.values() if kind.lane is NOW or not bell]
        return dict(self._collection(now, kinds).counts)

    def _collection(self, now: datetime, kinds: list[Email], worker: Worker = ANONYMOUS) -> Collection:
        collection = Collection(self.session, self.register, now, worker.ask_hands)
        collection.run(kinds)
        return collection

    def deliver(
        self,
        clock: Callable[[], datetime],
        carrier: Carrier,
        worker: Worker = ANONYMOUS,
        most_batches: int | None = None,
        *,
        at_once: bool = False,
    ) -> Delivery:
        """Deliver what is ready; returns the delivery with its counts and faults. Commits.

        at_once: also while the mail server is left alone, because it could not be reached or refused us.
        """
        self.session.commit()
        delivery = Delivery(self.session.get_bind(), self.register, self.desk, carrier, clock, worker)
        delivery.run(most_batches, at_once=at_once)
        self.session.expire_all()
        return delivery

    def round(
        self,
        clock: Callable[[], datetime],
        carrier: Carrier,
        worker: Worker = ANONYMOUS,
        *,
        bell: bool = False,
        at_once: bool = False,
    ) -> dict[str, object]:
        """One round: collect what is due, deliver what is ready. Commits; returns the counts and the seconds."""
        began = clock()
        kinds = [kind for kind in self.register.values() if kind.lane is NOW or not bell]
        collection = self._collection(began, kinds, worker)
        collected = collection.counts
        delivery = self.deliver(clock, carrier, worker, at_once=at_once)
        counts: dict[str, object] = {name: collected[name] + delivery.counts[name] for name in COUNTED}
        counts["failed"] = collected["failed"] + delivery.counts["failed"]
        counts["uncertain"] = delivery.counts["uncertain"]
        counts["waiting"] = self.session.scalar(select(func.count()).where(Envelope.state == State.WAITING)) or 0
        counts["stopped"] = delivery.stopped
        counts["unfinished"] = delivery.is_unfinished
        told = [f"{kind}: {fault}" for kind, fault in collection.faults]
        counts["faults"] = told + [f"envelope {number}: {fault}" for number, fault in delivery.faults]
        seconds = max(0.0, (clock() - began).total_seconds())
        counts["seconds"] = round(seconds, 3)
        Standing.round_done(self.session, began, seconds)
        Tally.keep_up(self.session, clock())
        self.session.commit()
        return counts

    def upcoming(self, now: datetime, until: datetime, reader: Person | None = None) -> list[Upcoming]:
        """What is going to be sent until then if nobody does anything, to one reader or to all. Writes nothing."""
        found = Forecast(self.session, self.register, now, until).run()
        return [one for one in found if reader is None or one.reader.id == reader.id]

    def open(self, token: str, now: datetime, *, lock: bool = False) -> answering.Opened:
        """Open the envelope of a token. Raises NotOurs or Expired."""
        return answering.open_envelope(self.session, self.register, self.desk, token, now, lock=lock)

    def why_gone(self, token: str) -> tuple[Person | None, answering.Expired] | None:
        """Why a token opens nothing any more, and to whom its mail was written; None if it never opened anything."""
        return answering.why_gone(self.session, self.desk, token)

    def open_line(self, digest: Envelope, number: int, now: datetime, *, lock: bool = False) -> answering.Opened:
        """Open the mail that a numbered line of a digest stands for. Raises Refused or Expired."""
        return open_line(self.session, self.register, digest, number, now, lock=lock)

    def answer(
        self, opened: answering.Opened, button: str, typed: Mapping[str, str], door: str, now: datetime
    ) -> Answer:
        """Answer by a button. Raises Unclear or Refused."""
        return answering.answer(self.session, opened, button, typed, door, now)

    def undo(self, opened: answering.Opened, now: datetime) -> Answer:
        """Take the last answer back. Raises Refused."""
        return answering.undo(self.session, opened, now)

    def unsubscription(self, token: str) -> Unsubscription:
        """What the token of a mail that can be stopped stops. Raises NotOurs or Expired."""
        return open_unsubscription(self.session, self.register, self.desk, token)

    def preview(self, kind: Email, reader: Person, now: datetime, thing: Any = None) -> Letter:
        """An invented mail of a kind, as it would look to this reader (a person in no session). Touches nothing.

        thing: what it is about, in no session; None: something invented.
        """
        return self.desk.sample(kind, reader, now, thing)

    def ask_sample(self, kind: str, language: str, by: Person, now: datetime) -> None:
        """Let a test mail of a kind fall due to the administrator who asks. Raises Refused."""
        if not by.is_administrator:
            raise Refused("Only an administrator sends test mails.")
        if kind not in self.register:
            raise Refused("There is no such kind of mail.")
        self.session.add(SampleRequest(kind=kind, language=checked_language(language), person=by, asked_at=now))
        self.session.flush()

    def send_again(self, envelope: Envelope, by: Person, now: datetime) -> Envelope:
        """Send a mail once more, as a person asks: a new envelope, with `again` one higher. Raises Refused."""
        if not by.is_administrator:
            raise Refused("Only an administrator sends a mail again.")
        if envelope.state in {State.WAITING, State.SENDING}:
            raise Refused("This mail is waiting to be sent already.")
        return send_again(self.session, envelope, now)

    def prefer(self, person: Person, now: datetime, **preferences: Any) -> None:
        """Take a person's own profile; what was gathered for a week that they end comes forward. Raises Refused."""
        person.prefer(now, **preferences)
        self.session.flush()
        bring_forward(self.session, person, now)

    def try_again(self, person: Person, by: Person, now: datetime) -> None:
        """Take a person's address for one that works: what matters and did not arrive goes again. Raises Refused."""
        Unreached.try_again(person, by, now)
        self._send_missing(person, now)

    def correct_address(self, person: Person, email: str, by: Person, now: datetime) -> None:
        """Correct an address that its owner never used (rules B4); what matters and did not arrive goes to the new one.

        So do the invitations to meetings, which are in the calendar of the address before; and a sponsor is asked
        again. Raises Refused.
        """
        person.correct_address(email, by, now)
        ask_anew(person, now)
        self.session.flush()
        self._send_missing(person, now, elsewhere=True)

    def erase(self, person: Person, by: Person | None, now: datetime) -> None:
        """Erase what is held of a person, mails included. by: None is the terminal. Raises Refused."""
        erasing.erase(person, by, now)

    def _send_missing(self, person: Person, now: datetime, *, elsewhere: bool = False) -> None:
        for envelope in Undelivered(self.session, self.register).missing(person, now, elsewhere=elsewhere):
            send_again(self.session, envelope, now)
