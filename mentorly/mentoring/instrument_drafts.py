"""What administrators are making of an instrument: a draft that all of them share, until it is put to use."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import HOLD, Base, Refused, sentence
from mentorly.mentoring.instruments import Instrument
from mentorly.mentoring.people import Person
from mentorly.mentoring.program_instruments import instruments_of
from mentorly.mentoring.programs import Program
from mentorly.mentoring.sketches import Sketch, Typed


class ChangedMeanwhile(Refused):
    """Somebody else changed what was typed about. stands: what they made of it; None where it is gone."""

    def __init__(self, who: str, stands: Typed | None) -> None:
        super().__init__(
            sentence("{who} has changed this since you opened it. What you typed is still here: keep it if it stands.")
            if who
            else sentence(
                "This has been changed since you opened it. What you typed is still here: keep it if it stands."
            ),
            **({"who": who} if who else {}),
        )
        self.stands = stands


class InstrumentDraft(Base):
    """What administrators are making of an instrument of a program. words: a Sketch."""

    __tablename__ = "instrument_draft"
    __table_args__ = (UniqueConstraint("program_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    name: Mapped[str]
    words: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    program: Mapped[Program] = linked()
    changed_by: Mapped[Person] = linked()

    @property
    def sketch(self) -> Sketch:
        """What is typed of it."""
        return Sketch.loads(self.words)

    @classmethod
    def of(cls, program: Program, name: str) -> "InstrumentDraft | None":
        """What is being made of an instrument; None if nothing is."""
        query = select(cls).where(cls.program_id == program.id, cls.name == name)
        return program.session.scalar(query.options(joinedload(cls.changed_by)))

    @classmethod
    def all_of(cls, program: Program) -> "dict[str, InstrumentDraft]":
        """All of a program, by name."""
        query = select(cls).where(cls.program_id == program.id).options(joinedload(cls.changed_by)).order_by(cls.name)
        return {one.name: one for one in program.session.scalars(query)}

    def keep(self, sketch: Sketch, by: Person, now: datetime) -> None:
        """Keep what was typed."""
        self.words, self.changed_by, self.changed_at = sketch.dumps(), by, now
        self.program.session.add(self)
        self.program.session.flush()


def sketch_of(program: Program, name: str) -> Sketch | None:
    """What an editor shows of an instrument: the draft, else its current version; None if there is neither."""
    draft = InstrumentDraft.of(program, name)
    if draft:
        return draft.sketch
    known = instruments_of(program).get(name)
    return Sketch.of(known[0]) if known else None


def known_instrument(program: Program, name: str) -> Instrument:
    """An instrument of a program, as it is used or was last. Raises Refused."""
    known = instruments_of(program).get(name)
    if known is None:
        raise Refused("This is no longer here.")
    return known[0]


def hold(program: Program, by: Person) -> None:
    """Let one administrator at a time change what a program asks. Raises Refused."""
    if not by.is_administrator:
        raise Refused("Only an administrator changes what a program asks.")
    program.session.refresh(program, with_for_update=HOLD)


def check_seen(draft: InstrumentDraft, stands: str, seen: str, words: Typed | None) -> None:
    """Refuse a change by who saw another state than the one that stands. words: what stands, to be shown."""
    if stands != seen:
        raise ChangedMeanwhile(draft.changed_by.name if draft.changed_by else "", words)
