"""The record of acts: who did what to whom in the console and at the terminal, in numbers and codes alone."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DDL, ColumnElement, ForeignKey, Index, Select, and_, event, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, selectinload
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, sentence
from mentorly.mentoring.concerns import Concern
from mentorly.mentoring.figure_files import csv_of
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Member


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
    RELATIONSHIP_PAUSED = "relationship_paused"
    RELATIONSHIP_RESUMED = "relationship_resumed"
    RELATIONSHIP_ENDED = "relationship_ended"
    RELATIONSHIP_EXTENDED = "relationship_extended"
    CONCERN_TAKEN = "concern_taken"
    CONCERN_CLOSED = "concern_closed"
    CONCERN_REOPENED = "concern_reopened"
    CONCERN_ENDED = "concern_ended"
    CALL_SETTLED = "call_settled"
    PROGRAM_ADDED = "program_added"
    RETENTION_SET = "retention_set"
    WORDS_RETENTION_SET = "words_retention_set"
    SILENCE_SET = "silence_set"
    DATA_ASKED_FOR = "data_asked_for"
    UNHEARD_SET = "unheard_set"
    UNHEARD_SETTLED = "unheard_settled"
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
    Deed.RELATIONSHIP_PAUSED: sentence("Paused a relationship"),
    Deed.RELATIONSHIP_RESUMED: sentence("Resumed a relationship"),
    Deed.RELATIONSHIP_ENDED: sentence("Ended a relationship"),
    Deed.RELATIONSHIP_EXTENDED: sentence("Extended a relationship"),
    Deed.CONCERN_TAKEN: sentence("Took on a concern"),
    Deed.CONCERN_CLOSED: sentence("Closed a concern"),
    Deed.CONCERN_REOPENED: sentence("Reopened a concern"),
    Deed.CONCERN_ENDED: sentence("Ended the relationship of a concern"),
    Deed.CALL_SETTLED: sentence("Settled a call for help"),
    Deed.PROGRAM_ADDED: sentence("Added a program"),
    Deed.RETENTION_SET: sentence("Set how long a program keeps the record of its mails"),
    Deed.WORDS_RETENTION_SET: sentence("Set how long a program keeps what people write"),
    Deed.SILENCE_SET: sentence("Set when a program notices a silence"),
    Deed.DATA_ASKED_FOR: sentence("Asked that a person gets their data"),
    Deed.UNHEARD_SET: sentence("Set when a program notices that somebody does not answer"),
    Deed.UNHEARD_SETTLED: sentence("Looked after somebody who does not answer"),
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
    where that is one person. program: in which it was done, where that is one.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_by", "by_id", "id"),
        Index("ix_audit_entry_person", "person_id", "id"),
        Index("ix_audit_entry_program", "program_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    done_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    deed: Mapped[str]
    about: Mapped[str]
    about_id: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    program_id: Mapped[int | None] = mapped_column(ForeignKey("program.id"))

    by: Mapped[Person | None] = linked(foreign_keys=[by_id])
    person: Mapped[Person | None] = linked(foreign_keys=[person_id])
    program: Mapped[Program | None] = linked()

    @classmethod
    def write(
        cls, session: Session, deed: Deed, about: Any, by: Person | None, now: datetime, *,
        person: Person | None = None, program: Program | None = None,
    ) -> "AuditEntry":  # fmt: skip
        """Keep that somebody did something, in the transaction that does it.

        about: the row that it was done to. person: whom it touched; the row itself if that is one. program: in which;
        the row itself, or the one that the row names.
        """
        session.flush()
        touched = about if isinstance(about, Person) else person
        within = about if isinstance(about, Program) else program
        entry = cls(
            done_at=now,
            by_id=by.id if by else None,
            deed=deed,
            about=about.__tablename__,
            about_id=about.id,
            person_id=touched.id if touched else None,
            program_id=within.id if within else getattr(about, "program_id", None),
        )
        session.add(entry)
        return entry

    @property
    def told(self) -> str:
        """What was done, in English words that are the key of their translation."""
        return TOLD[Deed(self.deed)]


def acts_for(viewer: Person, person_id: int | None = None, program_id: int | None = None) -> Select[AuditEntry]:
    """The record as an administrator may read it, the newest first; nobody reads of what is kept from themselves.

    That is a concern about a relationship that one is in, a proposal of oneself as mentee, and that one does not answer
    (rules C4, C6, C9).
    person_id: by or to this person alone. program_id: in this program alone.
    """
    shown = (AuditEntry.by, AuditEntry.person, AuditEntry.program)
    query = select(AuditEntry).options(*map(selectinload, shown)).where(~_is_kept_from(viewer))
    if person_id is not None:
        query = query.where(or_(AuditEntry.by_id == person_id, AuditEntry.person_id == person_id))
    if program_id is not None:
        query = query.where(AuditEntry.program_id == program_id)
    return query.order_by(AuditEntry.id.desc())


HEAD = {
    "en": ("at", "by (person)", "deed", "done to", "number", "whom (person)", "program"),
    "fr": ("quand", "par (personne)", "acte", "sur", "numéro", "qui (personne)", "programme"),
}


def acts_as_csv(session: Session, acts: Select[AuditEntry], language: str) -> str:
    """Acts as a CSV file of moments (UTC), codes and numbers; an empty cell in the second column is the terminal."""
    one = AuditEntry
    columns = (one.done_at, one.by_id, one.deed, one.about, one.about_id, one.person_id, one.program_id)
    chosen = acts.with_only_columns(one.id).order_by(None)
    found = session.execute(select(*columns).where(one.id.in_(chosen)).order_by(one.id.desc()))
    lines = ([done_at.isoformat(), *("" if cell is None else str(cell) for cell in cells)] for done_at, *cells in found)
    return csv_of(HEAD[language], lines)


def _is_kept_from(viewer: Person) -> ColumnElement[bool]:
    concerns = (
        select(Concern.id)
        .join(Member, Member.relationship_id == Concern.relationship_id)
        .where(Member.person_id == viewer.id, Member.left_at.is_(None))
    )
    proposals = select(Proposal.id).where(Proposal.mentee_id == viewer.id)
    return or_(
        and_(AuditEntry.about == Concern.__tablename__, AuditEntry.about_id.in_(concerns)),
        and_(AuditEntry.about == Proposal.__tablename__, AuditEntry.about_id.in_(proposals)),
        and_(AuditEntry.deed == Deed.UNHEARD_SETTLED, AuditEntry.person_id == viewer.id),
    )


FAULT = "what was done stays on record"
REFUSES_ON_SQLITE = [
    DDL(  # type: ignore[no-untyped-call]
        f"CREATE TRIGGER audit_entry_stands_{act.lower()} BEFORE {act} ON audit_entry "
        f"BEGIN SELECT RAISE(ABORT, '{FAULT}'); END"
    )
    for act in ("UPDATE", "DELETE")
]
FUNCTION_ON_POSTGRESQL = DDL(  # type: ignore[no-untyped-call]
    "CREATE OR REPLACE FUNCTION audit_entry_stands() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{FAULT}'; END $$"
)
REFUSES_ON_POSTGRESQL = DDL(  # type: ignore[no-untyped-call]
    "CREATE TRIGGER audit_entry_stands BEFORE UPDATE OR DELETE ON audit_entry "
    "FOR EACH ROW EXECUTE FUNCTION audit_entry_stands()"
)
for _refuses in REFUSES_ON_SQLITE:
    event.listen(AuditEntry.__table__, "after_create", _refuses.execute_if(dialect="sqlite"))
event.listen(AuditEntry.__table__, "after_create", FUNCTION_ON_POSTGRESQL.execute_if(dialect="postgresql"))
event.listen(AuditEntry.__table__, "after_create", REFUSES_ON_POSTGRESQL.execute_if(dialect="postgresql"))
