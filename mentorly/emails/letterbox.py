"""The letterbox: whose an address is, and every message kept once, before anything is done with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mentorly.emails.collecting import insert_of
from mentorly.emails.decoding import clean
from mentorly.emails.email import Email, Register
from mentorly.emails.envelope import Envelope
from mentorly.emails.heading import Heading
from mentorly.emails.incoming import fingerprint
from mentorly.emails.received import WAITS, Received, Stage
from mentorly.emails.writing import ANSWER, MEETING, Desk
from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.tokens import Tokens

# As much as the pages take at once: what every way in takes.
LARGEST_MESSAGE = 25 * 1024 * 1024
# An address is taken for so much longer than the buttons of its mail (rules B1).
LATE = timedelta(days=90)
MOST_BEGUN = 5
# In the place of a token: where providers of mailboxes send complaints; they return the mail, and its addresses tell.
COMPLAINTS = "complaints"
WORKER_DIED = "WorkerDied"


class NoSuchAddress(Refused):
    """None of the recipients is an address of ours that still takes mail; the text is a sentence."""


class AddressClosed(NoSuchAddress):
    """The address was ours, and has had its time."""


@dataclass(frozen=True)
class Owner:
    """What an address of ours belongs to: a mail, a person in a relationship, or, with neither, nobody's complaints."""

    envelope_id: int | None = None
    member_id: int | None = None


@dataclass(frozen=True, repr=False)
class Post:
    """A message that came in by a door, for addresses of ours. sender: of the envelope; None if nobody told it."""

    raw: bytes
    owners: Mapping[str, Owner]
    sender: str | None
    door: str

    def rows(self, now: datetime) -> list[dict[str, Any]]:
        """What is kept of it, a row for each recipient. Raises NotAMail."""
        heading = Heading.read(self.raw)
        common = {
            "fingerprint": fingerprint(self.raw),
            "message_id": heading.message_id,
            "envelope_sender": heading.sender if self.sender is None else clean(self.sender.strip("<> ")),
            "size": len(self.raw),
            "door": self.door,
            "received_at": now,
            "raw": self.raw,
            "stage": Stage.WAITING,
        }
        return [common | {"recipient": address, **vars(owner)} for address, owner in self.owners.items()]


class Letterbox:
    """Keeps messages, and hands them out to be taken in, each to one worker."""

    def __init__(self, session: Session, register: Register, desk: Desk) -> None:
        self.session = session
        self.register = register
        self.desk = desk

    def owners(self, addresses: Iterable[str], now: datetime) -> dict[str, Owner | NoSuchAddress]:
        """Whose the addresses are, by the address in lower case; one that takes no mail comes with why."""
        tokens = {address.lower().strip("<> "): self.desk.token_in(address) for address in addresses}
        numbers = {number for token in tokens.values() if token and (number := Tokens.number(token)) is not None}
        columns = (Envelope.id, Envelope.kind, Envelope.sent_at, Envelope.collected_at, Person.generation)
        found = self.session.execute(select(*columns).join(Envelope.reader).where(Envelope.id.in_(numbers)))
        rows = {row.id: row for row in found} if numbers else {}
        owners = {address: self._owner(token, rows, now) for address, token in tokens.items()}
        others = [address for address, owner in owners.items() if not isinstance(owner, Owner)]
        return owners | self._members(others, now)

    def _members(self, addresses: Iterable[str], now: datetime) -> dict[str, Owner | NoSuchAddress]:
        """Whose the addresses of people in relationships are, until long after they are in them no more."""
        tokens = {address: token for address in addresses if (token := self.desk.calendar_token_in(address))}
        numbers = {number for token in tokens.values() if (number := Tokens.number(token)) is not None}
        if not numbers:
            return {}
        over = func.coalesce(Member.left_at, Relationship.ended_at).label("over_at")
        columns = select(Member.id, Person.generation, over).join(Member.person).join(Member.relationship)
        rows = {row.id: row for row in self.session.execute(columns.where(Member.id.in_(numbers)))}
        return {
            address: self._member(row, now)
            for address, token in tokens.items()
            if (row := rows.get(Tokens.number(token) or 0)) and self.desk.tokens.proves(token, MEETING, row.generation)
        }

    def _member(self, row: Any, now: datetime) -> Owner | NoSuchAddress:
        if row.over_at is not None and now >= row.over_at + LATE:
            return AddressClosed(
                "This relationship has ended, so this address takes no mail now. Please write to {contact} instead.",
                contact=self.desk.contact,
            )
        return Owner(member_id=row.id)

    def _owner(self, token: str | None, rows: Mapping[int, Any], now: datetime) -> Owner | NoSuchAddress:
        if token == COMPLAINTS:
            return Owner()
        row = rows.get(Tokens.number(token) or 0) if token else None
        if token is None or row is None or not self.desk.tokens.proves(token, ANSWER, row.generation):
            return NoSuchAddress("There is no such address here.")
        kind = self.register.get(row.kind)
        life = kind.button_life if kind else Email.button_life
        if now >= (row.sent_at or row.collected_at) + life + LATE:
            return AddressClosed(
                "This address has had its time. Please write to {contact} instead.", contact=self.desk.contact
            )
        return Owner(envelope_id=row.id)

    def post(self, raw: bytes, recipients: Sequence[str], sender: str | None, door: str, now: datetime) -> Post:
        """A message for those of its recipients that are ours. Raises NoSuchAddress if none is."""
        asked = self.owners(recipients, now)
        owners = {address: owner for address, owner in asked.items() if isinstance(owner, Owner)}
        if not owners:
            refusals = [one for one in asked.values() if isinstance(one, AddressClosed)]
            raise next(iter(refusals), NoSuchAddress("There is no such address here."))
        return Post(raw, owners, sender, door)

    def keep(self, posts: Iterable[Post], now: datetime) -> list[int]:
        """Keep messages, each once for each recipient; returns the numbers of those that are new. Raises NotAMail."""
        rows = [row for post in posts for row in post.rows(now)]
        insert = insert_of(self.session, Received).on_conflict_do_nothing().returning(Received.id)
        return list(self.session.scalars(insert, rows)) if rows else []

    def waiting(self, most: int) -> list[int]:
        """The numbers of the messages that wait to be taken in, the oldest first."""
        query = select(Received.id).where(WAITS).order_by(Received.id).limit(most)
        return list(self.session.scalars(query))

    def begin(self, number: int, now: datetime) -> bool:
        """Note that a worker is about to take a message in; False if it waits no more, or another one has it in hand.

        A message at which workers died again and again is not begun once more: it fails, and a person looks at it.
        """
        held = self.hold(number)
        if held is None:
            return False
        held.begun += 1
        if held.begun > MOST_BEGUN:
            self.fail(held, WORKER_DIED, now)
        return held.stage == Stage.WAITING

    def hold(self, number: int) -> Received | None:
        """A message that waits, for this worker alone until the end of the transaction; None if it cannot be had."""
        query = select(Received).where(Received.id == number, Received.stage == Stage.WAITING)
        return self.session.scalar(
            query.with_for_update(skip_locked=True, of=Received).execution_options(populate_existing=True)
        )

    @staticmethod
    def fail(received: Received, fault: str, now: datetime) -> None:
        """Keep that a message could not be taken in. fault: the name of what went wrong, never its words."""
        received.stage, received.fault, received.taken_at = Stage.FAILED, fault, now
        received.tries += 1

    @staticmethod
    def try_again(received: Received, by: Person) -> None:
        """Let a message that failed wait once more. Raises Refused."""
        if not by.is_administrator:
            raise Refused("Only an administrator has a message taken in again.")
        if received.stage != Stage.FAILED:
            raise Refused("This message did not fail, or somebody has it taken in again already.")
        if received.raw is None:
            raise Refused("This message is deleted: failed ones are kept for 30 days.")
        received.stage, received.fault, received.taken_at, received.begun = Stage.WAITING, "", None, 0
