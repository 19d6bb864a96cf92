"""Agreements that are filled in together, and signatures: the exact text that was signed never changes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import DDL, ColumnElement, ForeignKey, UniqueConstraint, event, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import HOLD, Base, Private, Refused, partial_index
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.instruments import Instrument, Kind
from mentorly.mentoring.merging import merged
from mentorly.mentoring.particulars import is_visible
from mentorly.mentoring.people import Person
from mentorly.mentoring.program_instruments import InstrumentText
from mentorly.mentoring.questions import Question
from mentorly.mentoring.questions import Signature as Typed
from mentorly.mentoring.relationships import Relationship, leads_of

NAME_LENGTH = 80
LONGEST = 100_000


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


SIGN = Typed(
    "signature",
    {"en": "Type your name to sign", "fr": "Tapez votre nom pour signer"},
    {
        "en": "The exact text, your name, your mail address and the time are kept. A signed copy is mailed to you.",
        "fr": "Le texte exact, votre nom, votre adresse de courriel et l'heure sont conservés. Vous recevez la copie "
        "signée par courriel.",
    },
)
SIGN_LATER = replace(
    SIGN,
    hint={
        "en": "Leave it empty to keep what you wrote and sign later. Everybody gets it by mail once all have signed.",
        "fr": "Laissez vide pour garder ce que vous avez écrit et signer plus tard. Tout le monde reçoit la "
        "copie par courriel quand il ne manque aucune signature.",
    },
)


def questions_of(asked: Asked) -> list[Question]:
    """All that is asked: the questions of the instrument, and a signature where it ends with one.

    What an agreement needs is needed to sign it, not to write into it: it is filled in by several, in turn.
    """
    match asked.instrument.kind:
        case Kind.CODE:
            return [*asked.instrument.questions, replace(SIGN, required=True)]
        case Kind.AGREEMENT:
            return [*(replace(one, required=False) for one in asked.instrument.questions), SIGN_LATER]
        case _:
            return list(asked.instrument.questions)


def take_answer(
    asked: Asked, by: Person, said: Mapping[str, Any], now: datetime, base: Mapping[str, str] | None = None
) -> None:
    """Keep what somebody said to questions_of(), whatever the instrument is. Raises Refused.

    base: of an agreement, what the writer saw before writing; None: an empty form. It is signed only if what stands
    then is what the writer has read. A wish to be called that no project lead hears of goes to the program's people.
    """
    name = str(said.get(SIGN.name) or "")
    match asked.instrument.kind:
        case Kind.CODE:
            sign_code(asked, by, name, by.language, now)
        case Kind.AGREEMENT:
            words = {one.name: str(said.get(one.name) or "") for one in asked.instrument.answerable}
            standing = write_agreement(asked, by, words, now, base)
            if name and standing.said == {key: text for key, text in words.items() if text}:
                sign_agreement(asked, standing, by, name, by.language, now)
        case _:
            had_called = asked.call_at is not None
            asked.answer(by, said, now)
            if asked.call_at and not had_called and asked.relationship and not leads_of(asked.relationship, by):
                CallForHelp.make(by, "", now)


def sections(instrument: Instrument, said: Mapping[str, str], language: str) -> list[Section]:
    """What is signed: the fixed text, then each question that was answered with its answer."""
    fixed = instrument.text[language].replace("\r\n", "\n")
    answered = [Section(one.label[language], said[one.name]) for one in instrument.answerable if said.get(one.name)]
    return [Section("", fixed), *answered]


def sign_code(asked: Asked, by: Person, name: str, language: str, now: datetime) -> Signature:
    """Sign a code by one's typed name. Raises Refused."""
    asked.check_answerable(by, now)
    if asked.instrument.kind is not Kind.CODE:
        raise Refused("This is not signed by one person alone.")
    if asked.finished_at is not None:
        raise Refused("You have signed this already.")
    return _signed(asked, None, sections(asked.instrument, {}, language), by, name, language, now)


def write_agreement(
    asked: Asked, by: Person, said: Mapping[str, str], now: datetime, base: Mapping[str, str] | None = None
) -> AgreementText:
    """Write into the agreement of a relationship; what another wrote meanwhile stays beside it.

    said: the words, by the question's name. base: what the writer saw before writing; None: an empty form. Returns what
    stands now. Raises Refused.
    """
    together = _held(asked, by, now)
    instrument = asked.instrument
    standing = AgreementText.current(together, asked.name)
    before = standing.said if standing else {}
    words = {
        one.name: merged(one, (base or {}).get(one.name, ""), before.get(one.name, ""), str(said.get(one.name) or ""))
        for one in instrument.answerable
    }
    words = {name: text for name, text in words.items() if text}
    if not words and standing is None:
        raise Refused("There is nothing in it yet: please fill in a part of it first.")
    if sum(map(len, words.values())) > LONGEST:
        raise Refused("Together with what the others wrote this has become too long. Please shorten it.")
    asked.forget_draft()
    if standing and words == before and standing.text_id == asked.text_id:
        return standing
    mine = {name: str(text) for name, text in said.items() if text}
    if standing:
        standing.superseded_at = now
        together.session.flush()
    made = AgreementText(
        relationship=together, name=asked.name, number=standing.number + 1 if standing else 1, text=asked.text,
        words=json.dumps(words, ensure_ascii=False, sort_keys=True), written_at=now,
        written_by=by if words == mine else None, signatures=[],
    )  # fmt: skip
    together.session.add(made)
    together.session.flush()
    for other in _asked_with(asked):
        if other.finished_at is not None:
            other.ask_again(now)
        else:
            other.revision += 1
    return made


def sign_agreement(
    asked: Asked, agreement: AgreementText, by: Person, name: str, language: str, now: datetime
) -> Signature:
    """Sign what the members of a relationship have filled in together. Raises Refused."""
    together = _held(asked, by, now)
    asked.session.refresh(agreement)
    if not agreement.is_current:
        raise Refused("This has been changed since you opened it. Please read it again, then sign.")
    if agreement.text_id != asked.text_id:
        raise Refused("The program has a new version of this since. Please open it, read it again, and sign that one.")
    if agreement.signature(by):
        raise Refused("You have signed this already.")
    missing = agreement.missing(language)
    if missing:
        raise Refused("Before it can be signed, this has to be filled in: {what}", what=missing[0])
    made = _signed(asked, agreement, agreement.sections(language), by, name, language, now)
    signers = {one.person_id for one in agreement.signatures}
    if {member.person_id for member in together.present} <= signers:
        agreement.completed_at = now
    return made


def sign_current(agreement: AgreementText, by: Person, name: str, now: datetime) -> Signature:
    """Sign an agreement as one of the relationship who was asked to. Raises Refused."""
    asked = agreement.relationship.session.scalar(
        select(Asked).where(
            Asked.relationship_id == agreement.relationship_id,
            Asked.name == agreement.name,
            Asked.person_id == by.id,
            Asked.withdrawn_at.is_(None),
        )
    )
    if asked is None:
        raise Refused("This agreement is between other people.")
    return sign_agreement(asked, agreement, by, name, by.language, now)


def _held(asked: Asked, by: Person, now: datetime) -> Relationship:
    """The relationship of an agreement, changed by nobody else meanwhile."""
    asked.check_answerable(by, now)
    if asked.instrument.kind is not Kind.AGREEMENT or asked.relationship is None:
        raise Refused("This is not filled in together.")
    asked.session.refresh(asked.relationship, with_for_update=HOLD)
    return asked.relationship


def _asked_with(asked: Asked) -> Sequence[Asked]:
    return asked.session.scalars(
        select(Asked).where(
            Asked.relationship_id == asked.relationship_id, Asked.name == asked.name, Asked.withdrawn_at.is_(None)
        )
    ).all()


def _signed(
    asked: Asked, agreement: AgreementText | None, text: Sequence[Section], by: Person, name: str, language: str,
    now: datetime,
) -> Signature:  # fmt: skip
    name = " ".join(name.split())
    if not name:
        raise Refused("Type your name to sign.")
    if len(name) > NAME_LENGTH:
        raise Refused("A name has at most {most} characters.", most=NAME_LENGTH)
    if not is_visible(name):
        raise Refused("A name cannot hold invisible characters or ones that turn the direction of text.")
    made = Signature.made(asked, agreement, text, by, name, now, language)
    asked.session.add(made)
    asked.session.flush()
    asked.finish(now)
    return made


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
