"""Agreements that are filled in together, and signatures: the exact text that was signed never changes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import DDL, ColumnElement, ForeignKey, UniqueConstraint, event, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import Base, Private, partial_index
from mentorly.mentoring.instruments import Instrument
from mentorly.mentoring.people import Person
from mentorly.mentoring.program_instruments import InstrumentText
from mentorly.mentoring.relationships import Relationship


@dataclass(frozen=True)
class Section:
    """A part of what is signed: a heading, which may be '', and paragraphs divided by a blank line."""

    heading: str
    words: str


class AgreementText(Base):
    """What the members of a relationship have filled in together, as it was after one of them wrote.

    number: from 1. words: the answers as JSON. written_by: None for words of several that were put together.
    superseded_at: when the next one took its place. completed_at: when all had signed it.
    """

    __tablename__ = "agreement_text"
    __table_args__ = (
        UniqueConstraint("relationship_id", "name", "number"),
        partial_index(
            "uq_agreement_text_current", "relationship_id", "name", unique=True, where="superseded_at IS NULL"
        ),
        partial_index(
            "ix_agreement_text_written", "written_at", where="superseded_at IS NULL AND completed_at IS NULL"
        ),
        partial_index("ix_agreement_text_completed", "completed_at", where="completed_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    relationship_id: Mapped[int] = mapped_column(ForeignKey("relationship.id"))
    name: Mapped[str]
    number: Mapped[int]
    text_id: Mapped[int] = mapped_column(ForeignKey("instrument_text.id"))
    words: Mapped[str] = mapped_column(Private)
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]

    relationship: Mapped[Relationship] = linked()
    text: Mapped[InstrumentText] = linked()
    written_by: Mapped[Person | None] = linked()
    signatures: Mapped[list["Signature"]] = linked(back_populates="agreement", order_by="Signature.id")

    @classmethod
    def current(cls, together: Relationship, name: str) -> "AgreementText | None":
        """What stands now, or None if nobody has written anything."""
        query = select(cls).where(cls.relationship_id == together.id, cls.name == name, cls.is_current)
        return together.session.scalar(query)

    @hybrid_property
    def is_current(self) -> bool:
        """Whether nothing took its place."""
        return self.superseded_at is None

    @is_current.inplace.expression
    @classmethod
    def _is_current(cls) -> ColumnElement[bool]:
        return cls.superseded_at.is_(None)

    @property
    def said(self) -> dict[str, str]:
        """The answers, by the question's name."""
        return dict(json.loads(self.words))

    def sections(self, language: str) -> list[Section]:
        """What is signed, in a language."""
        return sections(self.text.instrument, self.said, language)

    def missing(self, language: str) -> list[str]:
        """What has to be filled in before it can be signed."""
        said, asked = self.said, self.text.instrument.answerable
        return [one.label[language] for one in asked if one.required and not said.get(one.name)]

    def signature(self, person: Person) -> "Signature | None":
        """A person's signature under it."""
        return next((one for one in self.signatures if one.person is person or one.person_id == person.id), None)


class Signature(Base):
    """A typed signature. It keeps the exact text that was signed, its version, the time and the signer's address.

    sealed: the text as JSON, in the language in which it was read; digest: its SHA-256. The database refuses to change
    a signature.
    """

    __tablename__ = "signature"
    __table_args__ = (UniqueConstraint("agreement_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_id: Mapped[int] = mapped_column(ForeignKey("asked.id"), index=True)
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("agreement_text.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("instrument_text.id"))
    name: Mapped[str]
    address: Mapped[str]
    language: Mapped[str]
    sealed: Mapped[str] = mapped_column(Private)
    digest: Mapped[str]
    signed_at: Mapped[datetime] = mapped_column(index=True)

    asked: Mapped[Asked] = linked()
    agreement: Mapped[AgreementText | None] = linked(back_populates="signatures")
    person: Mapped[Person] = linked()
    text: Mapped[InstrumentText] = linked()

    @classmethod
    def made(
        cls, asked: Asked, agreement: AgreementText | None, text: Sequence[Section], by: Person, name: str,
        now: datetime, language: str = "",
    ) -> "Signature":  # fmt: skip
        """A signature in no session. language: in which the text was read; '': the signer's."""
        version, language = agreement.text if agreement else asked.text, language or by.language
        whole = {
            "title": version.instrument.title[language],
            "version": version.number,
            "sections": [[one.heading, one.words] for one in text],
        }
        sealed = json.dumps(whole, ensure_ascii=False, sort_keys=True)
        return cls(
            asked=asked, agreement=agreement, person=by, text=version, name=name, address=by.email, language=language,
            sealed=sealed, digest=sha256(sealed.encode()).hexdigest(), signed_at=now,
        )  # fmt: skip

    @property
    def sections(self) -> list[Section]:
        """What was signed."""
        return [Section(*one) for one in json.loads(self.sealed)["sections"]]

    @property
    def title(self) -> str:
        """The title of what was signed."""
        return str(json.loads(self.sealed)["title"])


def sections(instrument: Instrument, said: Mapping[str, str], language: str) -> list[Section]:
    """What is signed: the fixed text, then each question that was answered with its answer."""
    fixed = instrument.text[language].replace("\r\n", "\n")
    answered = [Section(one.label[language], said[one.name]) for one in instrument.answerable if said.get(one.name)]
    return [Section("", fixed), *answered]


SAME_ON_SQLITE = DDL(  # type: ignore[no-untyped-call]
    "CREATE TRIGGER signature_stands BEFORE UPDATE ON signature "
    "BEGIN SELECT RAISE(ABORT, 'what was signed cannot be changed'); END"
)
FUNCTION_ON_POSTGRESQL = DDL(  # type: ignore[no-untyped-call]
    "CREATE OR REPLACE FUNCTION signature_stands() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'what was signed cannot be changed'; END $$"
)
SAME_ON_POSTGRESQL = DDL(  # type: ignore[no-untyped-call]
    "CREATE TRIGGER signature_stands BEFORE UPDATE ON signature FOR EACH ROW EXECUTE FUNCTION signature_stands()"
)
event.listen(Signature.__table__, "after_create", SAME_ON_SQLITE.execute_if(dialect="sqlite"))
event.listen(Signature.__table__, "after_create", FUNCTION_ON_POSTGRESQL.execute_if(dialect="postgresql"))
event.listen(Signature.__table__, "after_create", SAME_ON_POSTGRESQL.execute_if(dialect="postgresql"))
