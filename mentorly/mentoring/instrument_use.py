"""Using an instrument: a program asks it as it is, or as it was edited, or no more."""

from dataclasses import dataclass
from datetime import datetime

from mentorly.mentoring.asking_anew import ask_anew, stop_asking_everybody, take_up_again
from mentorly.mentoring.base import Refused
from mentorly.mentoring.instrument_drafts import InstrumentDraft, check_seen, hold, known_instrument
from mentorly.mentoring.instrument_files import parsed
from mentorly.mentoring.instruments import Instrument
from mentorly.mentoring.people import Person
from mentorly.mentoring.program_instruments import InstrumentText, ProgramInstrument, instruments_of
from mentorly.mentoring.programs import Program
from mentorly.mentoring.sketches import Sketch


@dataclass(frozen=True)
class Used:
    """What came of putting an instrument to use. asked: how many are asked something by it now or later."""

    text: InstrumentText
    asked: int


def put_to_use(program: Program, name: str, seen: str, by: Person, now: datetime) -> Used:
    """Make the draft the next version that a program uses, and ask it. seen: the digest of what was shown.

    Raises Refused.
    """
    hold(program, by)
    draft = InstrumentDraft.of(program, name)
    if draft is None:
        raise Refused("Somebody has put this to use or thrown it away meanwhile.")
    sketch = draft.sketch
    check_seen(draft, sketch.digest, seen, None)
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
    hold(program, by)
    before = known_instrument(program, name)
    own = ProgramInstrument.of(program, name)
    text = own.text or InstrumentText.shipped(program.session, now)[name]
    return Used(text, _used(program, own, before, text, now))


def stop_using(program: Program, name: str, by: Person, now: datetime) -> None:
    """Let a program not use an instrument: nobody is asked any more, what was answered stays. Raises Refused."""
    hold(program, by)
    known_instrument(program, name)
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


def _is_same(before: Instrument, after: Instrument) -> bool:
    return Sketch.of(before) == Sketch.of(after)
