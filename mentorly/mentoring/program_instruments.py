"""The instruments of a program: which ones it uses, and its own versions over those that come with Mentorly."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import HOLD, Base
from mentorly.mentoring.instrument_files import parsed, shipped, sources
from mentorly.mentoring.instruments import Instrument
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program


class InstrumentText(Base):
    """One version of an instrument, as the TOML that it was then; an answer keeps the version it was given to.

    program_id: whose own version it is; None: it comes with Mentorly. digest: SHA-256 of the source. number: of the
    version, from 1.
    """

    __tablename__ = "instrument_text"
    __table_args__ = (
        UniqueConstraint("program_id", "name", "number"),
        Index(
            "uq_instrument_text_shipped",
            "name",
            "digest",
            unique=True,
            postgresql_where=text("program_id IS NULL"),
            sqlite_where=text("program_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    program_id: Mapped[int | None] = mapped_column(ForeignKey("program.id"))
    number: Mapped[int]
    source: Mapped[str]
    digest: Mapped[str]
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    added_by: Mapped[Person | None] = linked()

    @property
    def instrument(self) -> Instrument:
        """The instrument as it was then."""
        return parsed(self.source, self.name)

    @classmethod
    def shipped(cls, session: Session, now: datetime) -> "Mapping[str, InstrumentText]":
        """The versions that come with Mentorly now, by name; those that are new are kept."""
        known = cls._kept(session)
        if len(known) < len(shipped()):
            _hold_shipped(session)
            known = cls._kept(session)
            new = [
                cls(name=name, number=shipped()[name].version, source=source, digest=digests()[name], added_at=now)
                for name, source in sources().items()
                if name not in known
            ]
            session.add_all(new)
            session.flush()
            known |= {one.name: one for one in new}
        return known

    @classmethod
    def _kept(cls, session: Session) -> "dict[str, InstrumentText]":
        query = select(cls).where(cls.program_id.is_(None), cls.digest.in_(list(digests().values())))
        return {one.name: one for one in session.scalars(query) if digests().get(one.name) == one.digest}

    @classmethod
    def next_number(cls, program: Program, name: str) -> int:
        """The number of the next version that a program makes."""
        last = program.session.scalar(
            select(func.max(cls.number)).where(cls.name == name, cls.program_id == program.id)
        ) or (shipped()[name].version if name in shipped() else 0)
        return last + 1

    @classmethod
    def of_program(cls, program: Program, name: str, number: int) -> "InstrumentText | None":
        """A program's own version of an instrument."""
        return program.session.scalar(
            select(cls).where(cls.program_id == program.id, cls.name == name, cls.number == number)
        )

    @classmethod
    def versions(cls, program: Program, name: str) -> "Sequence[InstrumentText]":
        """A program's own versions of an instrument, the newest first."""
        query = select(cls).where(cls.program_id == program.id, cls.name == name).order_by(cls.number.desc())
        return program.session.scalars(query.options(joinedload(cls.added_by))).all()

    @classmethod
    def add(cls, program: Program, name: str, source: str, by_id: int, now: datetime) -> "InstrumentText":
        """Keep a program's own next version. Raises Refused for a source that cannot be read."""
        parsed(source, name)
        made = cls(
            name=name, program_id=program.id, number=cls.next_number(program, name), source=source,
            digest=sha256(source.encode()).hexdigest(), added_at=now, added_by_id=by_id,
        )  # fmt: skip
        program.session.add(made)
        program.session.flush()
        return made


class ProgramInstrument(Base):
    """What a program has changed about an instrument: whether it uses it, and its own version, if it has one."""

    __tablename__ = "program_instrument"
    __table_args__ = (UniqueConstraint("program_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    name: Mapped[str]
    is_used: Mapped[bool]
    text_id: Mapped[int | None] = mapped_column(ForeignKey("instrument_text.id"))

    text: Mapped[InstrumentText | None] = linked()

    @classmethod
    def of(cls, program: Program, name: str) -> "ProgramInstrument":
        """What a program has changed about an instrument; made if there is nothing yet."""
        found = program.session.scalar(select(cls).where(cls.program_id == program.id, cls.name == name))
        if found is None:
            is_used = name in shipped() and not shipped()[name].optional
            found = cls(program_id=program.id, name=name, is_used=is_used, text=None)
            program.session.add(found)
            program.session.flush()
        return found


@cache
def digests() -> Mapping[str, str]:
    """The SHA-256 of each source that comes with Mentorly, by name."""
    return {name: sha256(source.encode()).hexdigest() for name, source in sources().items()}


def instruments_of(program: Program) -> Mapping[str, tuple[Instrument, bool]]:
    """Every instrument that a program could use, by name, as its current version is; and whether it uses it."""
    found = {name: (instrument, not instrument.optional) for name, instrument in shipped().items()}
    for own in _changed(program):
        instrument = own.text.instrument if own.text else shipped().get(own.name)
        if instrument is not None:
            found[own.name] = (instrument, own.is_used)
    return found


def texts_in_use(program: Program, now: datetime) -> Mapping[str, InstrumentText]:
    """The current version of each instrument that a program uses, by name."""
    found = {
        name: text
        for name, text in InstrumentText.shipped(program.session, now).items()
        if not shipped()[name].optional
    }
    for own in _changed(program):
        text = own.text or InstrumentText.shipped(program.session, now).get(own.name)
        if own.is_used and text:
            found[own.name] = text
        else:
            found.pop(own.name, None)
    return found


def _changed(program: Program) -> list[ProgramInstrument]:
    query = select(ProgramInstrument).where(ProgramInstrument.program_id == program.id)
    return list(program.session.scalars(query.options(joinedload(ProgramInstrument.text))))


def _hold_shipped(session: Session) -> None:
    """Let one transaction at a time keep what comes with Mentorly: the first program stands for all."""
    session.execute(select(Program.id).order_by(Program.id).limit(1).with_for_update(**HOLD))
