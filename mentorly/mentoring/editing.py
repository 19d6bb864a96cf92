"""Editing what a program asks: a draft that everybody who edits shares, until it is put to use as the next version.

Administrators alone edit. What is typed is kept as it is, finished or not; who changes something that another changed
meanwhile is told so, and loses nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.asking_anew import ask_anew, stop_asking_everybody, take_up_again
from mentorly.mentoring.base import HOLD, Base, Refused, sentence
from mentorly.mentoring.instrument_files import MOST_SOURCE, parsed, shipped
from mentorly.mentoring.instruments import Instrument
from mentorly.mentoring.people import Person
from mentorly.mentoring.program_instruments import InstrumentText, ProgramInstrument, instruments_of
from mentorly.mentoring.programs import Program
from mentorly.mentoring.sketches import HEAD, QUESTION, Sketch, Typed, digest, is_full, kept, named, renamed_options

MOST_TYPED = 40_000


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


@dataclass(frozen=True)
class Used:
    """What came of putting an instrument to use. asked: how many are asked something by it now or later."""

    text: InstrumentText
    asked: int


def sketch_of(program: Program, name: str) -> Sketch | None:
    """What an editor shows of an instrument: the draft, else its current version; None if there is neither."""
    draft = InstrumentDraft.of(program, name)
    if draft:
        return draft.sketch
    known = instruments_of(program).get(name)
    return Sketch.of(known[0]) if known else None


def begin_instrument(
    program: Program, typed: Mapping[str, str], start: str, by: Person, now: datetime
) -> InstrumentDraft:
    """Begin a new instrument. typed: its title. start: the one to copy; '': an empty one. Raises Refused."""
    _hold(program, by)
    title = kept(("title_en", "title_fr"), typed)
    if not title:
        raise Refused("Give it a title.")
    found = instruments_of(program)
    if start and start not in found:
        raise Refused("Choose what to start from.")
    sketch = Sketch.of(found[start][0]) if start else Sketch(dict(EMPTY))
    sketch.head |= title
    return _begun(program, named(next(iter(title.values())), _taken(program), "survey"), sketch, by, now)


def read_file(data: bytes) -> str:
    """The text of a file. Raises Refused."""
    if len(data) > MOST_SOURCE:
        raise Refused("This file is too long for an instrument.")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused("Line {line}: {what}", line=line, what=Refused("This is no UTF-8 text.")) from None


def take_file(program: Program, name: str, source: str, seen: str, by: Person, now: datetime) -> InstrumentDraft:
    """Take a file in the place of what is being made of an instrument. name: ''; it is a new one.

    seen: the digest of what was shown. Raises Refused with the line of what is wrong.
    """
    _hold(program, by)
    instrument = parsed(source, name or "uploaded")
    sketch = Sketch.of(instrument)
    if not name:
        return _begun(program, named(instrument.title["en"], _taken(program), "survey"), sketch, by, now)
    draft = _draft(program, name)
    _check_seen(draft, draft.sketch.digest, seen, None)
    draft.keep(sketch, by, now)
    return draft


def write_head(program: Program, name: str, typed: Mapping[str, str], seen: str, by: Person, now: datetime) -> Sketch:
    """Keep what was typed about the whole. seen: the digest of what was shown. Raises Refused."""
    draft = _held(program, name, by)
    sketch = draft.sketch
    head = _typed_over(sketch.head, HEAD, typed)
    if head != sketch.head:
        _check_seen(draft, digest(sketch.head), seen, sketch.head)
        sketch.head = head
        draft.keep(sketch, by, now)
    return sketch


def write_question(
    program: Program, name: str, question: str, typed: Mapping[str, str], seen: str, by: Person, now: datetime
) -> str:
    """Keep what was typed of a question; returns its name. question: '': a new one. Raises Refused."""
    draft = _held(program, name, by)
    sketch = draft.sketch
    before = sketch.question(question)
    if before is None:
        if question:
            _check_seen(draft, "", seen, None)
        before = _added(sketch, question, typed)
    words = _typed_over(before, QUESTION, {**typed, "name": before["name"]})
    words |= {"option_names": names} if (names := renamed_options(words, before)) else {}
    if words != before:
        if len(before) > 1:
            _check_seen(draft, digest(before), seen, before)
        sketch.questions[sketch.questions.index(before)] = words
        draft.keep(sketch, by, now)
    return before["name"]


def move_question(program: Program, name: str, question: str, steps: int, by: Person, now: datetime) -> None:
    """Move a question down by some steps, up if they are negative. Raises Refused."""
    draft = _held(program, name, by)
    sketch = draft.sketch
    place = _place(sketch, question)
    moved = sketch.questions.pop(place)
    sketch.questions.insert(max(0, place + steps), moved)
    draft.keep(sketch, by, now)


def remove_question(program: Program, name: str, question: str, by: Person, now: datetime) -> Typed:
    """Remove a question; returns it as it was. Raises Refused."""
    draft = _held(program, name, by)
    sketch = draft.sketch
    gone = sketch.questions.pop(_place(sketch, question))
    draft.keep(sketch, by, now)
    return gone


def throw_away(program: Program, name: str, seen: str, by: Person, now: datetime) -> None:
    """Throw away what was being made of an instrument. seen: the digest of what was shown. Raises Refused."""
    del now
    _hold(program, by)
    draft = InstrumentDraft.of(program, name)
    if draft is not None:
        _check_seen(draft, draft.sketch.digest, seen, None)
        program.session.delete(draft)


def put_to_use(program: Program, name: str, seen: str, by: Person, now: datetime) -> Used:
    """Make the draft the next version that a program uses, and ask it. seen: the digest of what was shown.

    Raises Refused.
    """
    _hold(program, by)
    draft = InstrumentDraft.of(program, name)
    if draft is None:
        raise Refused("Somebody has put this to use or thrown it away meanwhile.")
    sketch = draft.sketch
    _check_seen(draft, sketch.digest, seen, None)
    if sketch.faults(name):
        raise Refused("Something has to be mended before this can be used. It is marked.")
    before, was_used = instruments_of(program).get(name, (None, False))
    source = sketch.source(InstrumentText.next_number(program, name))
    made = parsed(source, name)
    if before is not None and before.kind is not made.kind:
        raise Refused("What it is cannot be changed any more. Begin a new one instead.")
    own = ProgramInstrument.of(program, name)
    if before is not None and was_used and _is_same(before, made):
        raise Refused("Nothing is different from the version that is used.")
    own.text = InstrumentText.add(program, name, source, by.id, now)
    program.session.delete(draft)
    return Used(own.text, _used(program, own, before, own.text, now))


def use(program: Program, name: str, by: Person, now: datetime) -> Used:
    """Let a program use an instrument as it is. Raises Refused."""
    _hold(program, by)
    before = _known(program, name)
    own = ProgramInstrument.of(program, name)
    text = own.text or InstrumentText.shipped(program.session, now)[name]
    return Used(text, _used(program, own, before, text, now))


def stop_using(program: Program, name: str, by: Person, now: datetime) -> None:
    """Let a program not use an instrument: nobody is asked any more, what was answered stays. Raises Refused."""
    _hold(program, by)
    _known(program, name)
    ProgramInstrument.of(program, name).is_used = False
    stop_asking_everybody(program, name, now)


def _used(
    program: Program, own: ProgramInstrument, before: Instrument | None, text: InstrumentText, now: datetime
) -> int:
    was_used, own.is_used = own.is_used, True
    program.session.flush()
    if not was_used:
        take_up_again(program, text.name)
    return ask_anew(program, before, text, now)


def _known(program: Program, name: str) -> Instrument:
    known = instruments_of(program).get(name)
    if known is None:
        raise Refused("This is no longer here.")
    return known[0]


def _is_same(before: Instrument, after: Instrument) -> bool:
    return Sketch.of(before) == Sketch.of(after)


def _hold(program: Program, by: Person) -> None:
    """Let one administrator at a time change what a program asks. Raises Refused."""
    if not by.is_administrator:
        raise Refused("Only an administrator changes what a program asks.")
    program.session.refresh(program, with_for_update=HOLD)


def _held(program: Program, name: str, by: Person) -> InstrumentDraft:
    _hold(program, by)
    return _draft(program, name)


def _draft(program: Program, name: str) -> InstrumentDraft:
    return InstrumentDraft.of(program, name) or InstrumentDraft(
        program=program, name=name, words=Sketch.of(_known(program, name)).dumps()
    )


def _begun(program: Program, name: str, sketch: Sketch, by: Person, now: datetime) -> InstrumentDraft:
    made = InstrumentDraft(program=program, name=name)
    made.keep(sketch, by, now)
    return made


def _taken(program: Program) -> Collection[str]:
    return {*instruments_of(program), *InstrumentDraft.all_of(program), *shipped()}


def _check_seen(draft: InstrumentDraft, stands: str, seen: str, words: Typed | None) -> None:
    if stands != seen:
        raise ChangedMeanwhile(draft.changed_by.name if draft.changed_by else "", words)


def _typed_over(before: Typed, fields: Collection[str], typed: Mapping[str, str]) -> Typed:
    """What was typed into the fields that were shown; what stood in the others stays."""
    words = {key: said for key, said in before.items() if key not in typed} | kept(set(fields) & set(typed), typed)
    if sum(map(len, words.values())) > MOST_TYPED:
        raise Refused("This is longer than an instrument can be.")
    return words


def _added(sketch: Sketch, question: str, typed: Mapping[str, str]) -> Typed:
    """A new question at the end; its name comes from its words."""
    if is_full(sketch):
        raise Refused("There are as many questions as there can be.")
    taken = [one["name"] for one in sketch.questions]
    wanted = question or typed.get("name") or typed.get("en") or typed.get("fr") or ""
    added = {"name": named(wanted, taken, "question")}
    sketch.questions.append(added)
    return added


def _place(sketch: Sketch, question: str) -> int:
    for place, one in enumerate(sketch.questions):
        if one["name"] == question:
            return place
    raise Refused("This question has been removed meanwhile.")


EMPTY: Mapping[str, str] = {
    "kind": "survey",
    "asks": "mentee",
    "opens": "match",
    "days": "0",
    "months": "0",
    "reminds": "3, 7",
    "seen_en": "Only you see your answers. Figures of at least five people are shown to your program.",
    "seen_fr": "Personne d'autre que vous ne voit vos réponses. Votre programme n'en voit que des chiffres, tirés des "
    "réponses d'au moins cinq personnes.",
}
