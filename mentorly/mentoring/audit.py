"""The record of acts: who did what to whom, in numbers and codes alone.

It holds what is done in the console, at the terminal and by the mails that do the same; and what people do with all of
their own data.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DDL, ColumnElement, ForeignKey, Index, event, or_
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, sentence
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Relationship


class Deed(StrEnum):
    """What was done. A code that was kept once is never given another meaning."""

    ADMINISTRATOR_MADE = "administrator_made"
    PERSON_REGISTERED = "person_registered"
    PERSON_ERASED = "person_erased"
    ADDRESS_CORRECTED = "address_corrected"
    ADDRESS_TRIED_AGAIN = "address_tried_again"
    MAIL_SENT_AGAIN = "mail_sent_again"
    TEST_MAIL_ASKED = "test_mail_asked"
    MESSAGE_TAKEN_IN_AGAIN = "message_taken_in_again"
    ROSTER_IMPORTED = "roster_imported"
    MATCH_PROPOSED = "match_proposed"
    PROPOSAL_WITHDRAWN = "proposal_withdrawn"
    FIRST_MEETING_SET = "first_meeting_set"
    FIRST_MEETING_PUT_BACK = "first_meeting_put_back"
    RELATIONSHIP_PAUSED = "relationship_paused"
    RELATIONSHIP_RESUMED = "relationship_resumed"
    RELATIONSHIP_ENDED = "relationship_ended"
    RELATIONSHIP_EXTENDED = "relationship_extended"
    CONCERN_READ = "concern_read"
    CONCERN_TAKEN = "concern_taken"
    CONCERN_CLOSED = "concern_closed"
    CONCERN_REOPENED = "concern_reopened"
    CONCERN_ENDED = "concern_ended"
    CALL_READ = "call_read"
    CALL_SETTLED = "call_settled"
    CALL_REOPENED = "call_reopened"
    PROGRAM_ADDED = "program_added"
    RETENTION_SET = "retention_set"
    WORDS_RETENTION_SET = "words_retention_set"
    SILENCE_SET = "silence_set"
    DATA_ASKED_FOR = "data_asked_for"
    DATA_TAKEN = "data_taken"
    ERASURE_ASKED_FOR = "erasure_asked_for"
    UNHEARD_SET = "unheard_set"
    UNHEARD_SETTLED = "unheard_settled"
    UNHEARD_REOPENED = "unheard_reopened"
    SPONSOR_ADDED = "sponsor_added"
    SPONSOR_ENDED = "sponsor_ended"
    DOCUMENT_SHARED = "document_shared"
    DOCUMENT_DESCRIBED = "document_described"
    DOCUMENT_RENEWED = "document_renewed"
    DOCUMENT_MOVED = "document_moved"
    DOCUMENT_RETIRED = "document_retired"
    DOCUMENT_RESTORED = "document_restored"
    INSTRUMENT_BEGUN = "instrument_begun"
    INSTRUMENT_EDITED = "instrument_edited"
    INSTRUMENT_PUT_TO_USE = "instrument_put_to_use"
    INSTRUMENT_STOPPED = "instrument_stopped"
    INSTRUMENT_THROWN_AWAY = "instrument_thrown_away"


TOLD: Mapping[Deed, str] = {
    Deed.ADMINISTRATOR_MADE: sentence("Made an administrator"),
    Deed.PERSON_REGISTERED: sentence("Registered a person"),
    Deed.PERSON_ERASED: sentence("Erased what is held about a person"),
    Deed.ADDRESS_CORRECTED: sentence("Corrected an address"),
    Deed.ADDRESS_TRIED_AGAIN: sentence("Tried an address again"),
    Deed.MAIL_SENT_AGAIN: sentence("Sent a mail again"),
    Deed.TEST_MAIL_ASKED: sentence("Asked for a test mail"),
    Deed.MESSAGE_TAKEN_IN_AGAIN: sentence("Took in a received message again"),
    Deed.ROSTER_IMPORTED: sentence("Imported a roster"),
    Deed.MATCH_PROPOSED: sentence("Proposed a match"),
    Deed.PROPOSAL_WITHDRAWN: sentence("Took a proposal back"),
    Deed.FIRST_MEETING_SET: sentence("Set a first meeting"),
    Deed.FIRST_MEETING_PUT_BACK: sentence("Took the date of a first meeting back"),
    Deed.RELATIONSHIP_PAUSED: sentence("Paused a relationship"),
    Deed.RELATIONSHIP_RESUMED: sentence("Resumed a relationship"),
    Deed.RELATIONSHIP_ENDED: sentence("Ended a relationship"),
    Deed.RELATIONSHIP_EXTENDED: sentence("Extended a relationship"),
    Deed.CONCERN_READ: sentence("Read the words of a concern"),
    Deed.CONCERN_TAKEN: sentence("Took on a concern"),
    Deed.CONCERN_CLOSED: sentence("Closed a concern"),
    Deed.CONCERN_REOPENED: sentence("Reopened a concern"),
    Deed.CONCERN_ENDED: sentence("Ended the relationship of a concern"),
    Deed.CALL_READ: sentence("Read the words of a call for help"),
    Deed.CALL_SETTLED: sentence("Settled a call for help"),
    Deed.CALL_REOPENED: sentence("Let a call for help wait again"),
    Deed.PROGRAM_ADDED: sentence("Added a program"),
    Deed.RETENTION_SET: sentence("Set how long a program keeps the record of its mails"),
    Deed.WORDS_RETENTION_SET: sentence("Set how long a program keeps what people write"),
    Deed.SILENCE_SET: sentence("Set when a program notices a silence"),
    Deed.DATA_ASKED_FOR: sentence("Asked that a person gets their data"),
    Deed.DATA_TAKEN: sentence("Took the archive of their own data"),
    Deed.ERASURE_ASKED_FOR: sentence("Asked for the mail that erases them"),
    Deed.UNHEARD_SET: sentence("Set when a program notices that somebody does not answer"),
    Deed.UNHEARD_SETTLED: sentence("Looked after somebody who does not answer"),
    Deed.UNHEARD_REOPENED: sentence("Let somebody who does not answer wait again"),
    Deed.SPONSOR_ADDED: sentence("Added a sponsor"),
    Deed.SPONSOR_ENDED: sentence("Stopped sending a sponsor anything"),
    Deed.DOCUMENT_SHARED: sentence("Shared a document"),
    Deed.DOCUMENT_DESCRIBED: sentence("Described a document"),
    Deed.DOCUMENT_RENEWED: sentence("Shared a new version of a document"),
    Deed.DOCUMENT_MOVED: sentence("Moved a document in the list"),
    Deed.DOCUMENT_RETIRED: sentence("Retired a document"),
    Deed.DOCUMENT_RESTORED: sentence("Shared a retired document again"),
    Deed.INSTRUMENT_BEGUN: sentence("Began a survey or form"),
    Deed.INSTRUMENT_EDITED: sentence("Edited a survey or form"),
    Deed.INSTRUMENT_PUT_TO_USE: sentence("Put a survey or form to use"),
    Deed.INSTRUMENT_STOPPED: sentence("Stopped using a survey or form"),
    Deed.INSTRUMENT_THROWN_AWAY: sentence("Threw away the draft of a survey or form"),
}


class AuditEntry(Base):
    """That somebody did something. It is kept as long as the service lives: the database refuses to change it.

    by: None is the terminal. about, about_id: the table and the number of what it was done to. person: whom it touched,
    where that is one person; with other, where it is a pair, the mentor first. program: in which, where that is one.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_by", "by_id", "id"),
        Index("ix_audit_entry_person", "person_id", "id"),
        Index("ix_audit_entry_other", "other_id", "id"),
        Index("ix_audit_entry_program", "program_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    done_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    deed: Mapped[str]
    about: Mapped[str]
    about_id: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    other_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    program_id: Mapped[int | None] = mapped_column(ForeignKey("program.id"))

    by: Mapped[Person | None] = linked(foreign_keys=[by_id])
    person: Mapped[Person | None] = linked(foreign_keys=[person_id])
    other: Mapped[Person | None] = linked(foreign_keys=[other_id])
    program: Mapped[Program | None] = linked()

    @classmethod
    def write(
        cls, session: Session, deed: Deed, about: Any, by: Person | None, now: datetime, *,
        person: Person | None = None, program: Program | None = None,
    ) -> "AuditEntry":  # fmt: skip
        """Keep that somebody did something, in the transaction that does it.

        about: the row that it was done to. person: whom it touched; by itself the row, or the pair that it is about.
        program: in which; the row itself, or the one that the row names.
        """
        session.flush()
        touched = (person.id, None) if person else _touched(about)
        within = about if isinstance(about, Program) else program
        entry = cls(
            done_at=now,
            by_id=by.id if by else None,
            deed=deed,
            about=about.__tablename__,
            about_id=about.id,
            person_id=touched[0],
            other_id=touched[1],
            program_id=within.id if within else getattr(about, "program_id", None),
        )
        session.add(entry)
        return entry

    @classmethod
    def touches(cls, person_id: int) -> ColumnElement[bool]:
        """Whether a line tells of something done by a person or to them."""
        return or_(cls.by_id == person_id, cls.person_id == person_id, cls.other_id == person_id)

    @property
    def told(self) -> str:
        """What was done, in English words that are the key of their translation."""
        return TOLD[Deed(self.deed)]


def _touched(about: Any) -> tuple[int | None, int | None]:
    """The numbers of the person, or of the pair, that an act on a row touches."""
    if isinstance(about, Person):
        return about.id, None
    if isinstance(about, Proposal):
        return about.mentor_id, about.mentee_id
    if isinstance(about, Relationship) and len(about.present) == 2:
        first, second = sorted(about.present, key=lambda one: not one.is_mentor)
        return first.person_id, second.person_id
    return None, None


FAULT = "what was done stays on record"
# A row that replaces another is no deletion to SQLite's triggers, so no row may come with a number that is taken.
SQLITE = {
    "update": "BEFORE UPDATE ON audit_entry",
    "delete": "BEFORE DELETE ON audit_entry",
    "insert": "BEFORE INSERT ON audit_entry WHEN EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id)",
}
POSTGRESQL = {
    "audit_entry_stands": "BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW",
    "audit_entry_stays": "BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT",
}
FUNCTION = (
    "CREATE OR REPLACE FUNCTION audit_entry_stands() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{FAULT}'; END $$"
)
GUARDS = (
    *(
        ("sqlite", f"CREATE TRIGGER audit_entry_stands_{act} {when} BEGIN SELECT RAISE(ABORT, '{FAULT}'); END")
        for act, when in SQLITE.items()
    ),
    ("postgresql", FUNCTION),
    *(
        ("postgresql", f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION audit_entry_stands()")
        for name, when in POSTGRESQL.items()
    ),
)
for _dialect, _guard in GUARDS:
    _made = DDL(_guard)  # type: ignore[no-untyped-call]
    event.listen(AuditEntry.__table__, "after_create", _made.execute_if(dialect=_dialect))
