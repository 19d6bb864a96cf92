"""Editing what a program asks: a draft that everybody who edits shares, until it is put to use as the next version.

Administrators alone edit. What is typed is kept as it is, finished or not; who changes something that another changed
meanwhile is told so, and loses nothing.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from mentorly.mentoring.base import Refused
from mentorly.mentoring.instrument_drafts import InstrumentDraft, check_seen, hold, known_instrument
from mentorly.mentoring.instrument_files import MOST_SOURCE, parsed, shipped
from mentorly.mentoring.people import Person
from mentorly.mentoring.program_instruments import instruments_of
from mentorly.mentoring.programs import Program
from mentorly.mentoring.sketches import HEAD, QUESTION, Sketch, Typed, digest, is_full, kept, named, renamed_options

MOST_TYPED = 40_000


def begin_instrument(
    program: Program, typed: Mapping[str, str], start: str, by: Person, now: datetime
) -> InstrumentDraft:
    """Begin a new instrument. typed: its title. start: the one to copy; '': an empty one. Raises Refused."""
    hold(program, by)
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
    hold(program, by)
    instrument = parsed(source, name or "uploaded")
    sketch = Sketch.of(instrument)
    if not name:
        return _begun(program, named(instrument.title["en"], _taken(program), "survey"), sketch, by, now)
    draft = _draft(program, name)
    check_seen(draft, draft.sketch.digest, seen, None)
    draft.keep(sketch, by, now)
    return draft


def write_head(program: Program, name: str, typed: Mapping[str, str], seen: str, by: Person, now: datetime) -> Sketch:
    """Keep what was typed about the whole. seen: the digest of what was shown. Raises Refused."""
    draft = _held(program, name, by)
    sketch = draft.sketch
    head = _typed_over(sketch.head, HEAD, typed)
    if head != sketch.head:
        check_seen(draft, digest(sketch.head), seen, sketch.head)
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
            check_seen(draft, "", seen, None)
        before = _added(sketch, question, typed)
    words = _typed_over(before, QUESTION, {**typed, "name": before["name"]})
    words |= {"option_names": names} if (names := renamed_options(words, before)) else {}
    if words != before:
        if len(before) > 1:
            check_seen(draft, digest(before), seen, before)
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
    hold(program, by)
    draft = InstrumentDraft.of(program, name)
    if draft is not None:
        check_seen(draft, draft.sketch.digest, seen, None)
        program.session.delete(draft)


def _held(program: Program, name: str, by: Person) -> InstrumentDraft:
    hold(program, by)
    return _draft(program, name)


def _draft(program: Program, name: str) -> InstrumentDraft:
    return InstrumentDraft.of(program, name) or InstrumentDraft(
        program=program, name=name, words=Sketch.of(known_instrument(program, name)).dumps()
    )


def _begun(program: Program, name: str, sketch: Sketch, by: Person, now: datetime) -> InstrumentDraft:
    made = InstrumentDraft(program=program, name=name)
    made.keep(sketch, by, now)
    return made


def _taken(program: Program) -> Collection[str]:
    return {*instruments_of(program), *InstrumentDraft.all_of(program), *shipped()}


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
