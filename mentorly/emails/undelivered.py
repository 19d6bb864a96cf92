"""Undelivered: what a mail server says of a mail of ours after it had taken it, or instead of taking it (inbox T8, T9).

A bounce needs the token of the mail in its recipient: that is its authority, whatever else it says.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from mentorly.emails.awaited import GONE
from mentorly.emails.bounces import Bounce, Complaint
from mentorly.emails.email import Email, Register
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.reasons import codes_in, reason_in
from mentorly.mentoring.people import Person
from mentorly.mentoring.suppressions import Suppression, Why
from mentorly.mentoring.unreached import COUNTED, COUNTED_FOR, Loss, Unreached, Verdict, is_graver

LONGEST_ON_THE_WAY = timedelta(days=14)
# Kinds of feedback by which a reader says that they do not want a mail (RFC 5965 7.3); others tell of something else.
UNWANTED = frozenset({"abuse", "fraud", "opt-out", "opt-out-list", "miscategorized"})
KEY = ("kind", "thing_id", "reader_id", "occasion")


class Undelivered:
    """Keeps that mails did not arrive or were not wanted, and what that says of their readers."""

    def __init__(self, session: Session, register: Register) -> None:
        self.session = session
        self.register = register

    def bounced(self, envelope: Envelope, bounce: Bounce, received_at: datetime, now: datetime) -> bool:
        """Keep that a mail came back; whether that is new. What is told too long after the mail left says nothing."""
        self.session.refresh(envelope, with_for_update=True)
        late = envelope.sent_at is None or received_at - envelope.sent_at > LONGEST_ON_THE_WAY
        if late or not is_graver(bounce.verdict, envelope.bounce):
            return False
        envelope.bounce, envelope.bounce_code, envelope.bounced_at = bounce.verdict, bounce.status, now
        self.session.flush()
        kind = self.register.get(envelope.kind)
        if kind is not None and bounce.verdict is not Verdict.DELAYED:
            self._not_sent(envelope, kind, now)
        self._lost(envelope.reader, kind, bounce.verdict, bounce.status, now)
        return True

    def _not_sent(self, envelope: Envelope, kind: Email, now: datetime) -> None:
        """Let the thing know what it would have known of a refusal, if this was the last mail about it."""
        thing = self.session.get(kind.due.thing, envelope.thing_id, with_for_update=True)
        same = [getattr(Envelope, name) == getattr(envelope, name) for name in KEY]
        later = self.session.scalar(select(Envelope.id).where(*same, Envelope.again > envelope.again).limit(1))
        if thing is not None and later is None and self._is_true(envelope, now):
            kind.not_sent(thing, envelope.reader, now)
            self.session.flush()

    def refused(self, reader: Person, kind: Email, code: str, words: str, now: datetime) -> None:
        """Keep what it says of a reader that their mail server refused a mail for good, or put it off for too long."""
        verdict = Verdict(reason_in([code, *codes_in(words)], words))
        self._lost(reader, kind, Verdict.TRANSIENT if verdict is Verdict.DELAYED else verdict, code, now)

    def complained(self, envelope: Envelope, complaint: Complaint, now: datetime) -> bool:
        """Keep that a reader marked a mail as unwanted, and end the optional mails to them; whether that is new."""
        self.session.refresh(envelope, with_for_update=True)
        if complaint.kind not in UNWANTED or envelope.complained_at is not None:
            return False
        envelope.complained_at = now
        Suppression.put(envelope.reader, Why.COMPLAINT, now, evidence=complaint.kind)
        return True

    def _lost(self, reader: Person, kind: Email | None, verdict: Verdict, code: str, now: datetime) -> None:
        matters = kind is not None and kind.told_if_lost
        counted = self._counted(reader, now) if verdict in COUNTED else 0
        Unreached.lost(reader, Loss(verdict, code, matters, counted), now)

    def _counted(self, reader: Person, now: datetime) -> int:
        """How many mails of late came back for a full mailbox or a policy, since the reader has this address."""
        since = max(now - COUNTED_FOR, reader.registered_at)
        of_late = Envelope.reader_id == reader.id, Envelope.bounced_at >= since, Envelope.bounce.in_(COUNTED)
        return self.session.scalar(select(func.count()).select_from(Envelope).where(*of_late)) or 0

    def missing(self, reader: Person, now: datetime, *, elsewhere: bool = False) -> Sequence[Envelope]:
        """The mails to a reader that matter, did not arrive, are still true, and that nobody has sent again.

        elsewhere: so is what asked the calendar of an address that is not the reader's any more.
        """
        matter = [kind for kind in self.register.values() if kind.told_if_lost]
        kinds = [kind.name for kind in matter]
        asking = [kind.name for kind in matter if kind.asks and type(kind).organizer is not Email.organizer]
        later = aliased(Envelope)
        same = [getattr(later, name) == getattr(Envelope, name) for name in KEY]
        came_back = and_(Envelope.bounced_at.is_not(None), Envelope.bounce != Verdict.DELAYED)
        lost = or_(came_back, Envelope.state.in_([State.REFUSED, State.FAILED]))
        if elsewhere:
            lost = or_(lost, and_(Envelope.kind.in_(asking), Envelope.state.in_(GONE)))
        query = select(Envelope).where(Envelope.reader_id == reader.id, Envelope.kind.in_(kinds), lost)
        query = query.where(not_(exists().where(*same, later.again > Envelope.again))).order_by(Envelope.id)
        return [envelope for envelope in self.session.scalars(query) if self._is_true(envelope, now)]

    def _is_true(self, envelope: Envelope, now: datetime) -> bool:
        due = self.register[envelope.kind].due.among({envelope.thing_id}).params(now=now)
        about = (envelope.thing_id, envelope.reader_id, envelope.occasion)
        return any((row.thing_id, row.reader_id, row.occasion) == about for row in self.session.execute(due))
